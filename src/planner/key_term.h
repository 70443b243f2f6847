/*
 * key_term.h
 *		What one condition, no AND and no OR, says of a table's keys.
 */
#ifndef TUYA_KEY_TERM_H
#define TUYA_KEY_TERM_H

#include "postgres.h"

#include "planner/key.h"
#include "planner/key_own.h"

/*
 * The terms that follow from the condition, one for each key at most; NIL if
 * none.  *exact tells whether the condition follows from the terms, too.
 */
extern List *tuya_key_terms(const TuyaKeyOwn *own, Expr *clause, bool *exact);

/*
 * The values of a term, each as a list of one TuyaKeyTerm without is_array; NIL
 * if they cannot be told now.
 */
extern List *tuya_key_term_values(TuyaKeyTerm *term);

/* An estimate of how many there are. */
extern double tuya_key_term_length(PlannerInfo *root, const TuyaKeyTerm *term);

#endif							/* TUYA_KEY_TERM_H */
