/*
 * replan_function.h
 *		The SQL function that a statement is of, and what its arguments are called.
 */
#ifndef TUYA_REPLAN_FUNCTION_H
#define TUYA_REPLAN_FUNCTION_H

#include "postgres.h"

#include "executor/execdesc.h"
#include "executor/functions.h"

/*
 * What the parser is to know of the function's arguments, for sql_fn_parser_setup(); NULL if the
 * statement is of no function in SQL, or it is not known of which.
 */
extern SQLFunctionParseInfo *tuya_replan_function(const QueryDesc *query);

#endif							/* TUYA_REPLAN_FUNCTION_H */
