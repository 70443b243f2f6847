/*
 * plan.h
 *		Size, paths and plan of a foreign scan.
 */
#ifndef TUYA_PLAN_H
#define TUYA_PLAN_H

#include "postgres.h"

#include "foreign/fdwapi.h"

/*
 * ForeignScan.fdw_private is a list of these; ForeignScan.fdw_exprs has the
 * values to which keys are compared.  No credentials, and no options: a plan may
 * outlive them.
 */
typedef enum TuyaPlanPrivate
{
	TUYA_PLAN_KEYS,				/* factors, as tuya_key_encode() makes them */
	TUYA_PLAN_ATTRIBUTES		/* integer list: attribute numbers that are read */
} TuyaPlanPrivate;

extern void tuya_GetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel, Oid relid);
extern void tuya_GetForeignPaths(PlannerInfo *root, RelOptInfo *baserel, Oid relid);
extern ForeignScan *tuya_GetForeignPlan(PlannerInfo *root, RelOptInfo *baserel, Oid relid,
										ForeignPath *path, List *tlist, List *scan_clauses,
										Plan *outer_plan);

#endif							/* TUYA_PLAN_H */
