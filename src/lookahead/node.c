/*
 * node.c
 *		The lookahead node in a plan, and what is asked of plans to put it there.
 */
#include "postgres.h"

#include "lookahead/node.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"

#include "executor/ancestor.h"
#include "lookahead/lookahead.h"
#include "planner/gate.h"
#include "planner/make_test.h"
#include "planner/own.h"
#include "planner/private.h"

/*
 * ---- scans ----
 */

bool
tuya_lookahead_is_target(const ForeignScan *scan)
{
	return scan->fdw_exprs != NIL && tuya_own_scan(scan) &&
		tuya_private_get(scan).missing == NIL;
}

/*
 * ---- parameters and conditions ----
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

Bitmapset *
tuya_lookahead_params(List *exprs)
{
	Bitmapset  *params = NULL;

	collect_params((Node *) exprs, &params);
	return params;
}

bool
tuya_lookahead_is_told_by_key(const ForeignScan *scan, Node *value)
{
	Bitmapset  *columns = NULL;

	pull_varattnos(value, scan->scan.scanrelid, &columns);
	return !bms_is_empty(columns);
}

typedef struct Replacement
{
	List	   *ids;
	List	   *values;
} Replacement;

static Node *
replace_params(Node *node, void *context)
{
	const Replacement *replacement = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
	{
		ListCell   *id;
		ListCell   *value;

		forboth(id, replacement->ids, value, replacement->values)
		{
			if (lfirst_int(id) == ((Param *) node)->paramid)
				return copyObject(lfirst(value));
		}
	}
	return expression_tree_mutator(node, replace_params, context);
}

List *
tuya_lookahead_replace_params(List *exprs, List *ids, List *values)
{
	Replacement replacement = {ids, values};

	return (List *) replace_params((Node *) exprs, &replacement);
}

List *
tuya_lookahead_loop_params(const NestLoop *loop, List **columns)
{
	List	   *ids = NIL;
	ListCell   *lc;

	*columns = NIL;
	foreach(lc, loop->nestParams)
	{
		NestLoopParam *nlp = lfirst(lc);

		ids = lappend_int(ids, nlp->paramno);
		*columns = lappend(*columns, nlp->paramval);
	}
	return ids;
}

Bitmapset *
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

Bitmapset *
tuya_lookahead_params_ahead(const Rewrite *rewrite, Plan *plan, bool first_row)
{
	Bitmapset  *params = tuya_lookahead_params_outside(plan);

	if (!bms_is_subset(rewrite->once, params) &&
		(first_row || !tuya_ancestor_may_stop_early(rewrite->pstmt, plan)))
		params = bms_add_members(params, rewrite->once);
	return params;
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

List *
tuya_lookahead_wants_rows(const Limit *limit)
{
	Node	   *count = limit->limitCount;
	Const	   *zero = makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(0), false, FLOAT8PASSBYVAL);
	Expr	   *wants;

	if (count == NULL || (IsA(count, Const) && (((Const *) count)->constisnull ||
												DatumGetInt64(((Const *) count)->constvalue) != 0)))
		return NIL;
	wants = (Expr *) makeFuncExpr(F_INT8NE, BOOLOID, list_make2(count, zero),
								  InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	/* NULL is no limit */
	return list_make1(tuya_make_boolean_test(wants, IS_NOT_FALSE));
}

/*
 * ---- the node ----
 */

/* The columns of the plan, as the columns of that special relation. */
static List *
columns_of(const Plan *plan, int varno)
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

void
tuya_lookahead_put_above(Plan *plan, Plan *child, int varno, Rewrite *rewrite)
{
	plan->startup_cost = child->startup_cost;
	plan->total_cost = child->total_cost;
	plan->plan_rows = child->plan_rows;
	plan->plan_width = child->plan_width;
	plan->plan_node_id = rewrite->next_id++;
	plan->targetlist = columns_of(child, varno);
	plan->lefttree = child;
	plan->extParam = bms_copy(child->extParam);
	plan->allParam = bms_copy(child->allParam);
}

void
tuya_lookahead_add_params(Plan *plan, List *exprs)
{
	Bitmapset  *params = tuya_lookahead_params(exprs);

	plan->extParam = bms_add_members(plan->extParam, params);
	plan->allParam = bms_add_members(plan->allParam, params);
}

/* Lets the node, which compares keys to the same values, announce to the target, too. */
static void
add_target(CustomScan *node, const TuyaTarget *target)
{
	ListCell   *cell = list_nth_cell(node->custom_private, TUYA_LOOKAHEAD_TARGETS);
	List	   *key_quals = tuya_gate_refer_to_key(target->key_quals, target->scan);

	node->custom_exprs = list_concat(list_concat(node->custom_exprs, target->row_quals), key_quals);
	lfirst(cell) = lappend(lfirst(cell), lappend_int(list_make5_int(target->scan->scan.plan.plan_node_id,
																	list_length(target->row_quals),
																	list_length(key_quals), target->choice,
																	target->guessed),
													 target->first_key));
	tuya_lookahead_add_params(&node->scan.plan, node->custom_exprs);
}

CustomScan *
tuya_lookahead_make_node(Plan *child, const TuyaTarget *target, Rewrite *rewrite)
{
	CustomScan *node = makeNode(CustomScan);

	tuya_lookahead_put_above(&node->scan.plan, child, INDEX_VAR, rewrite);
	node->custom_scan_tlist = columns_of(child, OUTER_VAR);
	node->custom_exprs = tuya_gate_refer_to_key(target->values, target->scan);
	node->custom_private = list_make3(target->keys, makeInteger(list_length(target->values)), NIL);
	node->methods = &tuya_lookahead_methods;
	add_target(node, target);
	return node;
}

bool
tuya_lookahead_is_node(const Plan *plan)
{
	return IsA(plan, CustomScan) && ((const CustomScan *) plan)->methods == &tuya_lookahead_methods;
}

bool
tuya_lookahead_share_node(Plan *plan, const TuyaTarget *target)
{
	CustomScan *node = (CustomScan *) plan;
	int			nvalues;

	if (!tuya_lookahead_is_node(plan) ||
		!equal(list_nth(node->custom_private, TUYA_LOOKAHEAD_KEYS), target->keys))
		return false;
	nvalues = intVal(list_nth(node->custom_private, TUYA_LOOKAHEAD_VALUES));
	if (!equal(list_truncate(list_copy(node->custom_exprs), nvalues),
			   tuya_gate_refer_to_key(target->values, target->scan)))
		return false;
	add_target(node, target);
	return true;
}
