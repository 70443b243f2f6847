/*
 * key_arms.h
 *		Conditions that are true only if one of several others is.
 */
#ifndef TUYA_KEY_ARMS_H
#define TUYA_KEY_ARMS_H

#include "postgres.h"

#include "planner/key_own.h"

/*
 * Whether the clause is OR, CASE, COALESCE, CASE ... IS NOT NULL or = ANY of rows,
 * and so true only if one of the arms (Exprs) is; without arms it never is.
 */
extern bool tuya_key_arms(PlannerInfo *root, Expr *clause, List **arms);

/*
 * The same for a clause that compares NULLIF, COALESCE or CASE over the table's columns,
 * or says that it is NULL; NIL: it does not.  The arms may be of the same kind.
 */
extern List *tuya_key_arms_of_comparison(const TuyaKeyOwn *own, Expr *clause);

#endif							/* TUYA_KEY_ARMS_H */
