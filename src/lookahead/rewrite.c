/*
 * rewrite.c
 *		A plan with lookahead nodes where they help.
 *
 * The plan is copied and the copy rewritten, where it may have a use for a node:
 * whether it has is known when that is done.
 */
#include "postgres.h"

#include "lookahead/rewrite.h"

#include "catalog/pg_class.h"
#include "nodes/parsenodes.h"

#include "executor/ancestor.h"
#include "lookahead/joins.h"
#include "lookahead/lookahead.h"
#include "lookahead/node.h"
#include "lookahead/once.h"
#include "lookahead/subqueries.h"
#include "planner/own.h"
#include "settings.h"

/*
 * Whether the statement reads a table of ours, and something else that may supply
 * its keys.
 */
static bool
may_look_ahead(const PlannedStmt *pstmt)
{
	ListCell   *lc;

	if (list_length(pstmt->rtable) < 2)
		return false;
	foreach(lc, pstmt->rtable)
	{
		const RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_FOREIGN_TABLE &&
			tuya_own_table(rte->relid))
			return true;
	}
	return false;
}

/*
 * Plan node ids begin at 0 and are dense, but nothing tells how many there are.
 * Each node needs its own in EXPLAIN and for instrumentation only, and no plan
 * has so many nodes.
 */
#define FIRST_NODE_ID 1000000

PlannedStmt *
tuya_lookahead_rewrite(PlannedStmt *pstmt)
{
	Rewrite		rewrite = {.next_id = FIRST_NODE_ID,.cursor = tuya_ancestor_is_cursor(),
		.nodes = tuya_enable_lookahead
	};

	if (!may_look_ahead(pstmt))
		return NULL;
	rewrite.pstmt = pstmt = copyObject(pstmt);
	rewrite.once = tuya_once_params(pstmt);
	tuya_lookahead_rewrite_joins(pstmt, &rewrite);
	if (rewrite.nodes && tuya_enable_subplan_lookahead)
		tuya_lookahead_rewrite_subqueries(pstmt, &rewrite);
	return rewrite.found ? pstmt : NULL;
}
