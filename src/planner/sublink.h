/*
 * sublink.h
 *		What IN subqueries are compared to, as conditions of theirs.
 */
#ifndef TUYA_SUBLINK_H
#define TUYA_SUBLINK_H

#include "postgres.h"

#include "nodes/params.h"
#include "nodes/parsenodes.h"

/* Whether the query has such subqueries, of whatever tables. */
extern bool tuya_sublink_is_in(Query *query);

/*
 * The query with these conditions, for the same result with these values of parameters (NULL: there
 * are none); the query itself is used up.
 */
extern Query *tuya_sublink_bind(Query *query, ParamListInfo parameters);

#endif							/* TUYA_SUBLINK_H */
