/*
 * partition.h
 *		What a partition's constraint is about.
 */
#ifndef TUYA_PARTITION_H
#define TUYA_PARTITION_H

#include "postgres.h"

#include "utils/rel.h"

#include "api/column.h"

/*
 * The columns that the constraint of a foreign table that is a partition looks
 * at; NIL if these are keys and constants, or the table is none.
 */
extern List *tuya_partition_attributes(Relation relation, const TuyaColumns *columns);

#endif							/* TUYA_PARTITION_H */
