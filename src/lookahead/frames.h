/*
 * frames.h
 *		To which rows window functions come.
 */
#ifndef TUYA_LOOKAHEAD_FRAMES_H
#define TUYA_LOOKAHEAD_FRAMES_H

#include "postgres.h"

#include "nodes/plannodes.h"
#include "nodes/primnodes.h"

/*
 * Whether the function evaluates its first argument, an aggregate all, for each row of
 * the plan's input, but for few.
 */
extern bool tuya_frames_reach_all(const WindowFunc *func, const WindowAgg * plan);

#endif							/* TUYA_LOOKAHEAD_FRAMES_H */
