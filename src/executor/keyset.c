/*
 * keyset.c
 *		The keys that a scan asks for, from its factors' values.
 *
 * Each factor becomes a list of tuples, in which the keys that it does not
 * bind are NULL.  The product is counted through like the digits of a number, one
 * digit a factor.  Two factors may bind the same key; then only combinations in
 * which they agree are keys.  Tuples of a factor differ, so keys do.
 */
#include "postgres.h"

#include "executor/keyset.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "compat.h"
#include "executor/keyslot.h"
#include "util/bytes.h"
#include "planner/key_encode.h"
#include "planner/key_position.h"

typedef struct Tuple
{
	struct varlena *value[TUYA_KEYS_MAX];	/* NULL: not bound by this factor */
} Tuple;

typedef struct Factor
{
	List	   *alternatives;	/* as in the plan */
	Tuple	   *tuples;
	int			ntuples;
	int			allocated;
	HTAB	   *seen;			/* NULL while there can be but one */
} Factor;

struct TuyaKeySet
{
	const TuyaAction *action;
	List	   *values;			/* Exprs, */
	List	   *states;			/* and their ExprStates */
	TupleTableSlot *slot;		/* of a key's values so far */
	int			nfactors;
	Factor	   *factors;
	MemoryContext cxt;			/* of tuples and what they point to */
	int64		position;		/* of the next combination */
	int64		end;
};

TuyaKeySet *
tuya_keyset_create(List *factors, List *values, PlanState *parent)
{
	TuyaKeySet *set = palloc0(sizeof(TuyaKeySet));

	set->values = values;
	set->states = ExecInitExprList(values, parent);
	set->slot = tuya_keyslot_create(parent->state);
	set->nfactors = list_length(factors);
	set->factors = palloc0(sizeof(Factor) * Max(set->nfactors, 1));
	for (int i = 0; i < set->nfactors; i++)
		set->factors[i].alternatives = list_nth(factors, i);
	set->cxt = AllocSetContextCreate(CurrentMemoryContext, "tuya_fdw keys",
									 ALLOCSET_SMALL_SIZES);
	return set;
}

/*
 * ---- evaluation ----
 */

static void
refuse_product(const TuyaKeySet *set)
{
	StringInfoData columns;

	initStringInfo(&columns);
	tuya_column_append_keys(&columns, set->action);
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("too many keys"),
			 errdetail("The lists that the key columns are compared to combine to more than %d keys.",
					   KEYS_MAX),
			 errhint("List the combinations that exist, as in (%s) IN (...), or join with a table of them.",
					 columns.data)));
}

/* Whether the factor has no such tuple yet; remembers it. */
static bool
is_new(TuyaKeySet *set, Factor *factor, const Tuple *tuple)
{
	Size		len = 0;
	char	   *bytes;
	TuyaBytes	key;
	bool		found;

	if (factor->seen == NULL)
		factor->seen = tuya_bytes_create("tuya_fdw keys", sizeof(TuyaBytes), set->cxt);
	for (int i = 0; i < TUYA_KEYS_MAX; i++)
		len += tuple->value[i] ? VARSIZE(tuple->value[i]) : 0;
	key.data = bytes = palloc(len);
	key.len = len;
	for (int i = 0; i < TUYA_KEYS_MAX; i++)
		if (tuple->value[i])
		{
			memcpy(bytes, tuple->value[i], VARSIZE(tuple->value[i]));
			bytes += VARSIZE(tuple->value[i]);
		}
	hash_search(factor->seen, &key, HASH_ENTER, &found);
	if (found)
		pfree(unconstify(char *, key.data));
	return !found;
}

static void
add_tuple(TuyaKeySet *set, Factor *factor, const Tuple *tuple, bool may_repeat)
{
	if (may_repeat && !is_new(set, factor, tuple))
		return;
	if (factor->ntuples >= KEYS_MAX)
		refuse_product(set);
	if (factor->tuples == NULL)
	{
		factor->allocated = 1;
		factor->tuples = palloc(sizeof(Tuple));
	}
	else if (factor->ntuples == factor->allocated)
	{
		factor->allocated *= 2;
		factor->tuples = repalloc_huge(factor->tuples, factor->allocated * sizeof(Tuple));
	}
	factor->tuples[factor->ntuples++] = *tuple;
}

static struct varlena *
copy_text(Datum value)
{
	return (struct varlena *) PG_DETOAST_DATUM_COPY(value);
}

/* Evaluates a term, which may refer to what the tuple has by now. */
static Datum
evaluate_term(TuyaKeySet *set, List *terms, int term, const Tuple *tuple, ExprContext *econtext, bool *isnull)
{
	Datum		key[TUYA_KEYS_MAX];

	for (int i = 0; i < TUYA_KEYS_MAX; i++)
		key[i] = PointerGetDatum(tuple->value[i]);
	tuya_keyslot_store(set->slot, key);
	econtext->ecxt_innertuple = set->slot;
	return ExecEvalExprSwitchContext(list_nth(set->states, tuya_key_term_expr(terms, term)), econtext, isnull);
}

/* The texts that the value of a term is a list of: text and varchar have the same form. */
static ArrayType *
texts_of(const TuyaKeySet *set, List *terms, int term, Datum value)
{
	switch (exprType(list_nth(set->values, tuya_key_term_expr(terms, term))))
	{
		case JSONBOID:
			return tuya_key_strings_of(DatumGetJsonbP(value));
		case JSONBARRAYOID:
			return tuya_key_strings_among(DatumGetArrayTypeP(value));
		default:
			return DatumGetArrayTypeP(value);
	}
}

/*
 * The values of a term: none if it is NULL, the elements that are not, or one, for which there is
 * a place.
 */
static int
term_values(TuyaKeySet *set, List *terms, int term, const Tuple *tuple, ExprContext *econtext,
			struct varlena **one, struct varlena ***values)
{
	bool		isnull;
	Datum		datum = evaluate_term(set, terms, term, tuple, econtext, &isnull);
	ArrayType  *array;
	Datum	   *elements;
	bool	   *nulls;
	int			nelements;
	int			n = 0;

	if (isnull)
		return 0;
	if (!tuya_key_term_is_array(terms, term))
	{
		*one = copy_text(datum);
		*values = one;
		return 1;
	}
	array = texts_of(set, terms, term, datum);
	deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_INT,
					  &elements, &nulls, &nelements);
	*values = palloc(sizeof(struct varlena *) * Max(nelements, 1));
	for (int i = 0; i < nelements; i++)
		if (!nulls[i])
			(*values)[n++] = copy_text(elements[i]);
	return n;
}

/*
 * Adds the cross product of the terms from that one on to the factor, tuple
 * having the values of those before.
 */
static void
add_product(TuyaKeySet *set, Factor *factor, List *terms, int term, Tuple *tuple,
			bool may_repeat, ExprContext *econtext)
{
	struct varlena *one;
	struct varlena **values;
	int			nvalues;

	if (term >= list_length(terms))
	{
		add_tuple(set, factor, tuple, may_repeat);
		return;
	}
	nvalues = term_values(set, terms, term, tuple, econtext, &one, &values);
	for (int i = 0; i < nvalues; i++)
	{
		CHECK_FOR_INTERRUPTS();
		tuple->value[tuya_key_term_key(terms, term)] = values[i];
		add_product(set, factor, terms, term + TUYA_KEY_TERM_SIZE, tuple,
					may_repeat || nvalues > 1, econtext);
	}
}

/* Adds the whole keys that the value of the term is a list of. */
static void
add_whole_keys(TuyaKeySet *set, Factor *factor, List *terms, ExprContext *econtext)
{
	Tuple		tuple = {{NULL}};
	bool		isnull;
	Datum		datum = evaluate_term(set, terms, 0, &tuple, econtext, &isnull);
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	if (isnull)
		return;
	deconstruct_array(DatumGetArrayTypeP(datum), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	for (int i = 0; i < n; i += TUYA_KEYS_MAX)
	{
		bool		bound = false;

		for (int key = 0; key < TUYA_KEYS_MAX; key++)
		{
			tuple.value[key] = nulls[i + key] ? NULL : copy_text(elements[i + key]);
			bound |= !nulls[i + key];
		}
		if (bound)
			add_tuple(set, factor, &tuple, true);
	}
}

static void
evaluate_factor(TuyaKeySet *set, Factor *factor, ExprContext *econtext)
{
	ListCell   *lc;

	factor->tuples = NULL;
	factor->ntuples = 0;
	factor->seen = NULL;
	foreach(lc, factor->alternatives)
	{
		List	   *terms = lfirst(lc);
		Tuple		tuple = {{NULL}};

		if (tuya_key_terms_are_whole(terms))
			add_whole_keys(set, factor, terms, econtext);
		else
			add_product(set, factor, terms, 0, &tuple,
						list_length(factor->alternatives) > 1, econtext);
	}
}

void
tuya_keyset_evaluate(TuyaKeySet *set, const TuyaAction *action, ExprContext *econtext)
{
	MemoryContext saved;

	set->action = action;
	MemoryContextReset(set->cxt);
	saved = MemoryContextSwitchTo(set->cxt);
	set->position = 0;
	set->end = 1;
	for (int i = 0; i < set->nfactors && set->end > 0; i++)
	{
		evaluate_factor(set, &set->factors[i], econtext);
		set->end *= set->factors[i].ntuples;
		if (set->end > KEYS_MAX)
			refuse_product(set);
	}
	MemoryContextSwitchTo(saved);
}

/*
 * ---- the product ----
 */

static bool
same_text(const struct varlena *a, const struct varlena *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

/* Merges the tuple into the key; false if they disagree. */
static bool
merge(const Tuple *tuple, Datum key[TUYA_KEYS_MAX])
{
	for (int i = 0; i < TUYA_KEYS_MAX; i++)
	{
		if (tuple->value[i] == NULL)
			continue;
		if (DatumGetPointer(key[i]) && !same_text((struct varlena *) DatumGetPointer(key[i]), tuple->value[i]))
			return false;
		key[i] = PointerGetDatum(tuple->value[i]);
	}
	return true;
}

/* The combination at that position; false if its factors disagree. */
static bool
combine(const TuyaKeySet *set, int64 position, Datum key[TUYA_KEYS_MAX])
{
	memset(key, 0, sizeof(Datum) * TUYA_KEYS_MAX);
	/* the last factor changes fastest */
	for (int i = set->nfactors - 1; i >= 0; i--)
	{
		const Factor *factor = &set->factors[i];

		if (!merge(&factor->tuples[position % factor->ntuples], key))
			return false;
		position /= factor->ntuples;
	}
	return true;
}

bool
tuya_keyset_next(TuyaKeySet *set, Datum key[TUYA_KEYS_MAX])
{
	while (set->position < set->end)
	{
		if (combine(set, set->position++, key))
			return true;
	}
	return false;
}
