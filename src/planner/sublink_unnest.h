/*
 * sublink_unnest.h
 *		Comparisons of a row with an array of rows, as IN of a subquery.
 */
#ifndef TUYA_SUBLINK_UNNEST_H
#define TUYA_SUBLINK_UNNEST_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "nodes/primnodes.h"

/* Whether it is "ROW(...) = ANY (array)" of an array that is no constant and no constructor. */
extern bool tuya_sublink_is_in_rows(Node *node);

/*
 * IN of the array's rows, of those columns that are texts, which is true wherever such a
 * condition of the query with these relations is; NULL if there are none.
 */
extern SubLink *tuya_sublink_of_rows(const ScalarArrayOpExpr *op, const List *rtable);

#endif							/* TUYA_SUBLINK_UNNEST_H */
