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
	TUYA_OBSTACLE_LATE,			/* perhaps nothing: see tuya_obstacle_late */
	TUYA_OBSTACLE_OUTER_JOIN,	/* the table is on the side that is kept whole */
	TUYA_OBSTACLE_CTE,			/* read by itself */
	TUYA_OBSTACLE_SUBQUERY,		/* it is not known where it stands */
	TUYA_OBSTACLE_CLOSED_SUBQUERY,	/* conditions on its result cannot get in */
	TUYA_OBSTACLE_CLOSED_ALONE	/* nor are there other tables */
} TuyaObstacleKind;

typedef struct TuyaObstacle
{
	TuyaObstacleKind kind;
	const char *cte;			/* its name, if that is what stands between */
	const char *what;			/* what keys do not get through; NULL: nothing that has a name */
} TuyaObstacle;

/* Whether the query is a subquery in FROM, or an arm of a set operation, of the one around it. */
extern bool tuya_obstacle_is_in_from(const PlannerInfo *level);

/* Whether it is one of WITH that is planned by itself. */
extern bool tuya_obstacle_is_in_with(const PlannerInfo *level);

/*
 * For keys that were sought from the table's own query, root, up to that level.  refusal:
 * what they did not get through, or NULL.
 */
extern TuyaObstacle tuya_obstacle_around(const PlannerInfo *root, const PlannerInfo *level,
										 const char *refusal);

/*
 * Of a call of the planner that had begun when the library was loaded, so that what IN
 * compares a subquery to has not got into it; to be compared only, for it may be over.
 * NULL: another has begun since.  Set by hook.c.
 */
extern const PlannerGlobal *tuya_obstacle_late;

/*
 * For a table that lacks a value for those keys (1 << TuyaKeyId), none: it has them all,
 * but the plan does not hand them to it.  unmovable: the join clauses that cannot become
 * conditions of its scan.
 */
extern TuyaObstacle tuya_obstacle_find(PlannerInfo *root, RelOptInfo *baserel,
									   const TuyaColumns *columns, int missing, List *unmovable);

#endif							/* TUYA_OBSTACLE_H */
