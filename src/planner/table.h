/*
 * table.h
 *		What the planner knows of a foreign table of ours: RelOptInfo.fdw_private.
 */
#ifndef TUYA_TABLE_H
#define TUYA_TABLE_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "api/column.h"
#include "planner/key.h"
#include "planner/obstacle.h"

typedef struct TuyaTable
{
	TuyaColumns *columns;
	int			rows_per_lookup;
	bool		async_capable;
	bool		error_rows;		/* a key that fails has a row, the only one */
	bool		drops_rows;		/* a partition whose constraint needs more than the key */
	TuyaKeyBinding own;			/* what the table's own conditions bind */
	List	   *passed;			/* those of them that were taken from queries around:
								 * RestrictInfos */
	TuyaObstacle around;		/* what stands in the way of keys from there, */
	const char *source[TUYA_KEYS_MAX];	/* and what some come from nevertheless, see missing.h */
	double		distinct[TUYA_KEYS_MAX];	/* values of each required key's column; else 0 */
	double		share;			/* of a key's rows that are in this table: below 1 for partitions */
	double		rows_per_key;	/* that pass the table's own conditions; may be below 1 */
	List	   *outer_columns;	/* see missing.h */
} TuyaTable;

/* In the planner's memory.  Throws if the table cannot be one of ours. */
extern TuyaTable *tuya_table_create(PlannerInfo *root, RelOptInfo *baserel, Oid relid);

/*
 * Throws if a table that PostgreSQL knows to have no rows that match, so that it is not read,
 * cannot have those of errors: it may know that by what such a table must not declare.
 */
extern void tuya_table_check_unread(PlannerInfo *root);

/* Whether the relation, which may be NULL or have no size yet, is a table of ours that has. */
extern bool tuya_table_is_own(const RelOptInfo *rel);

/* Whether that column of a relation of ours is part of the key, or a constant. */
extern bool tuya_table_is_known(const RelOptInfo *rel, AttrNumber attno);

#endif							/* TUYA_TABLE_H */
