/*
 * key_members.h
 *		Comparisons of arrays and rows, as comparisons of their members.
 */
#ifndef TUYA_KEY_MEMBERS_H
#define TUYA_KEY_MEMBERS_H

#include "postgres.h"

#include "planner/key_own.h"

/*
 * The condition that compares the members, one by one, and is true wherever the clause,
 * which compares two arrays or two rows, is; NULL if the clause does not, or its members
 * cannot be told.
 */
extern Expr *tuya_key_members_compared(const TuyaKeyOwn *own, Expr *clause);

/*
 * Whether the clause is = ANY of rows, of jsonb, or of bytea, that can be told: then it is true
 * only if one of the arms (Exprs) is.
 */
extern bool tuya_key_members_of_list(PlannerInfo *root, const ScalarArrayOpExpr *op, List **arms);

/* The elements of an array of texts, if they can be told now; else NIL. */
extern List *tuya_key_members_of_array(Expr *array);

#endif							/* TUYA_KEY_MEMBERS_H */
