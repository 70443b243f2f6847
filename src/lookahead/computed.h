/*
 * computed.h
 *		Keys that are subqueries of the row, and when these can be evaluated ahead.
 */
#ifndef TUYA_LOOKAHEAD_COMPUTED_H
#define TUYA_LOOKAHEAD_COMPUTED_H

#include "postgres.h"

#include "lookahead/search.h"

/*
 * Of the target's keys those that are subqueries, with the conditions under which the scan
 * evaluates them: those of the row, and that no earlier key, nor one that is no subquery, is
 * NULL.  TuyaEvaluated; NIL: none are, or not all of them can be evaluated sooner.
 * set_outside: parameters that have values by then.
 */
extern List *tuya_computed_keys(const Rewrite *rewrite, const TuyaTarget *target,
								const Bitmapset *set_outside);

#endif							/* TUYA_LOOKAHEAD_COMPUTED_H */
