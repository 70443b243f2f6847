/*
 * estimate.h
 *		How many rows there are: rows_per_lookup for each key that is asked for.
 *
 * PostgreSQL multiplies sizes by selectivities.  A key column is given KEYS distinct
 * values, more than any other table has, and a table that many rows for each key
 * column to which its own conditions give no value.  So a join by "=" comes out
 * as the outer rows that have a key, times rows_per_lookup.
 */
#ifndef TUYA_ESTIMATE_H
#define TUYA_ESTIMATE_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "planner/key.h"

/* Sets tuples and rows of the table, by what its own conditions bind. */
extern void tuya_estimate_size(PlannerInfo *root, RelOptInfo *baserel);

/* Rows of one scan of the table, under conditions that bind all keys. */
extern double tuya_estimate_scan_rows(PlannerInfo *root, RelOptInfo *baserel, List *clauses,
									  const TuyaKeyBinding *binding);

/* Gives the conditions of joins that bind keys their selectivity, before joins are sized. */
extern void tuya_estimate_joins(PlannerInfo *root, RelOptInfo *baserel);

/* When all relations are joined: for GROUP BY and DISTINCT a table is what was joined of it. */
extern void tuya_estimate_joined(PlannerInfo *root, const RelOptInfo *joined);

#endif							/* TUYA_ESTIMATE_H */
