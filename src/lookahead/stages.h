/*
 * stages.h
 *		Lookahead nodes for the subqueries that a plan node evaluates, one on the other.
 */
#ifndef TUYA_LOOKAHEAD_STAGES_H
#define TUYA_LOOKAHEAD_STAGES_H

#include "postgres.h"

#include "nodes/plannodes.h"

#include "lookahead/node.h"
#include "lookahead/targets.h"

/*
 * Splits the plan where its target list or its quals have subqueries to run ahead of, and
 * returns what takes its place.  quals: those of its quals that may move up.
 */
extern Plan *tuya_stages_add(Plan *plan, List **quals, Rewrite *rewrite);

/*
 * Puts nodes below the plan, which evaluates something of its expressions for each row of its
 * only child: what targets_of finds in them.
 */
extern void tuya_stages_add_to_input(Plan *plan, TuyaTargetsOf * targets_of, Rewrite *rewrite);

#endif							/* TUYA_LOOKAHEAD_STAGES_H */
