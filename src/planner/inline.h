/*
 * inline.h
 *		Functions in FROM that PostgreSQL makes subqueries of, made such before it does.
 */
#ifndef TUYA_INLINE_H
#define TUYA_INLINE_H

#include "postgres.h"

#include "nodes/params.h"
#include "nodes/parsenodes.h"

/* Whether that relation of a query is such a function, and might read a table of ours. */
extern bool tuya_inline_may(const RangeTblEntry *rte);

/* Puts the subqueries in their place.  What a plan then depends on, as PlannedStmt.invalItems. */
extern List *tuya_inline_functions(Query *query, ParamListInfo parameters);

#endif							/* TUYA_INLINE_H */
