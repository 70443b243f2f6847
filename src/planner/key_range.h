/*
 * key_range.h
 *		Conditions that leave one value between a lower and an upper bound.
 */
#ifndef TUYA_KEY_RANGE_H
#define TUYA_KEY_RANGE_H

#include "postgres.h"

#include "nodes/pg_list.h"

/*
 * The clauses (Exprs), which hold together, with "x = y" in place of "x >= y" if there is
 * "x <= y", too, and so column by column of rows: a new list of as many, in their order.
 */
extern List *tuya_key_close_ranges(List *clauses);

#endif							/* TUYA_KEY_RANGE_H */
