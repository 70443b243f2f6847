/*
 * plan.h
 *		Size, paths and plan of a foreign scan.
 */
#ifndef TUYA_PLAN_H
#define TUYA_PLAN_H

#include "postgres.h"

#include "foreign/fdwapi.h"
#include "nodes/pathnodes.h"

/* Whether that foreign table is one of this wrapper. */
extern bool tuya_plan_is_own_table(Oid relid);

/* Whether that is a scan, or a count, of such a table. */
extern bool tuya_plan_is_own_scan(const ForeignScan *scan);

/* Whether that relation of a statement is such a table. */
extern bool tuya_plan_is_own_relation(const RelOptInfo *rel);

/* Whether a path ends up on a scan that has no value for a key. */
extern bool tuya_plan_lacks_keys(const Path *path);

extern void tuya_GetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel, Oid relid);
extern void tuya_GetForeignPaths(PlannerInfo *root, RelOptInfo *baserel, Oid relid);
extern ForeignScan *tuya_GetForeignPlan(PlannerInfo *root, RelOptInfo *baserel, Oid relid,
										ForeignPath *path, List *tlist, List *scan_clauses,
										Plan *outer_plan);

#endif							/* TUYA_PLAN_H */
