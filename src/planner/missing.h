/*
 * missing.h
 *		Which keys a scan lacks, why, and what to do: for the error that users meet first.
 */
#ifndef TUYA_MISSING_H
#define TUYA_MISSING_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "planner/key.h"

/*
 * What a plan keeps of it, by position: NIL if the scan has all keys.  The texts
 * are String nodes, ready to be shown.
 */
typedef enum TuyaMissing
{
	TUYA_MISSING_KEYS,			/* the columns that have no value, by comma */
	TUYA_MISSING_DETAIL,		/* which have one, and where from */
	TUYA_MISSING_HINT,
	TUYA_MISSING_LATE			/* an Integer: 1 if another plan may have them; see obstacle.h */
} TuyaMissing;

/* Makes that list, for what the scan's own quals bind. */
extern List *tuya_missing_explain(PlannerInfo *root, RelOptInfo *baserel,
								  const TuyaColumns *columns, const TuyaKeyBinding *bound);

/* What the factors take that key from, named like "i.device_name"; NULL: they do not have it. */
extern const char *tuya_missing_source(PlannerInfo *root, RelOptInfo *baserel, List *factors, int key);

/* The list for a subquery with the table, where the plan does not read it after what has the keys. */
extern List *tuya_missing_of_order(PlannerInfo *root, Oid relid, const TuyaColumns *columns);

/*
 * The columns of queries around this one that parameters stand for, named like
 * "i.device_name": lists of the parameter's number and the name.
 */
extern List *tuya_missing_outer_columns(PlannerInfo *root);

/* The name of the key's column, or, where the table has none, of the key. */
extern const char *tuya_missing_column(Oid relid, const TuyaColumns *columns, int key);

/* Raises HV00L. */
extern _Noreturn void tuya_missing_refuse(const char *table, List *missing);

#endif							/* TUYA_MISSING_H */
