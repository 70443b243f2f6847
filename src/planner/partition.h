/*
 * partition.h
 *		Which keys a foreign table that is a partition may answer for.
 *
 * A key column shows what was asked for, so nothing but the partition's own
 * constraint keeps two partitions from both answering for the same key.
 */
#ifndef TUYA_PARTITION_H
#define TUYA_PARTITION_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "utils/rel.h"

#include "api/column.h"

typedef struct TuyaPartition TuyaPartition;

/* NULL if the relation is no partition.  In the EState's memory. */
extern TuyaPartition *tuya_partition_create(Relation relation, const TuyaColumns *columns,
											EState *estate);

/*
 * Whether the partition may have rows of that key; always true where its
 * constraint looks at more than the key.
 */
extern bool tuya_partition_may_have(TuyaPartition *partition, const Datum key[TUYA_KEY_COUNT]);

/* Whether the row belongs to the partition. */
extern bool tuya_partition_has(TuyaPartition *partition, TupleTableSlot *slot);

/* The columns that tuya_partition_has() looks at; NIL if the key says it all. */
extern List *tuya_partition_attributes(Relation relation, const TuyaColumns *columns);

#endif							/* TUYA_PARTITION_H */
