/*
 * sublink_query.h
 *		Subqueries in expressions: what may be done to them, and how.
 *
 * A test is what IN compares with each row of its subquery: there PARAM_SUBLINK stands for
 * the subquery's columns.
 */
#ifndef TUYA_SUBLINK_QUERY_H
#define TUYA_SUBLINK_QUERY_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/* Whether it is IN or EXISTS. */
extern bool tuya_sublink_is_test(const Node *node);

/* Whether the expression is the same wherever and however often it is evaluated. */
extern bool tuya_sublink_is_movable(Node *expr);

/*
 * Whether the query, or an expression with queries in it, has the same value each time that the
 * statement evaluates it, in whatever plans.  Samples, for one, have not, and locking is none of it.
 */
extern bool tuya_sublink_is_repeatable(Node *node);

/* What to put in a column's place; NULL: it stays.  arg is as given below. */
typedef Node *(*TuyaReplaceColumn) (const Var *column, void *arg);

/* A copy with other nodes in place of columns of that relation, but for those within subqueries. */
extern Node *tuya_sublink_replace_columns(Node *node, int varno, TuyaReplaceColumn replace, void *arg);

/* Whether each row of the subquery is there, or is not, whatever the others are. */
extern bool tuya_sublink_has_independent_rows(const Query *query);

/* Lets EXISTS of the query be run for each outer row if it would not dissolve wholly in a join. */
extern void tuya_sublink_stay_apart(Query *query);

/* SELECT * FROM (query); the query becomes a part of it. */
extern Query *tuya_sublink_wrap(Query *query);

/* EXISTS (query), a new one. */
extern SubLink *tuya_sublink_exists(Query *query);

/* What stands for that column of the subquery in a test. */
extern Param *tuya_sublink_column(const TargetEntry *column);

/* The test as a condition of the subquery: a copy. */
extern Node *tuya_sublink_condition(const Query *query, const Node *test);

extern void tuya_sublink_add_condition(Query *query, Node *condition);

#endif							/* TUYA_SUBLINK_QUERY_H */
