/*
 * key_position.h
 *		Conditions that are true only if a value is somewhere in an array.
 */
#ifndef TUYA_KEY_POSITION_H
#define TUYA_KEY_POSITION_H

#include "postgres.h"

#include "nodes/primnodes.h"
#include "utils/array.h"
#include "utils/jsonb.h"

/*
 * Of "array_position(array, value) > 0", or another comparison by a strict operator, or IS
 * NOT NULL, of the like with array_positions(), and of "jsonb ? value" of a constant: the
 * condition that the array has the value, which is true wherever the clause is; else NULL.
 */
extern Expr *tuya_key_in_array(Expr *clause);

/*
 * Whether the clause is true only if all of these values are among the strings of the jsonb: a
 * list of Exprs; else NIL.
 */
extern List *tuya_key_in_jsonb(Expr *clause, Expr **jsonb);

/* Those strings, as an array of texts: the keys of an object, the strings of an array, or a string. */
extern ArrayType *tuya_key_strings_of(Jsonb *jsonb);

/* Those of an array of jsonb that are strings, as an array of texts. */
extern ArrayType *tuya_key_strings_among(ArrayType *jsonbs);

#endif							/* TUYA_KEY_POSITION_H */
