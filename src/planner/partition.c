/*
 * partition.c
 *		Which keys a foreign table that is a partition may answer for.
 */
#include "postgres.h"

#include "planner/partition.h"

#include "access/sysattr.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "utils/partcache.h"

struct TuyaPartition
{
	TuyaColumns columns;
	ExprState  *constraint;
	ExprContext *econtext;
	bool		by_key;			/* the constraint looks at the key only */
	TupleTableSlot *slot;		/* has the key, else NULLs */
};

List *
tuya_partition_attributes(Relation relation, const TuyaColumns *columns)
{
	Bitmapset  *used = NULL;
	List	   *attributes = NIL;
	bool		by_key = true;
	int			member = -1;

	if (!relation->rd_rel->relispartition)
		return NIL;
	pull_varattnos((Node *) RelationGetPartitionQual(relation), 1, &used);
	while ((member = bms_next_member(used, member)) >= 0)
	{
		int			attno = member + FirstLowInvalidHeapAttributeNumber;

		attributes = lappend_int(attributes, attno);
		if (attno <= 0 || columns->column[attno - 1].kind != TUYA_COLUMN_KEY)
			by_key = false;
	}
	return by_key ? NIL : attributes;
}

TuyaPartition *
tuya_partition_create(Relation relation, const TuyaColumns *columns, EState *estate)
{
	TuyaPartition *partition;
	List	   *qual = relation->rd_rel->relispartition ? RelationGetPartitionQual(relation) : NIL;

	if (qual == NIL)
		return NULL;
	partition = palloc0(sizeof(TuyaPartition));
	partition->columns = *columns;
	partition->econtext = CreateExprContext(estate);
	partition->constraint = ExecPrepareCheck(qual, estate);
	partition->by_key = tuya_partition_attributes(relation, columns) == NIL;
	partition->slot = ExecInitExtraTupleSlot(estate, RelationGetDescr(relation), &TTSOpsVirtual);
	return partition;
}

bool
tuya_partition_has(TuyaPartition *partition, TupleTableSlot *slot)
{
	ResetExprContext(partition->econtext);
	partition->econtext->ecxt_scantuple = slot;
	return ExecCheck(partition->constraint, partition->econtext);
}

bool
tuya_partition_may_have(TuyaPartition *partition, const Datum key[TUYA_KEY_COUNT])
{
	TupleTableSlot *slot = partition->slot;

	if (!partition->by_key)
		return true;
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, sizeof(bool) * slot->tts_tupleDescriptor->natts);
	for (int i = 0; i < TUYA_KEY_COUNT; i++)
	{
		int			att = partition->columns.key_attno[i] - 1;

		slot->tts_values[att] = key[i];
		slot->tts_isnull[att] = false;
	}
	ExecStoreVirtualTuple(slot);
	return tuya_partition_has(partition, slot);
}
