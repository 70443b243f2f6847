/*
 * key_position.h
 *		Conditions that are true only if a value is somewhere in an array.
 */
#ifndef TUYA_KEY_POSITION_H
#define TUYA_KEY_POSITION_H

#include "postgres.h"

#include "nodes/primnodes.h"

/*
 * Of "array_position(array, value) > 0", or another comparison by a strict operator, or IS
 * NOT NULL, and of "jsonb ? value" of a constant: the condition that the array has the value,
 * which is true wherever the clause is; else NULL.
 */
extern Expr *tuya_key_in_array(Expr *clause);

#endif							/* TUYA_KEY_POSITION_H */
