/*
 * stages.c
 *		Lookahead nodes for the subqueries that a plan node evaluates, one on the other.
 *
 * The first node announces what is evaluated for each row.  What else is asked for depends
 * on that: on the value of a subquery, or on whether a row is there yet.
 *
 *		SELECT CASE WHEN (SubPlan 1) THEN (SubPlan 2) END FROM inventory
 *
 *		Custom Scan (Lookahead)				announces SubPlan 2's key, where (1) is true
 *		  Output: CASE WHEN (1) THEN (SubPlan 2) END
 *		  ->  Custom Scan (Lookahead)		announces SubPlan 1's key
 *				Output: (SubPlan 1) AS (1), device_name
 *				->  Seq Scan on inventory
 *
 * So another node goes on top, which has the subqueries' values as columns, and reads ahead
 * in its turn.  What the node below has announced is evaluated there, while it is pinned.
 * Arguments of aggregates, and the like, are evaluated for each row of the input: there both
 * go below, and between them a Result that has the values.
 *
 * All that runs ahead of what the plan has shown: it is done only where all rows will be read.
 */
#include "postgres.h"

#include "lookahead/stages.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"

#include "executor/ancestor.h"
#include "lookahead/once.h"
#include "lookahead/split.h"
#include "lookahead/targets.h"
#include "planner/gate.h"
#include "planner/own.h"

/* How a plan is to be split. */
typedef struct Stage
{
	Rewrite    *rewrite;
	Plan	   *plan;
	TuyaTargetsOf *targets_of;	/* what its expressions ask for */
	List	  **quals;			/* those that may move */
	bool		whole;			/* all of its rows will be read */
	bool		computes;		/* keys that are subqueries were looked for */
	List	   *asked;			/* TuyaTarget: what a node below has announced */
	/* found */
	int			nquals;			/* how many stay */
	List	   *targets;		/* TuyaTarget: what the node announces */
	List	   *known;			/* TuyaEvaluated: subqueries that stay */
} Stage;

/* Whether all that was come to can be evaluated below the rest of its expression. */
static bool
can_stay(const Stage *stage, List *evaluated)
{
	ListCell   *lc;

	foreach(lc, evaluated)
	{
		SubPlan    *subplan = ((const TuyaEvaluated *) lfirst(lc))->subplan;

		if (subplan->subLinkType == MULTIEXPR_SUBLINK || contain_volatile_functions((Node *) subplan) ||
			tuya_once_has_volatile_subquery(stage->rewrite->pstmt, (Node *) subplan))
			return false;
	}
	return true;
}

/*
 * ---- looking ----
 */

static bool
look_at(Stage *stage, Node *expr, TuyaSearch *search)
{
	stage->targets_of(search, expr);
	if (!tuya_search_found_more(search, stage->asked))
		return false;
	stage->targets = search->targets;
	stage->known = search->known;
	return true;
}

/* Looks at the expression as it is, then with keys that are subqueries, then at what is behind its own. */
static bool
look_at_stages(Stage *stage, Node *expr)
{
	TuyaSearch	search = {.rewrite = stage->rewrite,.plan = stage->plan};
	TuyaSearch	within = search;
	TuyaSearch	behind = search;

	if (look_at(stage, expr, &search))
		return true;
	within.known = search.computed;
	if (stage->whole && !stage->computes && within.known != NIL && look_at(stage, expr, &within))
	{
		/* they would be found again, for they are in no expression of the node's */
		stage->computes = true;
		return true;
	}
	behind.known = search.evaluated;
	return stage->whole && search.evaluated != NIL && can_stay(stage, search.evaluated) &&
		look_at(stage, expr, &behind);
}

/* Our own scan knows some of its quals by their place. */
static bool
may_move(const Plan *plan, int nquals)
{
	return !IsA(plan, ForeignScan) || !tuya_own_scan((const ForeignScan *) plan) ||
		tuya_gate_among_first((const ForeignScan *) plan, nquals);
}

/* Looks at the quals, and at the target list for what is left of the rows. */
static bool
find(Stage *stage)
{
	Node	   *targetlist = (Node *) stage->plan->targetlist;
	ListCell   *lc;

	stage->nquals = 0;
	foreach(lc, *stage->quals)
	{
		if (contain_subplans(lfirst(lc)) && look_at_stages(stage, lfirst(lc)))
			return may_move(stage->plan, stage->nquals);
		stage->nquals++;
	}
	/* a set-returning function in the target list is evaluated elsewhere */
	return contain_subplans(targetlist) && !expression_returns_set(targetlist) &&
		look_at_stages(stage, targetlist) && may_move(stage->plan, stage->nquals);
}

Plan *
tuya_stages_add(Plan *plan, List **quals, Rewrite *rewrite)
{
	Stage		stage = {
		.rewrite = rewrite,.plan = plan,.targets_of = tuya_targets_of_expression,.quals = quals
	};

	if (!contain_subplans((Node *) plan->targetlist) && !contain_subplans((Node *) *quals))
		return plan;
	stage.whole = !tuya_ancestor_may_stop_early(rewrite->pstmt, plan);
	while (find(&stage))
	{
		stage.plan = tuya_split(stage.plan, stage.quals, stage.nquals, &stage.targets, stage.known, rewrite);
		if (!stage.whole)
			break;
		stage.quals = &stage.plan->qual;
		stage.asked = stage.targets;
	}
	return stage.plan;
}

/* Puts nodes for the targets below the plan. */
static void
put_below(Stage *stage)
{
	Plan	   *plan = stage->plan;
	Plan	   *input;
	ListCell   *lc;

	if (stage->known != NIL)
		tuya_split_input(plan, stage->targets, stage->known, stage->rewrite);
	input = plan->lefttree;
	foreach(lc, stage->targets)
	{
		plan->lefttree = tuya_put_on_top(plan->lefttree, lfirst(lc), plan->lefttree != input, stage->rewrite);
	}
	stage->rewrite->found = true;
}

void
tuya_stages_add_to_input(Plan *plan, TuyaTargetsOf * targets_of, Rewrite *rewrite)
{
	Stage		stage = {.rewrite = rewrite,.plan = plan,.targets_of = targets_of};

	stage.whole = !tuya_ancestor_may_stop_early(rewrite->pstmt, plan->lefttree);
	while (look_at_stages(&stage, (Node *) list_make2(plan->targetlist, plan->qual)))
	{
		put_below(&stage);
		if (!stage.whole)
			break;
		stage.asked = stage.targets;
	}
}
