/*
 * key_row.h
 *		Columns that a condition takes out of their table's row, by name.
 */
#ifndef TUYA_KEY_ROW_H
#define TUYA_KEY_ROW_H

#include "postgres.h"

#include "planner/key_own.h"

/*
 * The clause with columns in place of members of JSON that their row was made, which is true wherever
 * the clause is; NULL if there are none.
 */
extern Expr *tuya_key_row_columns(const TuyaKeyOwn *own, Expr *clause);

#endif							/* TUYA_KEY_ROW_H */
