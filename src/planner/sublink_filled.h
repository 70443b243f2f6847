/*
 * sublink_filled.h
 *		Outer joins of which no row is left that they have filled up.
 */
#ifndef TUYA_SUBLINK_FILLED_H
#define TUYA_SUBLINK_FILLED_H

#include "postgres.h"

#include "nodes/primnodes.h"

/*
 * What the conditions of the FROM clause imply of the sides that outer joins fill up, in words by
 * which PostgreSQL makes inner joins of them.  A list of new conditions.
 */
extern List *tuya_sublink_filled(const FromExpr *from);

/* The same of a join's own condition, and the outer joins whose rows it chooses from. */
extern List *tuya_sublink_filled_on(const JoinExpr *join);

#endif							/* TUYA_SUBLINK_FILLED_H */
