/*
 * merge.h
 *		What the actions of MERGE ask for.
 */
#ifndef TUYA_LOOKAHEAD_MERGE_H
#define TUYA_LOOKAHEAD_MERGE_H

#include "postgres.h"

#include "lookahead/search.h"

/* Adds what subqueries in the actions ask for, in columns of the plan's input (OUTER_VAR). */
extern void tuya_merge_find(TuyaSearch *search, const ModifyTable *plan);

#endif							/* TUYA_LOOKAHEAD_MERGE_H */
