/*
 * ancestor.c
 *		The plan nodes above a plan node, and what they mean for it.
 */
#include "postgres.h"

#include "executor/ancestor.h"

#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "optimizer/planmain.h"
#include "tcop/pquery.h"
#include "utils/portal.h"

#include "planner/plan_tree.h"

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
search_plan(Plan *plan, Search *search)
{
	if (plan == NULL || search->found)
		return search->found;
	if (plan == search->target)
		return search->found = true;

	search->ancestors = lcons(plan, search->ancestors);
	if (search_list(tuya_plan_tree_children(plan), search) ||
		search_subplans((Node *) plan->initPlan, search) ||
		search_subplans((Node *) tuya_plan_tree_expressions(plan), search))
		return true;
	search->ancestors = list_delete_first(search->ancestors);
	return false;
}

/* The target's ancestors up to the top, which is one; NIL: it is not below. */
static List *
find_within(PlannedStmt *pstmt, Plan *top, Plan *target)
{
	Search		search = {pstmt, target, NIL, false};

	return search_plan(top, &search) ? search.ancestors : NIL;
}

List *
tuya_ancestor_find(PlannedStmt *pstmt, Plan *target)
{
	return find_within(pstmt, pstmt->planTree, target);
}

/*
 * ---- stopping early ----
 */

typedef enum Effect
{
	EFFECT_PASSES,				/* asks for a row when it is asked for one */
	EFFECT_STOPS,				/* may stop early by itself */
	EFFECT_GUARDS,				/* would stop only far beyond the estimate */
	EFFECT_READS_ALL			/* reads all rows, whatever is above */
} Effect;

static Effect
effect_of_subplan(const SubPlan *subplan)
{
	switch (subplan->subLinkType)
	{
		case EXISTS_SUBLINK:
			return EFFECT_STOPS;
		case ALL_SUBLINK:
		case ANY_SUBLINK:
			return subplan->useHashTable ? EFFECT_READS_ALL : EFFECT_STOPS;
		default:
			return EFFECT_READS_ALL;
	}
}

static Effect
effect_of_join(const Join *join, const Plan *child)
{
	return child == join->plan.righttree && tuya_plan_tree_stops_at_match(join) ?
		EFFECT_STOPS : EFFECT_PASSES;
}

/* How many times the estimated rows a LIMIT must allow to be no more than a guard. */
#define GUARD_FACTOR	100

static Effect
effect_of_limit(const Limit *limit)
{
	const Const *count = (const Const *) limit->limitCount;

	if (count == NULL)
		return EFFECT_PASSES;	/* OFFSET alone reads to the end */
	if (!IsA(count, Const))
		return EFFECT_STOPS;
	if (count->constisnull)
		return EFFECT_PASSES;
	return DatumGetInt64(count->constvalue) <
		GUARD_FACTOR * outerPlan(limit)->plan_rows ? EFFECT_STOPS : EFFECT_GUARDS;
}

/* What the node does to the rows of its child. */
static Effect
effect_of(Node *node, const Plan *child)
{
	switch (nodeTag(node))
	{
		case T_SubPlan:
			return effect_of_subplan((SubPlan *) node);
		case T_Limit:
			return effect_of_limit((Limit *) node);
		case T_WindowAgg:
			return ((WindowAgg *) node)->runCondition ? EFFECT_STOPS : EFFECT_PASSES;
		case T_NestLoop:
			return effect_of_join((Join *) node, child);
		case T_Agg:
			return ((Agg *) node)->aggstrategy == AGG_SORTED ? EFFECT_PASSES : EFFECT_READS_ALL;
		case T_Sort:
		case T_Hash:
		case T_ModifyTable:
		case T_RecursiveUnion:
			return EFFECT_READS_ALL;
		default:
			return EFFECT_PASSES;
	}
}

/*
 * SQL cursors are planned for a first part of their rows; most fetch just that.  With
 * cursor_tuple_fraction = 1 they are expected to fetch all, but may stop all the same.
 */
bool
tuya_ancestor_is_cursor(void)
{
	return ActivePortal && (ActivePortal->cursorOptions & CURSOR_OPT_FAST_PLAN);
}

/*
 * ---- reading again ----
 */

/* Whether the node may have its child's rows read again. */
static bool
may_rescan_child(Node *node, const Plan *child)
{
	switch (nodeTag(node))
	{
		case T_NestLoop:
			return child == ((Plan *) node)->righttree;
		case T_MergeJoin:
			return child == ((Plan *) node)->righttree;
		case T_SubPlan:
		case T_RecursiveUnion:
		case T_CustomScan:
			return true;
		default:
			return false;
	}
}

bool
tuya_ancestor_may_rescan(PlannedStmt *pstmt, Plan *target)
{
	const Plan *child = target;
	ListCell   *lc;

	foreach(lc, tuya_ancestor_find(pstmt, target))
	{
		if (may_rescan_child(lfirst(lc), child))
			return true;
		child = lfirst(lc);
	}
	/* a cursor may be read from the start again */
	return tuya_ancestor_is_cursor();
}

/*
 * ---- may it stop early ----
 */

typedef struct EarlyStop
{
	PlannedStmt *pstmt;
	bool		guards_stop;	/* a Limit that is a guard counts; a cursor that is for all rows */
	Plan	   *top;			/* the last that counts */
	Bitmapset  *ctes;			/* that were looked at */
} EarlyStop;

static bool stops_early(EarlyStop *stop, Plan *target);

/* Whether a scan of the CTE that is in the plan may stop early. */
static bool
reader_stops_early(EarlyStop *stop, Plan *plan, int cte)
{
	ListCell   *lc;

	if (plan == NULL)
		return false;
	if (IsA(plan, CteScan) && ((CteScan *) plan)->ctePlanId == cte)
		return stops_early(stop, plan);
	foreach(lc, tuya_plan_tree_children(plan))
	{
		if (reader_stops_early(stop, lfirst(lc), cte))
			return true;
	}
	return false;
}

/* Rows of a CTE are made as its scans ask for them. */
static bool
cte_stops_early(EarlyStop *stop, int cte)
{
	ListCell   *lc;

	if (bms_is_member(cte, stop->ctes))
		return false;
	stop->ctes = bms_add_member(stop->ctes, cte);
	foreach(lc, stop->pstmt->subplans)
	{
		if (reader_stops_early(stop, lfirst(lc), cte))
			return true;
	}
	return reader_stops_early(stop, stop->pstmt->planTree, cte);
}

static bool
stops_early(EarlyStop *stop, Plan *target)
{
	const Plan *child = target;
	ListCell   *lc;

	foreach(lc, find_within(stop->pstmt, stop->top, target))
	{
		Node	   *node = lfirst(lc);

		if (IsA(node, SubPlan) && ((SubPlan *) node)->subLinkType == CTE_SUBLINK)
			return cte_stops_early(stop, ((SubPlan *) node)->plan_id);
		switch (effect_of(node, child))
		{
			case EFFECT_READS_ALL:
				return false;
			case EFFECT_STOPS:
				return true;
			case EFFECT_GUARDS:
				if (stop->guards_stop)
					return true;
				break;
			case EFFECT_PASSES:
				break;
		}
		child = lfirst(lc);
	}
	return stop->top == stop->pstmt->planTree && tuya_ancestor_is_cursor() &&
		(stop->guards_stop || cursor_tuple_fraction < 1.0);
}

bool
tuya_ancestor_may_stop_early(PlannedStmt *pstmt, Plan *target)
{
	EarlyStop	stop = {.pstmt = pstmt,.top = pstmt->planTree,.guards_stop = true};

	return stops_early(&stop, target);
}

bool
tuya_ancestor_expect_early_stop(PlannedStmt *pstmt, Plan *target)
{
	EarlyStop	stop = {.pstmt = pstmt,.top = pstmt->planTree};

	return stops_early(&stop, target);
}

bool
tuya_ancestor_expect_early_stop_within(PlannedStmt *pstmt, Plan *target, Plan *top)
{
	EarlyStop	stop = {.pstmt = pstmt,.top = top};

	return stops_early(&stop, target);
}
