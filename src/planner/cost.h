/*
 * cost.h
 *		What the planner takes a request for.
 */
#ifndef TUYA_COST_H
#define TUYA_COST_H

/*
 * One lookup, in cost units: a page read costs 1, a lookup tens of ms shared
 * by many in flight.  Kept small, for plans of thousands switch JIT on.
 */
#define TUYA_LOOKUP_COST 30.0

#endif							/* TUYA_COST_H */
