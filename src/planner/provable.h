/*
 * provable.h
 *		What a statement proves about the rows that it needs of a table.
 */
#ifndef TUYA_PROVABLE_H
#define TUYA_PROVABLE_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/*
 * Whether the table's required keys are bound by exactly one clause each, by constants,
 * parameters or lists, and nothing else keeps a row from the result.
 */
extern bool tuya_provable_only_keys(PlannerInfo *root, RelOptInfo *baserel);

/*
 * How many rows of the table the query needs at most, where nothing sits
 * between table and LIMIT that could drop one; 0 if that is not proved.
 */
extern int	tuya_provable_limit(PlannerInfo *root, RelOptInfo *baserel);

#endif							/* TUYA_PROVABLE_H */
