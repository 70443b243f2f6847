/*
 * merge.h
 *		What the actions of MERGE, and that of ON CONFLICT, ask for.
 */
#ifndef TUYA_LOOKAHEAD_MERGE_H
#define TUYA_LOOKAHEAD_MERGE_H

#include "postgres.h"

#include "lookahead/search.h"

/* Adds what subqueries in the actions ask for, in columns of the plan's input (OUTER_VAR). */
extern void tuya_merge_find(TuyaSearch *search, const ModifyTable *plan);

/* The same for INSERT's action where a row is there: as guesses. */
extern void tuya_merge_find_conflict(TuyaSearch *search, const ModifyTable *plan);

#endif							/* TUYA_LOOKAHEAD_MERGE_H */
