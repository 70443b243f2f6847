/*
 * plan.h
 *		Size, paths and plan of a foreign scan.
 */
#ifndef TUYA_PLAN_H
#define TUYA_PLAN_H

#include "postgres.h"

#include "foreign/fdwapi.h"

#include "planner/key.h"

/*
 * ForeignScan.fdw_private is a list of these; ForeignScan.fdw_exprs has the
 * values to which keys are compared.  No credentials, and no options: a plan may
 * outlive them.
 */
typedef enum TuyaPlanPrivate
{
	TUYA_PLAN_KEYS,				/* factors, as tuya_key_encode() makes them */
	TUYA_PLAN_ATTRIBUTES,		/* integer list: attribute numbers that are read */
	TUYA_PLAN_LIMIT,			/* integer: this many rows are enough; 0: all */
	TUYA_PLAN_COUNT,			/* integer: 1 if rows are only counted */
	TUYA_PLAN_MISSING,			/* as tuya_missing_explain() makes it: NIL if no key is missing */
	TUYA_PLAN_GATES				/* as tuya_gate_choose() makes them; NIL: none */
} TuyaPlanPrivate;

/* Makes that list. */
extern List *tuya_plan_private(List *keys, List *attributes, int limit, bool count, List *missing,
							   List *gates);

/*
 * One lookup, in cost units: a page read costs 1, a lookup tens of ms shared
 * by many in flight.  Kept small, for plans of thousands switch JIT on.
 */
#define TUYA_LOOKUP_COST 30.0

/*
 * Whether the relation's keys are bound by exactly one clause each, by
 * constants, parameters or lists, and it has no other clause; fills *binding.
 */
extern bool tuya_plan_has_only_keys(PlannerInfo *root, RelOptInfo *baserel,
									TuyaKeyBinding *binding);

/* Whether that column of a relation of ours is part of the key. */
extern bool tuya_plan_is_key(RelOptInfo *rel, AttrNumber attno);

/* Whether that foreign table is one of this wrapper. */
extern bool tuya_plan_is_own_table(Oid relid);

/* Whether a path ends up on a scan that has no value for a key. */
extern bool tuya_plan_lacks_keys(const Path *path);

extern void tuya_GetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel, Oid relid);
extern void tuya_GetForeignPaths(PlannerInfo *root, RelOptInfo *baserel, Oid relid);
extern ForeignScan *tuya_GetForeignPlan(PlannerInfo *root, RelOptInfo *baserel, Oid relid,
										ForeignPath *path, List *tlist, List *scan_clauses,
										Plan *outer_plan);

#endif							/* TUYA_PLAN_H */
