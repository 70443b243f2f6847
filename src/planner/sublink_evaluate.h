/*
 * sublink_evaluate.h
 *		Conditions that are evaluated while a statement is planned.
 */
#ifndef TUYA_SUBLINK_EVALUATE_H
#define TUYA_SUBLINK_EVALUATE_H

#include "postgres.h"

#include "nodes/params.h"
#include "nodes/parsenodes.h"

/*
 * Whether the condition is not true, whatever its columns are.  False if that is not known, or
 * not without evaluating what may throw.  Subqueries in it are not evaluated.
 */
extern bool tuya_sublink_evaluate_fails(Node *condition);

/*
 * The query, a new one, with the values of those parameters that the planner takes for constants.
 * NULL: there are none.
 */
extern Query *tuya_sublink_evaluate_parameters(Query *query, ParamListInfo parameters);

#endif							/* TUYA_SUBLINK_EVALUATE_H */
