/*
 * key.c
 *		Which quals bind which key columns.
 */
#include "postgres.h"

#include "planner/key.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"

#include "compat.h"
#include "planner/key_arms.h"
#include "planner/key_members.h"
#include "planner/key_order.h"
#include "planner/key_position.h"
#include "planner/key_range.h"
#include "planner/key_row.h"
#include "planner/key_term.h"
#include "planner/key_truth.h"
#include "planner/key_undo.h"

/* A product of alternatives that would need more in the plan binds nothing. */
#define ALTERNATIVES_MAX 10000

/* A list of more values binds no key that depends on its key. */
#define DEPENDENT_MAX 1000

static TuyaKeyFactor *factor_of_plain(const TuyaKeyOwn *own, Expr *clause);
static void bind(const TuyaKeyOwn *own, List *clauses, TuyaKeyBinding *binding);

/*
 * ---- factors ----
 */

static int
all_keys(const TuyaKeyOwn *own)
{
	return (1 << own->columns->action->nkeys) - 1;
}

/* Keeps the terms of these keys. */
static List *
only_keys(List *terms, int keys)
{
	List	   *kept = NIL;
	ListCell   *lc;

	foreach(lc, terms)
	{
		TuyaKeyTerm *term = lfirst(lc);

		if (keys & (1 << term->key))
			kept = lappend(kept, term);
	}
	return kept;
}

/* The factor of a condition without AND and OR; NULL if it binds nothing. */
static TuyaKeyFactor *
factor_of_terms(const TuyaKeyOwn *own, Expr *clause)
{
	TuyaKeyFactor *factor = palloc0(sizeof(TuyaKeyFactor));
	List	   *terms = tuya_key_terms(own, clause, &factor->exact);
	ListCell   *lc;

	factor->size = 1;
	foreach(lc, terms)
	{
		TuyaKeyTerm *term = lfirst(lc);

		factor->keys |= 1 << term->key;
		factor->size *= tuya_key_term_length(own->root, term);
	}
	factor->alternatives = list_make1(terms);
	return factor->keys ? factor : NULL;
}

/* Whether a key would have to be NULL, which none is. */
static bool
is_never(const TuyaKeyFactor *factor)
{
	ListCell   *a;
	ListCell   *t;

	foreach(a, factor->alternatives)
	{
		bool		never = false;

		foreach(t, (List *) lfirst(a))
		{
			Expr	   *value = ((TuyaKeyTerm *) lfirst(t))->value;

			never |= IsA(value, Const) && ((Const *) value)->constisnull;
		}
		if (!never)
			return false;
	}
	return true;
}

/* What the clause says, in fewer words. */
static Expr *
plain_clause(const TuyaKeyOwn *own, Expr *clause)
{
	for (;;)
	{
		Expr	   *plainer = tuya_key_unwrap(own, clause);

		if (plainer == NULL)
			plainer = tuya_key_members_compared(own, clause);
		if (plainer == NULL)
			plainer = tuya_key_in_array(clause);
		if (plainer == NULL)
			plainer = tuya_key_undo(own, clause);
		if (plainer == NULL)
			plainer = tuya_key_row_columns(own, clause);
		if (plainer == NULL)
			return clause;
		clause = plainer;
	}
}

/* What the clause binds; NULL if nothing. */
static TuyaKeyFactor *
factor_of(const TuyaKeyOwn *own, Expr *clause)
{
	return factor_of_plain(own, plain_clause(own, clause));
}

/* One of the arms is true: what is bound by all of them.  NIL: none ever is. */
static TuyaKeyFactor *
factor_of_any(const TuyaKeyOwn *own, List *arms)
{
	TuyaKeyFactor *result = palloc0(sizeof(TuyaKeyFactor));
	List	   *factors = NIL;
	ListCell   *lc;

	result->keys = all_keys(own);
	foreach(lc, arms)
	{
		TuyaKeyFactor *factor = factor_of(own, lfirst(lc));

		if (factor == NULL)
			return NULL;
		if (is_never(factor))
			continue;
		factors = lappend(factors, factor);
		result->keys &= factor->keys;
	}
	foreach(lc, factors)
	{
		TuyaKeyFactor *factor = lfirst(lc);
		ListCell   *a;

		result->size += factor->size;
		foreach(a, factor->alternatives)
		{
			result->alternatives = lappend(result->alternatives, only_keys(lfirst(a), result->keys));
		}
	}
	return result->keys ? result : NULL;
}

/* Each alternative of the one with each of the other; the first term for a key counts. */
static List *
cross_alternatives(List *left, List *right, int left_keys)
{
	List	   *result = NIL;
	ListCell   *l;
	ListCell   *r;

	foreach(l, left)
	{
		foreach(r, right)
		{
			result = lappend(result, list_concat(list_copy(lfirst(l)),
												 only_keys(lfirst(r), ~left_keys)));
		}
	}
	return result;
}

/* All of them are true: the product of what binds keys. */
static TuyaKeyFactor *
factor_of_all(const TuyaKeyOwn *own, List *clauses)
{
	TuyaKeyFactor *result = palloc0(sizeof(TuyaKeyFactor));
	TuyaKeyBinding binding;
	ListCell   *lc;

	bind(own, clauses, &binding);
	result->size = binding.lookups;
	result->alternatives = list_make1(NIL);
	foreach(lc, binding.factors)
	{
		TuyaKeyFactor *factor = lfirst(lc);

		if (list_length(result->alternatives) * (double) list_length(factor->alternatives) > ALTERNATIVES_MAX)
			continue;
		result->alternatives = cross_alternatives(result->alternatives, factor->alternatives,
												  result->keys);
		result->keys |= factor->keys;
	}
	return result->keys ? result : NULL;
}

/* Of a clause that plain_clause() has made. */
static TuyaKeyFactor *
factor_of_plain(const TuyaKeyOwn *own, Expr *clause)
{
	List	   *arms;
	TuyaKeyFactor *factor;

	check_stack_depth();
	if (tuya_key_arms(own->root, clause, &arms))
		return factor_of_any(own, arms);
	if (is_andclause(clause))
		return factor_of_all(own, ((BoolExpr *) clause)->args);
	factor = factor_of_terms(own, clause);
	arms = factor ? NIL : tuya_key_arms_of_comparison(own, clause);
	return arms ? factor_of_any(own, arms) : factor;
}

/*
 * ---- binding ----
 */

List *
tuya_key_plain(const TuyaKeyOwn *own, List *clauses)
{
	List	   *plain = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		plain = lappend(plain, plain_clause(own, tuya_key_clause(lfirst(lc))));
	}
	plain = tuya_key_close_ranges(plain);
	/* what is equal now may be arrays */
	foreach(lc, plain)
	{
		lfirst(lc) = plain_clause(own, lfirst(lc));
	}
	return plain;
}

/* Whether the factor is one value for each of its keys. */
static bool
is_single(const TuyaKeyFactor *factor)
{
	ListCell   *lc;

	if (list_length(factor->alternatives) != 1)
		return false;
	foreach(lc, (List *) linitial(factor->alternatives))
	{
		if (((TuyaKeyTerm *) lfirst(lc))->is_array)
			return false;
	}
	return true;
}

/* Adds the factors that bind something yet unbound: single ones, or the others. */
static void
add_factors(TuyaKeyBinding *binding, List *factors, bool single)
{
	ListCell   *lc;

	foreach(lc, factors)
	{
		TuyaKeyFactor *factor = lfirst(lc);

		if (is_single(factor) != single || !(factor->keys & ~binding->keys))
			continue;
		binding->factors = lappend(binding->factors, factor);
		binding->keys |= factor->keys;
		binding->single |= single ? factor->keys : 0;
		binding->lookups *= factor->size;
	}
}

/* The value of each key that has a single one. */
static void
single_values(const TuyaKeyBinding *binding, Expr *values[TUYA_KEYS_MAX])
{
	ListCell   *lc;

	memset(values, 0, sizeof(Expr *) * TUYA_KEYS_MAX);
	foreach(lc, binding->factors)
	{
		TuyaKeyFactor *factor = lfirst(lc);
		ListCell   *t;

		if (!is_single(factor))
			continue;
		foreach(t, (List *) linitial(factor->alternatives))
		{
			TuyaKeyTerm *term = lfirst(t);

			if (values[term->key] == NULL)
				values[term->key] = term->value;
		}
	}
}

/* The clauses with these values in place of keys. */
static List *
replace_all(const TuyaKeyOwn *own, List *clauses, Expr *const values[TUYA_KEYS_MAX])
{
	List	   *replaced = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		replaced = lappend(replaced, tuya_key_own_replace(own, (Node *) tuya_key_clause(lfirst(lc)), values));
	}
	return replaced;
}

/*
 * The factors of clauses in which keys are compared to other keys, as in
 * "firmware_id = 'f' || product_key", once those have a single value.
 */
static List *
dependent_factors(const TuyaKeyOwn *own, List *clauses, const List *plain, const TuyaKeyBinding *binding)
{
	Expr	   *values[TUYA_KEYS_MAX];
	List	   *factors = NIL;
	ListCell   *c;
	ListCell   *p;

	single_values(binding, values);
	forboth(c, clauses, p, plain)
	{
		TuyaKeyFactor *factor = factor_of(own, (Expr *) tuya_key_own_replace(own, lfirst(p), values));

		if (factor == NULL)
			continue;
		factor->clause = lfirst(c);
		factor->exact = false;
		factors = lappend(factors, factor);
	}
	return factors;
}

/* Each array of known elements becomes as many alternatives; NIL: not all are known, or too many. */
static List *
known_alternatives(const TuyaKeyFactor *factor)
{
	List	   *known = NIL;
	ListCell   *a;

	foreach(a, factor->alternatives)
	{
		List	   *product = list_make1(NIL);
		ListCell   *t;

		foreach(t, (List *) lfirst(a))
		{
			product = cross_alternatives(product, tuya_key_term_values(lfirst(t)), 0);
			if (list_length(product) > DEPENDENT_MAX)
				return NIL;
		}
		known = list_concat(known, product);
		if (product == NIL || list_length(known) > DEPENDENT_MAX)
			return NIL;
	}
	return known;
}

/*
 * The factor together with what the clauses bind for each of its alternatives;
 * NULL if that is no more.
 */
static TuyaKeyFactor *
factor_with_dependents(const TuyaKeyOwn *own, List *clauses, const TuyaKeyBinding *binding,
					   const TuyaKeyFactor *factor)
{
	TuyaKeyFactor *result = palloc0(sizeof(TuyaKeyFactor));
	TuyaKeyOwn	depending = *own;
	List	   *pairs = NIL;
	ListCell   *lc;

	/* another column that equals the factor's key would give it the same list again, and so on */
	depending.known |= factor->keys;
	result->clause = factor->clause;
	result->keys = all_keys(own);
	foreach(lc, known_alternatives(factor))
	{
		Expr	   *values[TUYA_KEYS_MAX];
		TuyaKeyFactor *dependent;
		ListCell   *t;

		single_values(binding, values);
		foreach(t, (List *) lfirst(lc))
		{
			values[((TuyaKeyTerm *) lfirst(t))->key] = ((TuyaKeyTerm *) lfirst(t))->value;
		}
		dependent = factor_of_all(&depending, replace_all(own, clauses, values));
		if (dependent == NULL)
			return NULL;
		pairs = list_concat(pairs, cross_alternatives(list_make1(lfirst(lc)), dependent->alternatives,
													  factor->keys));
		result->keys &= factor->keys | dependent->keys;
		result->size += dependent->size;
	}
	foreach(lc, pairs)
	{
		result->alternatives = lappend(result->alternatives, only_keys(lfirst(lc), result->keys));
	}
	return pairs && (result->keys & ~binding->keys) ? result : NULL;
}

/*
 * The same where the alternatives become known only when they are evaluated: the values
 * of other keys refer to the columns of the factor's.
 */
static TuyaKeyFactor *
factor_with_references(const TuyaKeyOwn *own, List *clauses, const TuyaKeyBinding *binding,
					   const TuyaKeyFactor *factor)
{
	TuyaKeyFactor *result = palloc0(sizeof(TuyaKeyFactor));
	TuyaKeyOwn	referring = *own;
	TuyaKeyFactor *dependent;
	Expr	   *values[TUYA_KEYS_MAX];

	single_values(binding, values);
	referring.known |= factor->keys;
	dependent = factor_of_all(&referring, replace_all(own, clauses, values));
	if (dependent == NULL || (dependent->keys & ~binding->keys) == 0 ||
		list_length(factor->alternatives) * (double) list_length(dependent->alternatives) > ALTERNATIVES_MAX)
		return NULL;
	result->clause = factor->clause;
	result->keys = factor->keys | dependent->keys;
	result->size = factor->size * dependent->size;
	result->alternatives = cross_alternatives(factor->alternatives, dependent->alternatives, factor->keys);
	return result;
}

/* Lets keys that depend on lists of values be bound, for each value of the list. */
static void
add_dependents_of_lists(TuyaKeyBinding *binding, const TuyaKeyOwn *own, List *clauses)
{
	ListCell   *lc;

	foreach(lc, list_copy(binding->factors))
	{
		TuyaKeyFactor *factor = lfirst(lc);
		TuyaKeyFactor *more;

		if (is_single(factor))
			continue;
		more = factor_with_dependents(own, clauses, binding, factor);
		if (more == NULL)
			more = factor_with_references(own, clauses, binding, factor);
		if (more == NULL)
			continue;
		binding->factors = list_delete_ptr(binding->factors, factor);
		binding->lookups /= Max(factor->size, 1);
		add_factors(binding, list_make1(more), is_single(more));
	}
}

/* Binds what the clauses bind together. */
static void
bind(const TuyaKeyOwn *outer, List *clauses, TuyaKeyBinding *binding)
{
	List	   *plain = tuya_key_plain(outer, clauses);
	TuyaKeyOwn	own = tuya_key_own_extend(outer, plain);
	int			all = all_keys(&own);
	List	   *factors = NIL;
	int			before;
	ListCell   *c;
	ListCell   *p;

	forboth(c, clauses, p, plain)
	{
		TuyaKeyFactor *factor = factor_of_plain(&own, lfirst(p));

		if (factor == NULL)
			continue;
		factor->clause = lfirst(c);
		factor->exact &= lfirst(p) == tuya_key_clause(lfirst(c));
		factors = lappend(factors, factor);
	}
	memset(binding, 0, sizeof(TuyaKeyBinding));
	binding->lookups = 1;
	add_factors(binding, tuya_key_order(&own, factors), true);
	do
	{
		before = binding->single;
		if (binding->single != 0 && (all & ~binding->single) != 0)
			add_factors(binding, dependent_factors(&own, clauses, plain, binding), true);
	} while (binding->single != before);
	add_factors(binding, factors, false);
	if (binding->single != 0 && (all & ~binding->keys) != 0)
		add_factors(binding, dependent_factors(&own, clauses, plain, binding), false);
	if (binding->keys != 0 && (all & ~binding->keys) != 0)
		add_dependents_of_lists(binding, &own, plain);
}

void
tuya_key_bind(PlannerInfo *root, List *clauses, Index relid, const TuyaColumns *columns,
			  TuyaKeyBinding *binding)
{
	TuyaKeyOwn	own;

	tuya_key_own_init(&own, root, relid, columns, NIL);
	bind(&own, clauses, binding);
}

int
tuya_key_bound_given(PlannerInfo *root, List *clauses, Index relid, const TuyaColumns *columns, int keys)
{
	Expr	   *values[TUYA_KEYS_MAX] = {NULL};
	TuyaKeyOwn	own;
	TuyaKeyBinding binding;

	for (int key = 0; key < columns->action->nkeys; key++)
	{
		if (keys & (1 << key))
			values[key] = (Expr *) makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1, CStringGetTextDatum(""), false, false);
	}
	tuya_key_own_init(&own, root, relid, columns, NIL);
	bind(&own, replace_all(&own, clauses, values), &binding);
	return keys | binding.keys;
}

/* What the clause binds of that key, once it is known what the others are; NULL if nothing. */
static TuyaKeyFactor *
factor_given_others(const TuyaKeyOwn *own, Expr *clause, TuyaKeyId key)
{
	Expr	   *values[TUYA_KEYS_MAX];
	TuyaKeyFactor *factor;

	for (int other = 0; other < own->columns->action->nkeys; other++)
		values[other] = other == (int) key ? NULL :
			(Expr *) makeNullConst(TEXTOID, -1, DEFAULT_COLLATION_OID);
	factor = factor_of(own, (Expr *) tuya_key_own_replace(own, (Node *) clause, values));
	return factor && (factor->keys & (1 << key)) ? factor : NULL;
}

bool
tuya_key_is_bound_by(const TuyaKeyOwn *own, Expr *clause, TuyaKeyId key)
{
	TuyaKeyFactor *factor = factor_of(own, clause);

	return (factor && (factor->keys & (1 << key))) || factor_given_others(own, clause, key);
}

int
tuya_key_of_clause(const TuyaKeyOwn *own, Expr *clause, double *size)
{
	TuyaKeyFactor *factor = factor_of(own, clause);
	int			keys = factor ? factor->keys : 0;

	for (int key = 0; factor == NULL && key < own->columns->action->nkeys; key++)
	{
		factor = factor_given_others(own, clause, key);
		keys = factor ? 1 << key : 0;
	}
	*size = factor ? Max(factor->size, 1) : 0;
	return keys;
}

List *
tuya_key_other_clauses(List *clauses, const TuyaKeyBinding *binding, int keys)
{
	List	   *others = list_copy(clauses);
	ListCell   *lc;

	foreach(lc, binding->factors)
	{
		TuyaKeyFactor *factor = lfirst(lc);

		if (factor->keys & keys)
			others = list_delete_ptr(others, factor->clause);
	}
	return others;
}
