/*
 * key.c
 *		Which quals bind which key columns.
 */
#include "postgres.h"

#include "key.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

#include "compat.h"

/* What a clause is looked at for. */
typedef struct Subject
{
	PlannerInfo *root;
	Index		relid;
	const TuyaColumns *columns;
} Subject;

/*
 * ---- terms ----
 */

Expr *
tuya_key_strip_relabels(Expr *expr)
{
	while (expr && IsA(expr, RelabelType))
		expr = ((RelabelType *) expr)->arg;
	return expr;
}

bool
tuya_key_is_column(Expr *expr, Index relid, AttrNumber attno)
{
	Var		   *var = (Var *) tuya_key_strip_relabels(expr);

	return var && IsA(var, Var) && var->varno == (int) relid && var->varattno == attno &&
		var->varlevelsup == 0;
}

/* The key that the expression is the column of, or -1. */
static int
key_of_column(const Subject *subject, Expr *expr)
{
	for (int key = 0; key < TUYA_KEY_COUNT; key++)
	{
		AttrNumber	attno = subject->columns->key_attno[key];

		if (attno != 0 && tuya_key_is_column(expr, subject->relid, attno))
			return key;
	}
	return -1;
}

static bool
is_text_equality(Oid operator, Oid collation)
{
	return get_opcode(operator) == F_TEXTEQ && OidIsValid(collation) &&
		get_collation_isdeterministic(collation);
}

static bool
may_be_value(const Subject *subject, Expr *expr)
{
	return !bms_is_member(subject->relid, pull_varnos(subject->root, (Node *) expr)) &&
		!contain_volatile_functions((Node *) expr);
}

static TuyaKeyTerm *
make_term(const Subject *subject, Expr *column, Expr *value, bool is_array)
{
	int			key = key_of_column(subject, column);
	TuyaKeyTerm *term;

	if (key < 0 || !may_be_value(subject, value))
		return NULL;
	term = palloc(sizeof(TuyaKeyTerm));
	term->key = key;
	term->is_array = is_array;
	term->value = value;
	return term;
}

/* The term that the clause is, or NULL. */
static TuyaKeyTerm *
term_of(const Subject *subject, Expr *clause)
{
	if (IsA(clause, OpExpr))
	{
		OpExpr	   *op = (OpExpr *) clause;
		TuyaKeyTerm *term;

		if (list_length(op->args) != 2 || !is_text_equality(op->opno, op->inputcollid))
			return NULL;
		term = make_term(subject, linitial(op->args), lsecond(op->args), false);
		return term ? term : make_term(subject, lsecond(op->args), linitial(op->args), false);
	}
	if (IsA(clause, ScalarArrayOpExpr))
	{
		ScalarArrayOpExpr *op = (ScalarArrayOpExpr *) clause;

		if (op->useOr && is_text_equality(op->opno, op->inputcollid))
			return make_term(subject, linitial(op->args), lsecond(op->args), true);
	}
	return NULL;
}

/*
 * ---- factors ----
 */

/* The terms of an arm of an OR, the first for each key. */
static List *
terms_of_arm(const Subject *subject, Expr *arm, int *keys)
{
	List	   *clauses = is_andclause(arm) ? ((BoolExpr *) arm)->args : list_make1(arm);
	List	   *terms = NIL;
	ListCell   *lc;

	*keys = 0;
	foreach(lc, clauses)
	{
		TuyaKeyTerm *term = term_of(subject, lfirst(lc));

		if (term && !(*keys & (1 << term->key)))
		{
			terms = lappend(terms, term);
			*keys |= 1 << term->key;
		}
	}
	return terms;
}

/* Keeps the terms of the keys that all alternatives bind. */
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

static double
size_of_terms(PlannerInfo *root, List *terms)
{
	double		size = 1;
	ListCell   *lc;

	foreach(lc, terms)
	{
		TuyaKeyTerm *term = lfirst(lc);

		if (term->is_array)
			size *= tuya_compat_array_length(root, (Node *) term->value);
	}
	return size;
}

/* Adds the arms of an OR, or a clause that is no OR as the only arm. */
static void
add_arms(const Subject *subject, TuyaKeyFactor *factor, List *arms)
{
	List	   *alternatives = NIL;
	ListCell   *lc;

	factor->keys = TUYA_KEYS_ALL;
	foreach(lc, arms)
	{
		int			keys;

		alternatives = lappend(alternatives, terms_of_arm(subject, lfirst(lc), &keys));
		factor->keys &= keys;
	}
	foreach(lc, alternatives)
	{
		List	   *terms = only_keys(lfirst(lc), factor->keys);

		factor->alternatives = lappend(factor->alternatives, terms);
		factor->size += size_of_terms(subject->root, terms);
	}
}

/* What the clause binds; NULL if nothing. */
static TuyaKeyFactor *
factor_of(const Subject *subject, Node *clause)
{
	Expr	   *expr = IsA(clause, RestrictInfo) ? ((RestrictInfo *) clause)->clause :
	(Expr *) clause;
	TuyaKeyFactor *factor = palloc0(sizeof(TuyaKeyFactor));

	factor->clause = clause;
	add_arms(subject, factor, is_orclause(expr) ? ((BoolExpr *) expr)->args : list_make1(expr));
	return factor->keys ? factor : NULL;
}

/* Whether the factor is one value for one key. */
static bool
is_single(const TuyaKeyFactor *factor)
{
	List	   *terms = linitial(factor->alternatives);

	return list_length(factor->alternatives) == 1 &&
		!((TuyaKeyTerm *) linitial(terms))->is_array;
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
		binding->lookups *= factor->size;
	}
}

void
tuya_key_bind(PlannerInfo *root, List *clauses, Index relid, const TuyaColumns *columns,
			  TuyaKeyBinding *binding)
{
	Subject		subject = {root, relid, columns};
	List	   *factors = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		TuyaKeyFactor *factor = factor_of(&subject, lfirst(lc));

		if (factor)
			factors = lappend(factors, factor);
	}
	binding->factors = NIL;
	binding->keys = 0;
	binding->lookups = 1;
	add_factors(binding, factors, true);
	add_factors(binding, factors, false);
}

bool
tuya_key_is_bound_by(PlannerInfo *root, Expr *clause, Index relid, const TuyaColumns *columns,
					 TuyaKeyId key)
{
	Subject		subject = {root, relid, columns};
	TuyaKeyFactor *factor = factor_of(&subject, (Node *) clause);

	return factor && (factor->keys & (1 << key));
}

/*
 * ---- in the plan ----
 */

static List *
encode_terms(List *terms, List **exprs)
{
	List	   *encoded = NIL;
	ListCell   *lc;

	foreach(lc, terms)
	{
		TuyaKeyTerm *term = lfirst(lc);

		encoded = lappend_int(encoded, term->key);
		encoded = lappend_int(encoded, term->is_array);
		encoded = lappend_int(encoded, list_length(*exprs));
		*exprs = lappend(*exprs, term->value);
	}
	return encoded;
}

List *
tuya_key_encode(const TuyaKeyBinding *binding, List **exprs)
{
	List	   *encoded = NIL;
	ListCell   *f;
	ListCell   *a;

	foreach(f, binding->factors)
	{
		TuyaKeyFactor *factor = lfirst(f);
		List	   *alternatives = NIL;

		foreach(a, factor->alternatives)
		{
			alternatives = lappend(alternatives, encode_terms(lfirst(a), exprs));
		}
		encoded = lappend(encoded, alternatives);
	}
	return encoded;
}

int
tuya_key_encoded_keys(List *factors)
{
	int			keys = 0;
	ListCell   *lc;

	foreach(lc, factors)
	{
		/* all alternatives of a factor bind the same keys */
		List	   *terms = linitial(lfirst_node(List, lc));

		for (int term = 0; term < list_length(terms); term += TUYA_KEY_TERM_SIZE)
			keys |= 1 << tuya_key_term_key(terms, term);
	}
	return keys;
}
