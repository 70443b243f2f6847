/*
 * plan_tree.h
 *		What a plan node consists of.
 */
#ifndef TUYA_PLAN_TREE_H
#define TUYA_PLAN_TREE_H

#include "postgres.h"

#include "nodes/plannodes.h"

/* The plans below the node, its outer side first. */
extern List *tuya_plan_tree_children(const Plan *plan);

/* Its expressions that may have subqueries, initPlan aside. */
extern List *tuya_plan_tree_expressions(const Plan *plan);

/* The conditions that a scan does not test as its qual: an index's, or what a foreign scan sends. */
extern List *tuya_plan_tree_scan_conditions(const Plan *plan);

/* Whether the join reads no more of its inner side than a first match, for each outer row. */
extern bool tuya_plan_tree_stops_at_match(const Join *join);

#endif							/* TUYA_PLAN_TREE_H */
