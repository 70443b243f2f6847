/*
 * plan.c
 *		Puts lookahead nodes into finished plans, above the outer sides of joins.
 *
 * The plan is walked down with a stack of the nested loops that were entered
 * through their inner side.  For a foreign scan of ours whose keys take parameters,
 * the innermost of these loops that supplies one is the target loop: its outer
 * side gets the node.  In the scan's key expressions the loop's parameters are
 * replaced by what the loop would set them to, columns of the outer row.
 *
 * Parameters that are left must be set outside of the inner side, else they
 * would be read before they are set.
 */
#include "postgres.h"

#include "lookahead/lookahead.h"

#include "foreign/fdwapi.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"

#include "executor/ancestor.h"
#include "planner/gate.h"
#include "planner/key.h"
#include "lookahead/rewrite.h"
#include "planner/private.h"
#include "executor/scan.h"
#include "settings.h"

/* A nested loop that was entered through its inner side. */
typedef struct Loop
{
	NestLoop   *nestloop;
	List	   *gates;			/* one-time filters passed since */
	struct Loop *outer;			/* the one entered before; NULL: none */
} Loop;

static void walk(Plan *plan, Loop *loop, Rewrite *rewrite);

/*
 * ---- parameters ----
 */

static bool
collect_params(Node *node, void *context)
{
	Bitmapset **params = context;

	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		*params = bms_add_member(*params, ((Param *) node)->paramid);
	return expression_tree_walker(node, collect_params, context);
}

Bitmapset  *
tuya_lookahead_params(List *exprs)
{
	Bitmapset  *params = NULL;

	collect_params((Node *) exprs, &params);
	return params;
}

static Bitmapset *
params_set_by(const NestLoop *nestloop)
{
	Bitmapset  *params = NULL;
	ListCell   *lc;

	foreach(lc, nestloop->nestParams)
	{
		params = bms_add_member(params, ((NestLoopParam *) lfirst(lc))->paramno);
	}
	return params;
}

Bitmapset  *
tuya_lookahead_params_outside(const Plan *plan)
{
	Bitmapset  *params = bms_copy(plan->extParam);
	ListCell   *lc;

	foreach(lc, plan->initPlan)
	{
		SubPlan    *subplan = lfirst_node(SubPlan, lc);
		ListCell   *p;

		foreach(p, subplan->setParam)
		{
			params = bms_add_member(params, lfirst_int(p));
		}
	}
	return params;
}

/* Replaces the loop's parameters by the columns of its outer row. */
static Node *
replace_params(Node *node, void *context)
{
	NestLoop   *nestloop = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
	{
		ListCell   *lc;

		foreach(lc, nestloop->nestParams)
		{
			NestLoopParam *nlp = lfirst(lc);

			if (nlp->paramno == ((Param *) node)->paramid)
				return copyObject((Node *) nlp->paramval);
		}
	}
	return expression_tree_mutator(node, replace_params, context);
}

/*
 * ---- the node ----
 */

/* The columns of the plan, as the columns of that special relation. */
List *
tuya_lookahead_columns(const Plan *plan, int varno)
{
	List	   *columns = NIL;
	ListCell   *lc;

	foreach(lc, plan->targetlist)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);
		TargetEntry *copy = flatCopyTargetEntry(entry);

		copy->expr = (Expr *) makeVar(varno, entry->resno, exprType((Node *) entry->expr),
									  exprTypmod((Node *) entry->expr),
									  exprCollation((Node *) entry->expr), 0);
		columns = lappend(columns, copy);
	}
	return columns;
}

/* Lets the node, which compares keys to the same values, announce to the target, too. */
static void
add_target(CustomScan *node, const TuyaTarget *target)
{
	Plan	   *plan = &node->scan.plan;
	ListCell   *cell = list_nth_cell(node->custom_private, TUYA_LOOKAHEAD_TARGETS);
	List	   *key_quals = tuya_gate_refer_to_key(target->key_quals, target->scan);
	Bitmapset  *params;

	node->custom_exprs = list_concat(list_concat(node->custom_exprs, target->row_quals), key_quals);
	lfirst(cell) = lappend(lfirst(cell), list_make3_int(target->scan->scan.plan.plan_node_id,
														list_length(target->row_quals),
														list_length(key_quals)));
	params = tuya_lookahead_params(node->custom_exprs);
	plan->extParam = bms_add_members(plan->extParam, params);
	plan->allParam = bms_add_members(plan->allParam, params);
}

CustomScan *
tuya_lookahead_make_node(Plan *child, const TuyaTarget *target, Rewrite *rewrite)
{
	CustomScan *node = makeNode(CustomScan);
	Plan	   *plan = &node->scan.plan;

	plan->startup_cost = child->startup_cost;
	plan->total_cost = child->total_cost;
	plan->plan_rows = child->plan_rows;
	plan->plan_width = child->plan_width;
	plan->plan_node_id = rewrite->next_id++;
	plan->targetlist = tuya_lookahead_columns(child, INDEX_VAR);
	plan->lefttree = child;
	plan->extParam = bms_copy(child->extParam);
	plan->allParam = bms_copy(child->allParam);
	node->custom_scan_tlist = tuya_lookahead_columns(child, OUTER_VAR);
	node->custom_exprs = list_copy(target->values);
	node->custom_private = list_make3(tuya_private_get(target->scan).keys,
									  makeInteger(list_length(target->values)), NIL);
	node->methods = &tuya_lookahead_methods;
	add_target(node, target);
	return node;
}

void
tuya_lookahead_add_testable(List **quals, List *conditions, const Bitmapset *set_outside,
							bool *skipped)
{
	ListCell   *lc;

	foreach(lc, conditions)
	{
		Node	   *condition = lfirst(lc);

		if (!bms_is_subset(tuya_lookahead_params(list_make1(condition)), set_outside) ||
			contain_subplans(condition) || contain_volatile_functions(condition))
			*skipped = true;
		else if (!*skipped || !contain_leaked_vars(condition))
			*quals = lappend(*quals, condition);
	}
}

/* With columns of the loop's outer row instead of parameters. */
static List *
of_outer_row(const Loop *loop, List *exprs)
{
	return (List *) replace_params((Node *) exprs, loop->nestloop);
}

/* Partitions of a table, or a table's accounts, have the same keys. */
static bool
share_node(Plan *plan, const TuyaTarget *target)
{
	CustomScan *node = (CustomScan *) plan;
	int			nvalues;

	if (!IsA(plan, CustomScan) || node->methods != &tuya_lookahead_methods ||
		!equal(list_nth(node->custom_private, TUYA_LOOKAHEAD_KEYS),
			   tuya_private_get(target->scan).keys))
		return false;
	nvalues = intVal(list_nth(node->custom_private, TUYA_LOOKAHEAD_VALUES));
	if (!equal(list_truncate(list_copy(node->custom_exprs), nvalues), target->values))
		return false;
	add_target(node, target);
	return true;
}

/* within: the innermost loop that the scan is inside of. */
static void
add_node(Loop *loop, Loop *within, ForeignScan *scan, Rewrite *rewrite)
{
	Plan	   *join = &loop->nestloop->join.plan;
	TuyaTarget	target = {scan, of_outer_row(loop, scan->fdw_exprs), NIL, NIL};
	Bitmapset  *set_outside = tuya_lookahead_params_outside(join);
	bool		skipped = false;

	if (!bms_is_subset(tuya_lookahead_params(target.values), set_outside) ||
		contain_subplans((Node *) target.values))
		return;
	rewrite->found = true;
	if (rewrite->look_only)
		return;
	for (; within != loop->outer; within = within->outer)
		tuya_lookahead_add_testable(&target.row_quals, of_outer_row(loop, within->gates),
									set_outside, &skipped);
	tuya_lookahead_add_testable(&target.row_quals, of_outer_row(loop, tuya_gate_row_quals(scan)),
								set_outside, &skipped);
	tuya_lookahead_add_testable(&target.key_quals, of_outer_row(loop, tuya_gate_key_quals(scan)),
								set_outside, &skipped);
	if (!share_node(join->lefttree, &target))
		join->lefttree = (Plan *) tuya_lookahead_make_node(join->lefttree, &target, rewrite);
}

/*
 * ---- walking ----
 */

bool
tuya_lookahead_is_ours(const ForeignScan *scan)
{
	return OidIsValid(scan->fs_server) &&
		GetFdwRoutineByServerId(scan->fs_server)->IterateForeignScan == tuya_IterateForeignScan;
}

bool
tuya_lookahead_is_target(const ForeignScan *scan)
{
	return scan->fdw_exprs != NIL && tuya_lookahead_is_ours(scan) &&
		tuya_key_encoded_keys(tuya_private_get(scan).keys) == TUYA_KEYS_ALL;
}

static void
look_at_scan(ForeignScan *scan, Loop *loop, Rewrite *rewrite)
{
	Bitmapset  *params;

	if (loop == NULL || !rewrite->nodes || !tuya_lookahead_is_target(scan))
		return;
	params = tuya_lookahead_params(scan->fdw_exprs);
	for (Loop *target = loop; target; target = target->outer)
	{
		if (bms_overlap(params, params_set_by(target->nestloop)))
		{
			add_node(target, loop, scan, rewrite);
			return;
		}
	}
}

static void
walk_list(List *plans, Loop *loop, Rewrite *rewrite)
{
	ListCell   *lc;

	foreach(lc, plans)
	{
		walk(lfirst(lc), loop, rewrite);
	}
}

static void
walk_nestloop(NestLoop *nestloop, Loop *loop, Rewrite *rewrite)
{
	Loop		entered = {nestloop, NIL, loop};

	tuya_lookahead_gate_loop(nestloop, rewrite);
	/* first, for the node is put on top of the outer side */
	walk(nestloop->join.plan.lefttree, loop, rewrite);
	walk(nestloop->join.plan.righttree, &entered, rewrite);
}

/* A Result may say once for an outer row that the scan below is not needed. */
static void
walk_result(Result *result, Loop *loop, Rewrite *rewrite)
{
	List	   *saved = loop ? loop->gates : NIL;

	if (loop && result->resconstantqual)
		loop->gates = list_concat_copy(saved, (List *) result->resconstantqual);
	walk(result->plan.lefttree, loop, rewrite);
	if (loop)
		loop->gates = saved;
}

static void
walk(Plan *plan, Loop *loop, Rewrite *rewrite)
{
	if (plan == NULL)
		return;
	switch (nodeTag(plan))
	{
		case T_ForeignScan:
			look_at_scan((ForeignScan *) plan, loop, rewrite);
			break;
		case T_NestLoop:
			walk_nestloop((NestLoop *) plan, loop, rewrite);
			return;
		case T_Result:
			walk_result((Result *) plan, loop, rewrite);
			return;
		case T_Append:
			walk_list(((Append *) plan)->appendplans, loop, rewrite);
			break;
		case T_MergeAppend:
			walk_list(((MergeAppend *) plan)->mergeplans, loop, rewrite);
			break;
		case T_SubqueryScan:
			walk(((SubqueryScan *) plan)->subplan, loop, rewrite);
			break;
		case T_CustomScan:
			walk_list(((CustomScan *) plan)->custom_plans, loop, rewrite);
			break;
		default:
			break;
	}
	walk(plan->lefttree, loop, rewrite);
	walk(plan->righttree, loop, rewrite);
}

static void
walk_statement(PlannedStmt *pstmt, Rewrite *rewrite)
{
	walk(pstmt->planTree, NULL, rewrite);
	/* parameters of a subplan's caller are not a nested loop's: begin anew */
	walk_list(pstmt->subplans, NULL, rewrite);
	if (rewrite->nodes && tuya_enable_subplan_lookahead && !rewrite->backward)
		tuya_lookahead_rewrite_subplans(pstmt, rewrite);
}

/*
 * Plan node ids begin at 0 and are dense, but nothing tells how many there are.
 * Each node needs its own in EXPLAIN and for instrumentation only, and no plan
 * has so many nodes.
 */
#define FIRST_NODE_ID 1000000

PlannedStmt *
tuya_lookahead_rewrite(PlannedStmt *pstmt, bool backward)
{
	Rewrite		rewrite = {.pstmt = pstmt,.next_id = FIRST_NODE_ID,.look_only = true,
		.backward = backward,.cursor = tuya_ancestor_is_cursor(),.nodes = tuya_enable_lookahead
	};

	walk_statement(pstmt, &rewrite);
	if (!rewrite.found)
		return NULL;
	pstmt = copyObject(pstmt);
	rewrite.pstmt = pstmt;
	rewrite.look_only = false;
	walk_statement(pstmt, &rewrite);
	return pstmt;
}
