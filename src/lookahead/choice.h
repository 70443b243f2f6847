/*
 * choice.h
 *		Arms of an Append that are read until one has a row.
 */
#ifndef TUYA_LOOKAHEAD_CHOICE_H
#define TUYA_LOOKAHEAD_CHOICE_H

#include "postgres.h"

#include "nodes/plannodes.h"

#include "lookahead/node.h"

/*
 * Whether the Append, in a subquery of the top or on the inner side of that join, is expected
 * to be read no further than to a first few rows, as below EXISTS or LIMIT.
 */
extern bool tuya_choice_stops(const Rewrite *rewrite, Append *append, Plan *top);

/*
 * Adds what the arm, whose targets these are, asks for first to *targets: nothing for a
 * row for which an earlier arm is asked.  False: what is after it is not known to be read.
 */
extern bool tuya_choice_add_arm(List **targets, const Append *append, const Plan *arm, List *arm_targets);

#endif							/* TUYA_LOOKAHEAD_CHOICE_H */
