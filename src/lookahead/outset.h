/*
 * outset.h
 *		What a plan node, or an expression, comes to whenever it is come to.
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

/* Whether the node reads its first child, whatever else it does. */
extern bool tuya_outset_reads_child(const Plan *plan);

/* Whether all that is in the expression is evaluated whenever it is. */
extern bool tuya_outset_evaluates_all(const Node *node);

#endif							/* TUYA_LOOKAHEAD_OUTSET_H */
