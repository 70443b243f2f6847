/*
 * count.h
 *		count(*) of the jobs of a key, answered by the first page's total.
 */
#ifndef TUYA_COUNT_H
#define TUYA_COUNT_H

#include "postgres.h"

#include "foreign/fdwapi.h"

#include "planner/table.h"

/* Adds a path to the grouping relation where count(*) is the number of jobs. */
extern void tuya_GetForeignUpperPaths(PlannerInfo *root, UpperRelationKind stage,
									  RelOptInfo *input_rel, RelOptInfo *output_rel, void *extra);

/* The table whose rows such a path counts. */
extern const TuyaTable *tuya_count_table(const ForeignPath *path);

/* The plan of such a path. */
extern ForeignScan *tuya_count_plan(ForeignPath *path, List *tlist, Plan *outer_plan);

#endif							/* TUYA_COUNT_H */
