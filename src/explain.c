/*
 * explain.c
 *		What EXPLAIN shows of a foreign scan.
 *
 * The callback is not told the plan nodes above the scan, by which a nested
 * loop's parameters get their names.  So they are looked for from the top of the
 * plan; where that finds nothing the parameter shows as $n.
 */
#include "postgres.h"

#include "explain.h"

#include "nodes/nodeFuncs.h"
#include "nodes/plannodes.h"
#include "utils/rel.h"
#include "utils/builtins.h"
#include "utils/ruleutils.h"

#include "compat.h"
#include "plan.h"
#include "scan.h"

/*
 * ---- the plan nodes above the scan ----
 */

typedef struct Search
{
	PlannedStmt *pstmt;
	Plan	   *target;
	List	   *ancestors;		/* of the node in hand, nearest first */
	bool		found;			/* then ancestors are the target's */
} Search;

static bool search_plan(Plan *plan, Search *search);

/* A subplan's own ancestors are its SubPlan node and the plan that has it. */
static bool
search_subplans(Node *node, void *context)
{
	Search	   *search = context;

	if (node == NULL)
		return false;
	if (IsA(node, SubPlan))
	{
		SubPlan    *subplan = (SubPlan *) node;

		search->ancestors = lcons(subplan, search->ancestors);
		if (search_plan(list_nth(search->pstmt->subplans, subplan->plan_id - 1), search))
			return true;
		search->ancestors = list_delete_first(search->ancestors);
	}
	return expression_tree_walker(node, search_subplans, context);
}

static bool
search_list(List *plans, Search *search)
{
	ListCell   *lc;

	foreach(lc, plans)
		if (search_plan(lfirst(lc), search))
		return true;
	return false;
}

static bool
search_special_children(Plan *plan, Search *search)
{
	switch (nodeTag(plan))
	{
		case T_Append:
			return search_list(((Append *) plan)->appendplans, search);
		case T_MergeAppend:
			return search_list(((MergeAppend *) plan)->mergeplans, search);
		case T_SubqueryScan:
			return search_plan(((SubqueryScan *) plan)->subplan, search);
		case T_CustomScan:
			return search_list(((CustomScan *) plan)->custom_plans, search);
		case T_NestLoop:
		case T_MergeJoin:
		case T_HashJoin:
			return search_subplans((Node *) ((Join *) plan)->joinqual, search);
		case T_Result:
			return search_subplans(((Result *) plan)->resconstantqual, search);
		default:
			return false;
	}
}

static bool
search_plan(Plan *plan, Search *search)
{
	if (plan == NULL || search->found)
		return search->found;
	if (plan == search->target)
		return search->found = true;

	search->ancestors = lcons(plan, search->ancestors);
	if (search_plan(plan->lefttree, search) ||
		search_plan(plan->righttree, search) ||
		search_special_children(plan, search) ||
		search_subplans((Node *) plan->initPlan, search) ||
		search_subplans((Node *) plan->targetlist, search) ||
		search_subplans((Node *) plan->qual, search))
		return true;
	search->ancestors = list_delete_first(search->ancestors);
	return false;
}

static List *
find_ancestors(Plan *plan, ExplainState *es)
{
	Search		search = {es->pstmt, plan, NIL, false};

	return search_plan(es->pstmt->planTree, &search) ? search.ancestors : NIL;
}

/*
 * ---- properties ----
 */

/* Each key column with what it is compared to. */
static void
show_keys(ForeignScanState *node, ExplainState *es)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	const TuyaColumns *columns = tuya_scan_columns(node);
	TupleDesc	tupdesc = RelationGetDescr(node->ss.ss_currentRelation);
	List	   *context = set_deparse_context_plan(es->deparse_cxt, (Plan *) plan,
												   find_ancestors((Plan *) plan, es));
	bool		prefix = list_length(es->rtable) > 1;
	List	   *shown = NIL;
	ListCell   *id;
	ListCell   *value;

	forboth(id, list_nth(plan->fdw_private, TUYA_PLAN_KEYS), value, plan->fdw_exprs)
	{
		AttrNumber	attno = columns->key_attno[lfirst_int(id)];

		shown = lappend(shown,
						psprintf("%s = %s",
								 quote_identifier(NameStr(TupleDescAttr(tupdesc, attno - 1)->attname)),
								 deparse_expression(lfirst(value), context, prefix, false)));
	}
	ExplainPropertyList("Remote Keys", shown, es);
}

static void
show_counters(const TuyaCounters *counters, ExplainState *es)
{
	ExplainPropertyInteger("Lookups", NULL, counters->lookups, es);
	ExplainPropertyInteger("Requests", NULL, counters->requests, es);
	ExplainPropertyInteger("Deduplicated", NULL, counters->deduplicated, es);
	if (!es->summary)
		return;
	/* what differs from run to run */
	ExplainPropertyInteger("Peak In Flight", NULL, counters->peak_in_flight, es);
	ExplainPropertyInteger("Bytes Received", NULL, counters->bytes_received, es);
	if (es->timing)
		ExplainPropertyFloat("Wait Time", "ms", counters->wait_us / 1000.0, 3, es);
}

void
tuya_ExplainForeignScan(ForeignScanState *node, ExplainState *es)
{
	const TuyaCounters *counters = tuya_scan_counters(node);

	if (es->verbose)
	{
		ExplainPropertyText("Remote Action", "ListOTAJobByDevice", es);
		show_keys(node, es);
		ExplainPropertyInteger("Page Size", NULL, tuya_scan_settings(node)->page_size, es);
	}
	if (es->analyze && counters)
		show_counters(counters, es);
}
