/*
 * key_encode.h
 *		Factors, which say what keys are asked for, as a plan keeps them.
 */
#ifndef TUYA_KEY_ENCODE_H
#define TUYA_KEY_ENCODE_H

#include "postgres.h"

#include "planner/key.h"

/*
 * The factors as a plan keeps them: a list of lists (alternatives) of integer
 * lists with three numbers a term, its key, whether it is an array, and the
 * position of its value in *exprs, to which the values are appended.
 */
extern List *tuya_key_encode(const TuyaKeyBinding *binding, List **exprs);

/* The parts of an encoded term; term is a cell's position in the integer list. */
#define TUYA_KEY_TERM_SIZE 3
#define tuya_key_term_key(list, term) list_nth_int(list, (term))
#define tuya_key_term_is_array(list, term) (list_nth_int(list, (term) + 1) != 0)
#define tuya_key_term_expr(list, term) list_nth_int(list, (term) + 2)

/*
 * One factor, encoded, whose only value is a list of whole keys: an array of texts, TUYA_KEYS_MAX
 * of them for each key, NULL for those that it does not bind; all of them where there is none.
 */
extern List *tuya_key_encode_whole(void);

/* Whether the terms are one that is such a list. */
#define tuya_key_terms_are_whole(list) ((list) != NIL && linitial_int(list) == TUYA_KEY_TERM_WHOLE)
#define TUYA_KEY_TERM_WHOLE (-1)

/* The keys (1 << TuyaKeyId) that encoded factors bind. */
extern int	tuya_key_encoded_keys(List *factors);

#endif							/* TUYA_KEY_ENCODE_H */
