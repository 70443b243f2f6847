/*
 * key_pattern.h
 *		The texts that a pattern of LIKE or ~ matches.
 */
#ifndef TUYA_KEY_PATTERN_H
#define TUYA_KEY_PATTERN_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "nodes/primnodes.h"

/*
 * The texts, as Consts, all that the operator with that function, LIKE or ~, is true of with
 * the pattern; NIL if it is another operator, or there may be more than can be told.
 */
extern List *tuya_key_pattern_texts(Oid function, Expr *pattern, Oid collation);

#endif							/* TUYA_KEY_PATTERN_H */
