/*
 * keyset.h
 *		The keys that a scan asks for, from its factors' values.
 *
 * A key set evaluates what key.h's factors compare to, and then hands out their
 * cross product, each key once, without making it all at once.
 */
#ifndef TUYA_KEYSET_H
#define TUYA_KEYSET_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "api/column.h"

/* A statement that means it does not ask for so many keys with one scan. */
#define KEYS_MAX 1000000

typedef struct TuyaKeySet TuyaKeySet;

/*
 * For factors as tuya_key_encode() made them, and their values, in which key columns
 * refer to the inner tuple.  In the current memory context; values live in a child of it.
 */
extern TuyaKeySet *tuya_keyset_create(List *factors, List *values, PlanState *parent);

/*
 * Evaluates the values, for keys of that action, and begins at the first key.  A NULL
 * value binds nothing.  The context's inner tuple is a key's afterwards.  Throws 54000
 * if there are more than KEYS_MAX keys, and what the expressions throw.
 */
extern void tuya_keyset_evaluate(TuyaKeySet *set, const TuyaAction *action, ExprContext *econtext);

/*
 * The next key, as text Datums that are not toasted and live until the set is
 * evaluated again, 0 for those that no factor binds; false after the last.
 */
extern bool tuya_keyset_next(TuyaKeySet *set, Datum key[TUYA_KEYS_MAX]);

#endif							/* TUYA_KEYSET_H */
