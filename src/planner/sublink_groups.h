/*
 * sublink_groups.h
 *		Subqueries in HAVING, as conditions of the rows that are grouped.
 */
#ifndef TUYA_SUBLINK_GROUPS_H
#define TUYA_SUBLINK_GROUPS_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/* Moves those conditions of HAVING to WHERE that have subqueries, but no aggregates. */
extern void tuya_sublink_of_groups(Query *query);

#endif							/* TUYA_SUBLINK_GROUPS_H */
