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

/* The keys (1 << TuyaKeyId) that encoded factors bind. */
extern int	tuya_key_encoded_keys(List *factors);

#endif							/* TUYA_KEY_ENCODE_H */
