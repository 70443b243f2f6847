/*
 * key_truth.h
 *		Conditions in wrappings: NOT, IS TRUE, IS FALSE and the like.
 */
#ifndef TUYA_KEY_TRUTH_H
#define TUYA_KEY_TRUTH_H

#include "postgres.h"

#include "planner/key_own.h"

/*
 * A condition that is true wherever the clause is, with less wrapping or with the
 * wrapping further inside; NULL if the clause has none that can be taken off.
 */
extern Expr *tuya_key_unwrap(const TuyaKeyOwn *own, Expr *clause);

/* The condition that the expression, a boolean, is TRUE, NOT TRUE, and so on. */
extern Expr *tuya_key_wrap(Expr *expr, BoolTestType type);

/* The CASE with what map makes of each result; of NULL, where there is no ELSE. */
extern CaseExpr *tuya_key_map_case(const CaseExpr *expr, Expr *(*map) (Expr *result, void *context),
								   void *context);

#endif							/* TUYA_KEY_TRUTH_H */
