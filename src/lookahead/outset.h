/*
 * outset.h
 *		What a plan node evaluates whenever it is come to.
 */
#ifndef TUYA_LOOKAHEAD_OUTSET_H
#define TUYA_LOOKAHEAD_OUTSET_H

#include "postgres.h"

#include "nodes/plannodes.h"

/*
 * The expressions that the node evaluates each time that it is asked for its first row,
 * whatever its children and its table have.
 */
extern List *tuya_outset_of(const Plan *plan);

#endif							/* TUYA_LOOKAHEAD_OUTSET_H */
