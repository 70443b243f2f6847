/*
 * view_condition.h
 *		What a query says of a subquery's keys, as conditions of the table in it.
 *
 * They are Exprs over the table's columns; columns of the query are those of a query
 * around the table's own, as many levels further out as it stands.
 */
#ifndef TUYA_VIEW_CONDITION_H
#define TUYA_VIEW_CONDITION_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "planner/view_value.h"

/*
 * What the value says, as conditions that hold together.  outputs: by the
 * table's attribute number - 1, which columns of the subquery are that key, or constant.
 */
extern List *tuya_view_condition_make(PlannerInfo *root, const RelOptInfo *baserel, const TuyaViewValue *value,
									  Bitmapset *const *outputs);

/*
 * The clause of a query as a condition of the table, if it can be a gate (gate.h) there;
 * else NULL.  rel: the query's relation that the table is in.  leakproof: it must be.
 */
extern Expr *tuya_view_condition_of_clause(PlannerInfo *root, const RelOptInfo *baserel, const RestrictInfo *clause,
										   const PlannerInfo *level, const RelOptInfo *rel,
										   Bitmapset *const *outputs, bool leakproof);

#endif							/* TUYA_VIEW_CONDITION_H */
