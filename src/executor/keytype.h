/*
 * keytype.h
 *		Which keys the types of the key columns can hold.
 *
 * A key column shows what was asked for.  Where its type cannot hold that (a
 * varchar too short for it, a domain that refuses it), no value of the column
 * is equal to it: such a key has no rows, and nobody is asked.
 */
#ifndef TUYA_KEYTYPE_H
#define TUYA_KEYTYPE_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "utils/rel.h"

#include "api/column.h"

typedef struct TuyaKeyType TuyaKeyType;

/* NULL if the columns can hold any text.  In the EState's memory. */
extern TuyaKeyType *tuya_keytype_create(Relation relation, const TuyaColumns *columns,
										EState *estate);

/* Whether they can hold that key.  Throws what a domain's expression throws. */
extern bool tuya_keytype_holds(TuyaKeyType *type, const Datum key[TUYA_KEYS_MAX]);

#endif							/* TUYA_KEYTYPE_H */
