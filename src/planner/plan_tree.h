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

#endif							/* TUYA_PLAN_TREE_H */
