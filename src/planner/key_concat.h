/*
 * key_concat.h
 *		Functions that join texts, as the operator || does.
 */
#ifndef TUYA_KEY_CONCAT_H
#define TUYA_KEY_CONCAT_H

#include "postgres.h"

#include "planner/key_own.h"

/*
 * The same as a call of concat(), concat_ws() or format(), by || of two texts; NULL: the expression
 * is no such call, or one of another kind.
 */
extern Expr *tuya_key_concat(const TuyaKeyOwn *own, Expr *expr);

#endif							/* TUYA_KEY_CONCAT_H */
