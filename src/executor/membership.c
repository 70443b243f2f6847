/*
 * membership.c
 *		Which keys a foreign table that is a partition may answer for.
 */
#include "postgres.h"

#include "executor/membership.h"

#include "executor/executor.h"
#include "utils/partcache.h"

#include "planner/partition.h"

struct TuyaMembership
{
	TuyaColumns columns;
	ExprState  *constraint;
	ExprContext *econtext;
	bool		by_key;			/* the constraint looks at the key only */
	TupleTableSlot *slot;		/* has the key, else NULLs */
};

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
	return membership;
}

bool
tuya_membership_has(TuyaMembership *membership, TupleTableSlot *slot)
{
	ResetExprContext(membership->econtext);
	membership->econtext->ecxt_scantuple = slot;
	return ExecCheck(membership->constraint, membership->econtext);
}

bool
tuya_membership_may_have(TuyaMembership *membership, const Datum key[TUYA_KEYS_MAX])
{
	TupleTableSlot *slot = membership->slot;

	if (!membership->by_key)
		return true;
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, sizeof(bool) * slot->tts_tupleDescriptor->natts);
	for (int att = 0; att < membership->columns.natts; att++)
	{
		TuyaColumn	column = membership->columns.column[att];

		if (column.kind != TUYA_COLUMN_KEY)
			continue;
		slot->tts_values[att] = key[column.index];
		slot->tts_isnull[att] = false;
	}
	ExecStoreVirtualTuple(slot);
	return tuya_membership_has(membership, slot);
}
