/*
 * sublink_computed.h
 *		What subqueries in FROM compute of columns of the query around them.
 */
#ifndef TUYA_SUBLINK_COMPUTED_H
#define TUYA_SUBLINK_COMPUTED_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/*
 * A copy of the condition with what the relation, a subquery, computes of columns of the query
 * around it in place of its columns; NULL if the condition has no such column.
 */
extern Node *tuya_sublink_computed(const Node *condition, int varno, const RangeTblEntry *rte);

#endif							/* TUYA_SUBLINK_COMPUTED_H */
