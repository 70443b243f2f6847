/*
 * stages.h
 *		Lookahead nodes for the subqueries that a plan node evaluates, one on the other.
 */
#ifndef TUYA_LOOKAHEAD_STAGES_H
#define TUYA_LOOKAHEAD_STAGES_H

#include "postgres.h"

#include "nodes/plannodes.h"

#include "lookahead/node.h"

/*
 * Splits the plan where its target list or its quals have subqueries to run ahead of, and
 * returns what takes its place.  quals: those of its quals that may move up.
 */
extern Plan *tuya_stages_add(Plan *plan, List **quals, Rewrite *rewrite);

#endif							/* TUYA_LOOKAHEAD_STAGES_H */
