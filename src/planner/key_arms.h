/*
 * key_arms.h
 *		Conditions that are true only if one of several others is.
 */
#ifndef TUYA_KEY_ARMS_H
#define TUYA_KEY_ARMS_H

#include "postgres.h"

#include "nodes/primnodes.h"

/*
 * Whether the clause is OR, CASE, COALESCE, CASE ... IS NOT NULL or = ANY of rows,
 * and so true only if one of the arms (Exprs) is; without arms it never is.
 */
extern bool tuya_key_arms(Expr *clause, List **arms);

#endif							/* TUYA_KEY_ARMS_H */
