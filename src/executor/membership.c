/*
 * membership.c
 *		Which keys a foreign table that is a partition may answer for.
 */
#include "postgres.h"

#include "executor/membership.h"

#include "executor/executor.h"
#include "optimizer/optimizer.h"
#include "utils/partcache.h"

#include "api/constant.h"
#include "planner/partition.h"

struct TuyaMembership
{
	TuyaColumns columns;
	ExprState  *constraint;
	ExprContext *econtext;
	bool		by_key;			/* the constraint looks at keys and constants only */
	TupleTableSlot *slot;		/* has the key and constants, else NULLs */
	Datum	   *constants;		/* by attribute number - 1; of other columns 0 */
};

static Datum *
make_constants(Relation relation, const TuyaColumns *columns)
{
	Datum	   *constants = palloc0(sizeof(Datum) * Max(columns->natts, 1));
	int			attno = -1;

	while ((attno = bms_next_member(columns->constants, attno)) >= 0)
		constants[attno - 1] = tuya_constant_make(relation, columns, (AttrNumber) attno)->constvalue;
	return constants;
}

/* Fills the slot; key may be NULL. */
static void
store_known(TuyaMembership *membership, const Datum *key)
{
	TupleTableSlot *slot = membership->slot;

	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, sizeof(bool) * slot->tts_tupleDescriptor->natts);
	for (int att = 0; att < membership->columns.natts; att++)
	{
		TuyaColumn	column = membership->columns.column[att];

		if (column.kind == TUYA_COLUMN_CONSTANT)
			slot->tts_values[att] = membership->constants[att];
		else if (column.kind == TUYA_COLUMN_KEY && key)
			slot->tts_values[att] = key[column.index];
		else
			continue;
		slot->tts_isnull[att] = false;
	}
	ExecStoreVirtualTuple(slot);
}

/* Whether of the table's columns the expression has constant ones only, and any. */
static bool
is_over_constants(Node *expr, const TuyaColumns *columns)
{
	Bitmapset  *used = NULL;

	pull_varattnos(expr, 1, &used);
	return !bms_is_empty(used) && tuya_constant_are_all(columns, used);
}

/*
 * A table that was made a partition of other constants than its own would never have a row,
 * and nobody would notice.
 */
static void
check_constants(TuyaMembership *membership, Relation relation, List *qual, EState *estate)
{
	ListCell   *lc;

	if (bms_is_empty(membership->columns.constants))
		return;
	store_known(membership, NULL);
	membership->econtext->ecxt_scantuple = membership->slot;
	foreach(lc, qual)
	{
		if (is_over_constants(lfirst(lc), &membership->columns) &&
			!ExecCheck(ExecPrepareCheck(list_make1(lfirst(lc)), estate), membership->econtext))
			ereport(ERROR,
					(errcode(ERRCODE_CHECK_VIOLATION),
					 errmsg("constant columns of foreign table \"%s\" violate its partition constraint",
							RelationGetRelationName(relation)),
					 errhint("Use ALTER FOREIGN TABLE ... ALTER COLUMN ... OPTIONS (SET constant '...').")));
	}
}

TuyaMembership *
tuya_membership_create(Relation relation, const TuyaColumns *columns, EState *estate)
{
	TuyaMembership *membership;
	List	   *qual = relation->rd_rel->relispartition ? RelationGetPartitionQual(relation) : NIL;

	if (qual == NIL)
		return NULL;
	membership = palloc0(sizeof(TuyaMembership));
	membership->columns = *columns;
	membership->econtext = CreateExprContext(estate);
	membership->constraint = ExecPrepareCheck(qual, estate);
	membership->by_key = tuya_partition_attributes(relation, columns) == NIL;
	membership->slot = ExecInitExtraTupleSlot(estate, RelationGetDescr(relation), &TTSOpsVirtual);
	membership->constants = make_constants(relation, columns);
	check_constants(membership, relation, qual, estate);
	return membership;
}

static bool
is_in(TuyaMembership *membership, TupleTableSlot *slot)
{
	ResetExprContext(membership->econtext);
	membership->econtext->ecxt_scantuple = slot;
	return ExecCheck(membership->constraint, membership->econtext);
}

/* What is by keys and constants was decided before the key was asked for; the slot may lack it. */
bool
tuya_membership_has(TuyaMembership *membership, TupleTableSlot *slot)
{
	return membership->by_key || is_in(membership, slot);
}

bool
tuya_membership_may_have(TuyaMembership *membership, const Datum key[TUYA_KEYS_MAX])
{
	if (!membership->by_key)
		return true;
	store_known(membership, key);
	return is_in(membership, membership->slot);
}
