/*
 * key_undo.h
 *		Comparisons of what functions make of a text, each of another one, as comparisons of the text.
 */
#ifndef TUYA_KEY_UNDO_H
#define TUYA_KEY_UNDO_H

#include "postgres.h"

#include "planner/key_own.h"

/* What the clause says of what such a function is called with; NULL if it calls none of a column of the table. */
extern Expr *tuya_key_undo(const TuyaKeyOwn *own, Expr *clause);

#endif							/* TUYA_KEY_UNDO_H */
