/*
 * sublink_implied.h
 *		Subqueries without which a condition is not true, and such as are none.
 */
#ifndef TUYA_SUBLINK_IMPLIED_H
#define TUYA_SUBLINK_IMPLIED_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/*
 * EXISTS of rows that are there wherever the condition, of a query with tables of ours among
 * these relations, is true: "(SELECT count(*) ...) > 0" implies one of them; or IN.  A list of
 * new SubLinks.
 */
extern List *tuya_sublink_implied(Node *condition, const List *rtable);

/* The same of the LATERAL subqueries that the FROM clause joins. */
extern List *tuya_sublink_implied_by_from(const FromExpr *from, const List *rtable);

/*
 * The same of those that a join in the query's FROM clause joins, where only its own condition can
 * have what they imply: those on the side that an outer join fills up, and those of an inner join
 * below a full one.
 */
extern List *tuya_sublink_implied_by_on(const JoinExpr *join, const Query *query);

/* The x of "(SELECT x)", which is one of the query around it, else the node. */
extern Node *tuya_sublink_without_select(Node *node);

#endif							/* TUYA_SUBLINK_IMPLIED_H */
