/*
 * key_object.h
 *		Comparisons of jsonb that is made of texts, as comparisons of these.
 */
#ifndef TUYA_KEY_OBJECT_H
#define TUYA_KEY_OBJECT_H

#include "postgres.h"

#include "nodes/primnodes.h"

#include "planner/key_own.h"

/* What follows from "left = right", or from "left @> right", by comparisons of texts; NULL: nothing. */
extern Expr *tuya_key_object_equal(Expr *left, Expr *right);
extern Expr *tuya_key_object_contains(Expr *left, Expr *right);

/* The text of to_jsonb(text); else NULL. */
extern Expr *tuya_key_object_text(Expr *expr);

/* Whether the expression is jsonb that is made of something, even of NULL, or of what is never NULL. */
extern bool tuya_key_object_is_never_null(const TuyaKeyOwn *own, Expr *expr);

/* to_jsonb(text) = ANY (array of jsonb) */
extern Expr *tuya_key_object_make_any(Expr *text, Expr *array);

#endif							/* TUYA_KEY_OBJECT_H */
