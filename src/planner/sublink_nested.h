/*
 * sublink_nested.h
 *		Subqueries in subqueries that refer to the query around both.
 */
#ifndef TUYA_SUBLINK_NESTED_H
#define TUYA_SUBLINK_NESTED_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/*
 * EXISTS of rows that are there wherever EXISTS, or IN, of the query is true: of those queries in
 * its conditions by which alone it depends on the query around it.  A list of new SubLinks.
 */
extern List *tuya_sublink_nested(const Query *query);

#endif							/* TUYA_SUBLINK_NESTED_H */
