/*
 * sublink_array.h
 *		Comparisons with arrays of what subqueries find.
 */
#ifndef TUYA_SUBLINK_ARRAY_H
#define TUYA_SUBLINK_ARRAY_H

#include "postgres.h"

#include "nodes/primnodes.h"

/* The subquery of "x = ANY (ARRAY(SELECT ...))"; NULL if the node is no such. */
extern SubLink *tuya_sublink_of_array(Node *node);

/*
 * "ROW(...) = ANY (ARRAY(SELECT ...))" of "ARRAY(SELECT ...) @> ARRAY[ROW(...)]", <@ and &&,
 * which are true where it is, but false where it is NULL; else the node, which may be NULL.
 */
extern Node *tuya_sublink_row_in_array(Node *node);

#endif							/* TUYA_SUBLINK_ARRAY_H */
