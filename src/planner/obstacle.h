/*
 * obstacle.h
 *		What keeps the keys that a statement has from a scan that lacks them.
 */
#ifndef TUYA_OBSTACLE_H
#define TUYA_OBSTACLE_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "api/column.h"

/* What stands between the table and the rest of the statement. */
typedef enum TuyaObstacleKind
{
	TUYA_OBSTACLE_NONE,
	TUYA_OBSTACLE_NO_COLUMN,	/* the table has no column for a key */
	TUYA_OBSTACLE_ORDER,		/* nothing: the planner found no order of joins */
	TUYA_OBSTACLE_LATE,			/* perhaps nothing: see tuya_obstacle_is_late */
	TUYA_OBSTACLE_OUTER_JOIN,	/* the table is on the side that is kept whole */
	TUYA_OBSTACLE_CTE,			/* read by itself */
	TUYA_OBSTACLE_CTE_SUBQUERY, /* and if it were not, it would be the next */
	TUYA_OBSTACLE_SUBQUERY,		/* conditions on its result can get in */
	TUYA_OBSTACLE_CLOSED_SUBQUERY,	/* they cannot */
	TUYA_OBSTACLE_CLOSED_ALONE	/* nor are there other tables */
} TuyaObstacleKind;

typedef struct TuyaObstacle
{
	TuyaObstacleKind kind;
	const char *cte;			/* its name, if that is what stands between */
	const char *what;			/* what the subquery has; NULL: nothing that has a name */
} TuyaObstacle;

/*
 * Set by hook.c: the planner's call had begun when the library was loaded, so that what IN
 * compares a subquery to has not got into it.
 */
extern bool tuya_obstacle_is_late;

/*
 * For a table that lacks a value for those keys (1 << TuyaKeyId), none: it has them all,
 * but the plan does not hand them to it.  unmovable: the join clauses that cannot become
 * conditions of its scan.
 */
extern TuyaObstacle tuya_obstacle_find(PlannerInfo *root, RelOptInfo *baserel,
									   const TuyaColumns *columns, int missing, List *unmovable);

#endif							/* TUYA_OBSTACLE_H */
