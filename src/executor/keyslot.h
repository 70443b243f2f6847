/*
 * keyslot.h
 *		A key as the tuple that tuya_gate_refer_to_key() lets expressions refer to.
 */
#ifndef TUYA_KEYSLOT_H
#define TUYA_KEYSLOT_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "nodes/execnodes.h"

#include "api/column.h"

/* An empty one, that lives as long as the EState. */
extern TupleTableSlot *tuya_keyslot_create(EState *estate);

/* Lets it be that key: text Datums, 0 for what is not known, which is NULL.  They are not copied. */
extern void tuya_keyslot_store(TupleTableSlot *slot, const Datum key[TUYA_KEYS_MAX]);

#endif							/* TUYA_KEYSLOT_H */
