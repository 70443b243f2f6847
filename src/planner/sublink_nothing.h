/*
 * sublink_nothing.h
 *		What a subquery gives if no row passes its conditions.
 */
#ifndef TUYA_SUBLINK_NOTHING_H
#define TUYA_SUBLINK_NOTHING_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/* Whether it has a row even so, as aggregates without groups have.  It has no grouping sets. */
extern bool tuya_sublink_nothing_has_row(const Query *query);

/* What the output is in that row, as a new constant or the like; NULL if that is not known. */
extern Node *tuya_sublink_nothing_output(const TargetEntry *output);

/*
 * What the subquery is as a value; NULL if that is not known.  link: a scalar subquery or an
 * ARRAY of one.
 */
extern Node *tuya_sublink_nothing_value(const SubLink *link);

/*
 * Whether the condition is not true, as tuya_sublink_evaluate_fails() knows it, with the value in
 * place of that part of it, in a copy.
 */
extern bool tuya_sublink_nothing_fails_with(Node *condition, const Node *part, Node *value);

/*
 * Whether one of the conditions is not true, whatever other relations have, of the row that the query,
 * a relation in FROM, makes of nothing; without a query, where an outer join has none of the relation.
 */
extern bool tuya_sublink_nothing_fails_in_row(const List *conditions, int varno, const Query *query);

#endif							/* TUYA_SUBLINK_NOTHING_H */
