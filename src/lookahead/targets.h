/*
 * targets.h
 *		The foreign scans that an expression's subqueries ask, and when they do.
 */
#ifndef TUYA_LOOKAHEAD_TARGETS_H
#define TUYA_LOOKAHEAD_TARGETS_H

#include "postgres.h"

#include "nodes/plannodes.h"

#include "lookahead/search.h"

typedef void TuyaTargetsOf(TuyaSearch *search, Node *expr);

/* Adds what the plan's subqueries in the expression, or list of such, ask for. */
extern TuyaTargetsOf tuya_targets_of_expression;

/* The same for the arguments of the aggregates and window functions in it. */
extern TuyaTargetsOf tuya_targets_of_arguments;

/* The same for subqueries of the loop's inner side, which is read for each outer row. */
extern void tuya_targets_of_inner_side(TuyaSearch *search, NestLoop *loop);

#endif							/* TUYA_LOOKAHEAD_TARGETS_H */
