/*
 * make_test.h
 *		Tests of a value, and what they test, as expressions.
 */
#ifndef TUYA_MAKE_TEST_H
#define TUYA_MAKE_TEST_H

#include "postgres.h"

#include "nodes/primnodes.h"

/* Of a row's value as such, not of its fields: argisrow is false.  The argument is not copied. */
extern Expr *tuya_make_null_test(Expr *arg, NullTestType type);
extern Expr *tuya_make_boolean_test(Expr *arg, BoolTestType type);

/* left IS NOT DISTINCT FROM right, of texts */
extern Expr *tuya_make_not_distinct(Expr *left, Expr *right, Oid collation);

/* coalesce(text, ''): two of them are equal wherever two texts are the same or both NULL */
extern Expr *tuya_make_never_null(Expr *text);

#endif							/* TUYA_MAKE_TEST_H */
