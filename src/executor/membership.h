/*
 * membership.h
 *		Which keys a foreign table that is a partition may answer for.
 *
 * A key column shows what was asked for, so nothing but the partition's own
 * constraint keeps two partitions from both answering for the same key.
 */
#ifndef TUYA_MEMBERSHIP_H
#define TUYA_MEMBERSHIP_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "utils/rel.h"

#include "api/column.h"

typedef struct TuyaMembership TuyaMembership;

/*
 * NULL if the relation is no partition.  In the EState's memory.  Throws 23514 if its
 * constants are not those that it is the partition of.
 */
extern TuyaMembership *tuya_membership_create(Relation relation, const TuyaColumns *columns,
											  EState *estate);

/*
 * Whether the partition may have rows of that key; always true where its
 * constraint looks at more than keys and constants.
 */
extern bool tuya_membership_may_have(TuyaMembership *membership, const Datum key[TUYA_KEYS_MAX]);

/* Whether the row, of a key that it may have rows of, belongs to the partition. */
extern bool tuya_membership_has(TuyaMembership *membership, TupleTableSlot *slot);

#endif							/* TUYA_MEMBERSHIP_H */
