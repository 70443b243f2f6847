/*
 * view_value.h
 *		What a query compares the outputs of a subquery in its FROM to.
 */
#ifndef TUYA_VIEW_VALUE_H
#define TUYA_VIEW_VALUE_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "planner/key.h"
#include "planner/reach.h"

/* What one condition of the query says of keys that are columns of the subquery. */
typedef struct TuyaViewValue
{
	PlannerInfo *level;			/* the query */
	RelOptInfo *rel;			/* the subquery */
	TuyaKeyFactor *factor;		/* in terms of the query; its clause is a RestrictInfo */
	Relids		outer;			/* relations that it takes values from; NULL: none */
	List	   *gates;			/* other clauses of the query that are passed as well:
								 * RestrictInfos */
} TuyaViewValue;

/*
 * A list of these, for as many of the needed keys as have a value, and others that have
 * one by the same relations; NIL if there is none.  Of several sources the one that needs
 * fewest tables that may wait for keys themselves; what follows from the others needs no
 * source.  aliases: clauses (Exprs) that say which other columns of the subquery are keys.
 * *others: RestrictInfos about the subquery that need no other relations, but say more
 * than the values do.
 */
extern List *tuya_view_value_find(PlannerInfo *level, RelOptInfo *rel, const TuyaColumns *columns,
								  List *aliases, int needed, const TuyaReachFollowing *following,
								  List **others);

/* The keys (1 << TuyaKeyId) with a value in a condition that does not choose among the subquery's rows. */
extern int	tuya_view_value_kept_out(PlannerInfo *level, RelOptInfo *rel, const TuyaColumns *columns,
									 List *aliases);

#endif							/* TUYA_VIEW_VALUE_H */
