/*
 * sublink_key.h
 *		Which columns of a query may be keys of a table of ours.
 */
#ifndef TUYA_SUBLINK_KEY_H
#define TUYA_SUBLINK_KEY_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/* Whether that column of that table of a query is known to be none; those of views may be some. */
extern bool tuya_sublink_is_no_key(const RangeTblEntry *rte, AttrNumber attno);

/* Whether the expression of the query with these relations has a column that may be a key. */
extern bool tuya_sublink_may_have_key(Node *expr, const List *rtable);

#endif							/* TUYA_SUBLINK_KEY_H */
