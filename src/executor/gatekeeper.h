/*
 * gatekeeper.h
 *		Tests a plan's gates (planner/gate.h) before a key is asked for.
 */
#ifndef TUYA_GATEKEEPER_H
#define TUYA_GATEKEEPER_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "api/column.h"

typedef struct TuyaGatekeeper TuyaGatekeeper;

/* In the current memory context. */
extern TuyaGatekeeper *tuya_gatekeeper_create(List *row_quals, List *key_quals, PlanState *parent);

/*
 * Whether there may be rows at all; and of that key, which is to be asked
 * second.  outer is the tuple to which OUTER_VAR refers, or NULL.
 */
extern bool tuya_gatekeeper_is_open(TuyaGatekeeper *keeper, TupleTableSlot *outer);
extern bool tuya_gatekeeper_is_open_for(TuyaGatekeeper *keeper, const Datum key[TUYA_KEYS_MAX],
										TupleTableSlot *outer);

#endif							/* TUYA_GATEKEEPER_H */
