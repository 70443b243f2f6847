/*
 * view_place.h
 *		Where a subquery that is being planned stands in the query around it.
 */
#ifndef TUYA_VIEW_PLACE_H
#define TUYA_VIEW_PLACE_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/*
 * The relation of the level's parent that the level is the plan of, while it is made: a
 * subquery in FROM, or an arm of a set operation.  NULL if that cannot be told, or if the
 * level is another kind of subquery.
 */
extern RelOptInfo *tuya_view_place_find(const PlannerInfo *level);

#endif							/* TUYA_VIEW_PLACE_H */
