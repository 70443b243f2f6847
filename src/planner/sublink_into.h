/*
 * sublink_into.h
 *		What a query requires of what its subqueries in FROM have computed by subqueries.
 */
#ifndef TUYA_SUBLINK_INTO_H
#define TUYA_SUBLINK_INTO_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/* Adds to the subqueries in the query's FROM, and in its WITH, what it requires of them. */
extern void tuya_sublink_into_from(Query *query);

#endif							/* TUYA_SUBLINK_INTO_H */
