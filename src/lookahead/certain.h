/*
 * certain.h
 *		What is certain of a plan before it runs.
 */
#ifndef TUYA_LOOKAHEAD_CERTAIN_H
#define TUYA_LOOKAHEAD_CERTAIN_H

#include "postgres.h"

#include "nodes/plannodes.h"
#include "nodes/primnodes.h"

/* Whether it has a row, whatever parameters are. */
extern bool tuya_certain_row(const Plan *plan);

/*
 * Whether the function evaluates its first argument, an aggregate all, for each row of
 * the plan's input, but for few.
 */
extern bool tuya_certain_each_row(const WindowFunc *func, const WindowAgg * plan);

#endif							/* TUYA_LOOKAHEAD_CERTAIN_H */
