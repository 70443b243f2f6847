/*
 * cost.h
 *		What the planner takes a request for.
 */
#ifndef TUYA_COST_H
#define TUYA_COST_H

#include <math.h>

/*
 * One lookup, in cost units: a page read costs 1, a lookup tens of ms shared
 * by many in flight.  It is time, but no work: jit.c takes it out.
 */
#define TUYA_LOOKUP_COST 30.0

/*
 * A scan that lacks keys costs more than any legal plan, even one that has disabled
 * nodes on the inner sides of loops, or whose twenty tables were never analyzed.
 */
#define TUYA_MISSING_KEY_COST 1.0e60

/*
 * Each further key that is missing costs that much more: where all plans lack some, the
 * one that lacks least is chosen, and the error is about that.
 */
#define TUYA_MISSING_KEY_FACTOR 1.0e15

static inline double
tuya_cost_missing(int nkeys)
{
	return TUYA_MISSING_KEY_COST * pow(TUYA_MISSING_KEY_FACTOR, nkeys - 1);
}

#endif							/* TUYA_COST_H */
