/*
 * sublink_groups.c
 *		Subqueries in HAVING, as conditions of the rows that are grouped.
 *
 *		GROUP BY a HAVING a IN (SELECT ...)
 *			WHERE a IN (SELECT ...) GROUP BY a
 *
 * A condition on what is grouped by is the same for each row of a group.  PostgreSQL moves such
 * conditions as well, but none that has subqueries.
 */
#include "postgres.h"

#include "planner/sublink_groups.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"

#include "compat_planner.h"
#include "planner/sublink_query.h"

/* Whether values of one group may differ though they are equal. */
static bool
has_different_equals(const Query *query)
{
	ListCell   *lc;

	foreach(lc, query->groupClause)
	{
		Oid			collation = exprCollation(get_sortgroupclause_expr(lfirst(lc), query->targetList));

		if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
			return true;
	}
	return false;
}

void
tuya_sublink_of_groups(Query *query)
{
	List	   *left = NIL;
	ListCell   *lc;

	if (query->groupClause == NIL || query->groupingSets != NIL || query->havingQual == NULL ||
		has_different_equals(query))
		return;
	foreach(lc, make_ands_implicit((Expr *) query->havingQual))
	{
		Node	   *condition = lfirst(lc);

		if (!checkExprHasSubLink(condition) || contain_aggs_of_level(condition, 0) || !tuya_sublink_is_movable(condition))
			left = lappend(left, condition);
		else
			tuya_sublink_add_condition(query, tuya_compat_of_rows(query, condition));
	}
	query->havingQual = left ? (Node *) make_ands_explicit(left) : NULL;
}
