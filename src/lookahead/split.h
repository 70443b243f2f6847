/*
 * split.h
 *		Splits a plan node: what computes its expressions from what they are made from.
 */
#ifndef TUYA_LOOKAHEAD_SPLIT_H
#define TUYA_LOOKAHEAD_SPLIT_H

#include "postgres.h"

#include "nodes/plannodes.h"

#include "lookahead/search.h"

/*
 * Splits the node, and returns what takes its place: a lookahead node that announces to the
 * targets, and has the node's target list and those of its quals that move up, from position
 * nquals on.  quals: where those are in the plan.  known: TuyaEvaluated, subqueries that stay
 * below.  *targets (in and out) are then in terms of what is returned.
 */
extern Plan *tuya_split(Plan *plan, List **quals, int nquals, List **targets, List *known,
						Rewrite *rewrite);

/*
 * Lets the node, which has one child, find the values of the known subqueries as further columns
 * of its input, where they are computed then.  targets (in and out) refer to those, too.
 */
extern void tuya_split_input(Plan *plan, List *targets, List *known, Rewrite *rewrite);

/*
 * Puts the values of the subqueries (TuyaEvaluated) below the node, as further columns of its
 * outer side, unless they are there.  Returns the target, which is in columns of that side,
 * with these columns in the subqueries' places.
 */
extern TuyaTarget *tuya_split_compute(Plan *plan, const TuyaTarget *target, List *computed,
									  Rewrite *rewrite);

/* Puts the target, in columns of the plan, on top of it; made: a node was already. */
extern Plan *tuya_put_on_top(Plan *plan, const TuyaTarget *target, bool made, Rewrite *rewrite);

#endif							/* TUYA_LOOKAHEAD_SPLIT_H */
