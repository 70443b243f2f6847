/*
 * rescan.c
 *		What a hash join costs that is run again.
 *
 * PostgreSQL takes all of its startup cost for that of the hash table, which is kept
 * (cost_rescan).  But one that is run again for other parameters keeps only what has none: a
 * lookup, whose price is a startup cost as well, is another one each time.  It would seem to be
 * free, and a join that asks for all keys cheaper than one that asks for those that are needed.
 */
#include "postgres.h"

#include "planner/rescan.h"

#include "nodes/pathnodes.h"

#include "planner/own.h"

static bool
may_ask(PlannerInfo *root, const RelOptInfo *joined)
{
	int			relid = -1;

	while ((relid = bms_next_member(joined->relids, relid)) >= 0)
	{
		if (root->simple_rel_array[relid] && tuya_own_may_have(root->simple_rte_array[relid]))
			return true;
	}
	return false;
}

/* The cost of a hash table that is the same for all parameters. */
static Cost
cost_kept(const HashPath *path)
{
	const Path *hashed = path->jpath.innerjoinpath;

	return PATH_REQ_OUTER(hashed) ? 0 : hashed->total_cost;
}

void
tuya_rescan_correct(PlannerInfo *root, RelOptInfo *joined)
{
	ListCell   *lc;

	foreach(lc, joined->pathlist)
	{
		Path	   *path = lfirst(lc);

		if (!IsA(path, HashPath) || path->param_info == NULL)
			continue;
		if (!may_ask(root, joined))
			return;
		path->startup_cost = Min(path->startup_cost, cost_kept((HashPath *) path));
	}
}
