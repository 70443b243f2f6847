/*
 * computed.c
 *		Keys that are subqueries of the row, and when these can be evaluated ahead.
 *
 *		j.device_name = (SELECT max(d.device_name) FROM devices d WHERE d.id = i.id)
 *
 * Such a subquery is run once more, by a node below that which announces, which has its value
 * as a column.  It may throw, or take long, so it is run for no other rows than the scan would
 * run it for: a scan that finds an earlier key to be NULL evaluates no later one.
 */
#include "postgres.h"

#include "lookahead/computed.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"

#include "lookahead/once.h"
#include "planner/key.h"
#include "planner/make_test.h"

/* Parameters that the subquery's plan takes from elsewhere than its arguments. */
static Bitmapset *
params_beside_arguments(const Rewrite *rewrite, const SubPlan *subplan)
{
	const Plan *plan = list_nth(rewrite->pstmt->subplans, subplan->plan_id - 1);
	Bitmapset  *params = bms_copy(plan->extParam);
	ListCell   *lc;

	foreach(lc, subplan->parParam)
	{
		params = bms_del_member(params, lfirst_int(lc));
	}
	return params;
}

static bool
can_be_evaluated(const Rewrite *rewrite, SubPlan *subplan, const Bitmapset *set_outside)
{
	return (subplan->subLinkType == EXPR_SUBLINK || subplan->subLinkType == ARRAY_SUBLINK) &&
		!subplan->useHashTable && subplan->parParam != NIL && !contain_subplans((Node *) subplan->args) &&
		!contain_volatile_functions((Node *) subplan) &&
		!tuya_once_has_volatile_subquery(rewrite->pstmt, (Node *) subplan) &&
		bms_is_subset(tuya_lookahead_params(subplan->args), set_outside) &&
		bms_is_subset(params_beside_arguments(rewrite, subplan), set_outside);
}

/* Whether the value is one key's; then the scan asks for nothing only if it is NULL. */
static bool
is_scalar(Node *value)
{
	return exprType(value) != JSONBOID && !OidIsValid(get_base_element_type(exprType(value)));
}

/* The row's conditions, and that the values are there, but for those that are subqueries. */
static List *
gates_of(const TuyaTarget *target)
{
	List	   *gates = list_copy(target->row_quals);
	ListCell   *lc;

	foreach(lc, target->values)
	{
		if (!IsA(tuya_key_strip_relabels(lfirst(lc)), SubPlan))
			gates = lappend(gates, tuya_make_null_test(lfirst(lc), IS_NOT_NULL));
	}
	return gates;
}

List *
tuya_computed_keys(const Rewrite *rewrite, const TuyaTarget *target, const Bitmapset *set_outside)
{
	List	   *computed = NIL;
	List	   *gates = gates_of(target);
	bool		can_gate = true;
	ListCell   *lc;

	foreach(lc, target->values)
	{
		Expr	   *value = tuya_key_strip_relabels(lfirst(lc));
		TuyaEvaluated *evaluated;

		if (!IsA(value, SubPlan))
		{
			if (contain_subplans((Node *) value) || !is_scalar((Node *) value) || tuya_lookahead_is_told_by_key(target->scan, (Node *) value))
				return NIL;
			continue;
		}
		if (!can_gate || !can_be_evaluated(rewrite, (SubPlan *) value, set_outside))
			return NIL;
		evaluated = palloc(sizeof(TuyaEvaluated));
		*evaluated = (TuyaEvaluated)
		{
			(SubPlan *) value, gates
		};
		computed = lappend(computed, evaluated);
		/* the next one is evaluated only after this one */
		can_gate = is_scalar((Node *) value);
		gates = lappend(list_copy(gates), tuya_make_null_test(value, IS_NOT_NULL));
	}
	return computed;
}
