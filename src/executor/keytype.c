/*
 * keytype.c
 *		Which keys the types of the key columns can hold; see keytype.h.
 */
#include "postgres.h"

#include "executor/keytype.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "compat.h"

/* What limits one key. */
typedef struct KeyLimit
{
	int			max_length;		/* in characters; -1: none */
	DomainConstraintRef *domain;	/* NULL: none */
} KeyLimit;

struct TuyaKeyType
{
	KeyLimit	limit[TUYA_KEYS_MAX];	/* of optional keys none */
	ExprContext *econtext;
};

static DomainConstraintRef *
find_domain(Oid type)
{
	DomainConstraintRef *domain = palloc(sizeof(DomainConstraintRef));

	InitDomainConstraintRef(type, domain, CurrentMemoryContext, true);
	return domain->constraints ? domain : NULL;
}

static KeyLimit
find_limit(Form_pg_attribute att)
{
	KeyLimit	limit = {-1, NULL};
	int32		typmod = att->atttypmod;

	/* the base type is text or varchar, see column.h, and text has no typmod */
	(void) getBaseTypeAndTypmod(att->atttypid, &typmod);
	if (typmod >= (int32) VARHDRSZ)
		limit.max_length = typmod - (int32) VARHDRSZ;
	if (get_typtype(att->atttypid) == TYPTYPE_DOMAIN)
		limit.domain = find_domain(att->atttypid);
	return limit;
}

TuyaKeyType *
tuya_keytype_create(Relation relation, const TuyaColumns *columns, EState *estate)
{
	MemoryContext saved = MemoryContextSwitchTo(estate->es_query_cxt);
	TuyaKeyType *type = palloc0(sizeof(TuyaKeyType));
	bool		limited = false;

	for (int key = 0; key < TUYA_KEYS_MAX; key++)
	{
		KeyLimit   *limit = &type->limit[key];

		limit->max_length = -1;
		limit->domain = NULL;
		if (columns->key_attno[key] > 0 &&
			columns->column[columns->key_attno[key] - 1].kind == TUYA_COLUMN_KEY)
			*limit = find_limit(TupleDescAttr(RelationGetDescr(relation), columns->key_attno[key] - 1));
		limited |= limit->max_length >= 0 || limit->domain != NULL;
	}
	if (limited)
		type->econtext = CreateExprContext(estate);
	MemoryContextSwitchTo(saved);
	return limited ? type : NULL;
}

static bool
is_within_length(Datum key, int max_length)
{
	return max_length < 0 ||
		pg_mbstrlen_with_len(VARDATA_ANY(DatumGetPointer(key)),
							 (int) VARSIZE_ANY_EXHDR(DatumGetPointer(key))) <= max_length;
}

/* Whether the domain's constraints, and those of domains below it, are met. */
static bool
is_in_domain(Datum key, const DomainConstraintRef *domain, ExprContext *econtext)
{
	ListCell   *lc;

	econtext->domainValue_datum = key;
	econtext->domainValue_isNull = false;
	foreach(lc, domain->constraints)
	{
		DomainConstraintState *constraint = lfirst(lc);

		/* the other kind is NOT NULL, and a key is never NULL */
		if (constraint->constrainttype == DOM_CONSTRAINT_CHECK &&
			!ExecCheck(constraint->check_exprstate, econtext))
			return false;
	}
	return true;
}

bool
tuya_keytype_holds(TuyaKeyType *type, const Datum key[TUYA_KEYS_MAX])
{
	ResetExprContext(type->econtext);
	for (int i = 0; i < TUYA_KEYS_MAX; i++)
	{
		const KeyLimit *limit = &type->limit[i];

		if (!is_within_length(key[i], limit->max_length) ||
			(limit->domain && !is_in_domain(key[i], limit->domain, type->econtext)))
			return false;
	}
	return true;
}
