/*
 * replan_function.h
 *		The SQL function that a statement is of, and the statement as PostgreSQL has it there.
 */
#ifndef TUYA_REPLAN_FUNCTION_H
#define TUYA_REPLAN_FUNCTION_H

#include "postgres.h"

#include "executor/execdesc.h"
#include "nodes/parsenodes.h"

typedef struct TuyaReplanFunction TuyaReplanFunction;

/*
 * In the current memory context; NULL if the statement, which is about to be executed, is of
 * no function in SQL, or it is not known of which.
 */
extern TuyaReplanFunction *tuya_replan_function_find(const QueryDesc *query);

/* Whether the function has no text: it was parsed when it was made. */
extern bool tuya_replan_function_is_parsed(const TuyaReplanFunction *function);

/*
 * The statement, analyzed and rewritten; NIL if that depends on what is not known.  raw: the
 * statement in the function's text, which is changed; NULL if it has none.
 */
extern List *tuya_replan_function_analyze(const TuyaReplanFunction *function, RawStmt *raw);

#endif							/* TUYA_REPLAN_FUNCTION_H */
