/*
 * plan.h
 *		Size, paths and plan of a foreign scan.
 */
#ifndef TUYA_PLAN_H
#define TUYA_PLAN_H

#include "postgres.h"

#include "foreign/fdwapi.h"
#include "nodes/pathnodes.h"

/* Whether a path ends up on a scan that has no value for a key. */
extern bool tuya_plan_lacks_keys(const Path *path);

extern void tuya_GetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel, Oid relid);
extern void tuya_GetForeignPaths(PlannerInfo *root, RelOptInfo *baserel, Oid relid);
extern bool tuya_IsForeignPathAsyncCapable(ForeignPath *path);
extern ForeignScan *tuya_GetForeignPlan(PlannerInfo *root, RelOptInfo *baserel, Oid relid,
										ForeignPath *path, List *tlist, List *scan_clauses,
										Plan *outer_plan);

#endif							/* TUYA_PLAN_H */
