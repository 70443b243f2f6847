/*
 * key_object.h
 *		Comparisons of jsonb that is made of texts, as comparisons of these.
 */
#ifndef TUYA_KEY_OBJECT_H
#define TUYA_KEY_OBJECT_H

#include "postgres.h"

#include "nodes/primnodes.h"

/* What follows from "left = right", or from "left @> right", by comparisons of texts; NULL: nothing. */
extern Expr *tuya_key_object_equal(Expr *left, Expr *right);
extern Expr *tuya_key_object_contains(Expr *left, Expr *right);

/* The text of to_jsonb(text); else NULL. */
extern Expr *tuya_key_object_text(Expr *expr);

#endif							/* TUYA_KEY_OBJECT_H */
