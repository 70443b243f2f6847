/*
 * key.h
 *		Which quals bind which key columns.
 *
 * One rule for planner and executor alike: a key column is bound by
 * "column = value" where the operator is texteq under a deterministic
 * collation, the column may stand under RelabelTypes, and the value does not
 * depend on the table itself and is not volatile.
 */
#ifndef TUYA_KEY_H
#define TUYA_KEY_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "column.h"

/* The value to which this clause binds that column of that relation, or NULL. */
extern Expr *tuya_key_value(PlannerInfo *root, Expr *clause, Index relid, AttrNumber attno);

/* Whether the expression is that column, under RelabelTypes or not. */
extern bool tuya_key_is_column(Expr *expr, Index relid, AttrNumber attno);

/*
 * For each key, the first of the clauses (RestrictInfos, or Exprs) that binds
 * it, and its value; NULL where none does.  Returns how many keys are bound.
 */
extern int	tuya_key_bind(PlannerInfo *root, List *clauses, Index relid,
						  const TuyaColumns *columns, Node *clause_of[TUYA_KEY_COUNT], Expr *value_of[TUYA_KEY_COUNT]);

#endif							/* TUYA_KEY_H */
