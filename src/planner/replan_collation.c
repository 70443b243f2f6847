/*
 * replan_collation.c
 *		By which collation the SQL function was called that a statement is of.
 *
 * That stands in the arguments that its plan has.  From 18 on these are constants, with
 * their values, which are known by where they stand in the text.  An argument may be gone from
 * the plan: of "k IS NULL OR key = k" nothing is left if k is NULL.  Then it is what the
 * statement around calls the function by.
 */
#include "postgres.h"

#include "planner/replan_collation.h"

#include "nodes/nodeFuncs.h"
#include "nodes/params.h"
#include "tcop/pquery.h"
#include "utils/datum.h"

#include "planner/plan_tree.h"

/* What is looked for in plans, and what is found. */
typedef struct Search
{
	Oid			function;		/* calls of it; InvalidOid: */
	ParamListInfo values;		/* parameters, and constants that were some of */
	List	   *arguments;		/* these, as the text has them, with these values */
	bool		found;
	bool		differ;			/* what was found */
	Oid			collation;
} Search;

/*
 * ---- arguments in a query ----
 */

static bool
changes_collation(Node *node)
{
	if (IsA(node, RelabelType))
		return exprCollation(node) != exprCollation((Node *) ((RelabelType *) node)->arg);
	if (IsA(node, CoerceToDomain))
		return exprCollation(node) != exprCollation((Node *) ((CoerceToDomain *) node)->arg);
	return IsA(node, CollateExpr);
}

static bool
is_argument(const Node *node)
{
	return IsA(node, Param) && ((const Param *) node)->paramkind == PARAM_EXTERN &&
		OidIsValid(((const Param *) node)->paramcollid);
}

static bool
find_any(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, find_any, context, 0);
	return is_argument(node) || expression_tree_walker(node, find_any, context);
}

/* Those whose collation nothing around them changes, and whose place is known. */
static bool
add_arguments(Node *node, void *context)
{
	List	  **arguments = context;

	if (node == NULL || changes_collation(node))
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, add_arguments, context, 0);
	if (is_argument(node) && ((Param *) node)->location >= 0)
		*arguments = lappend(*arguments, node);
	return expression_tree_walker(node, add_arguments, context);
}

/*
 * ---- plans ----
 */

static void
note(Search *search, Oid collation)
{
	search->differ |= search->found && search->collation != collation;
	search->found = true;
	search->collation = collation;
}

/*
 * Whether the constant stands where an argument does, and has its value: what is inlined stands
 * at places of another text.
 */
static bool
was_argument(const Search *search, const Const *constant)
{
	ListCell   *lc;

	foreach(lc, search->arguments)
	{
		const Param *argument = lfirst_node(Param, lc);
		const		ParamExternData *value = &search->values->params[argument->paramid - 1];

		if (argument->location == constant->location && constant->constisnull == value->isnull &&
			(value->isnull || datum_image_eq(constant->constvalue, value->value, constant->constbyval, constant->constlen)))
			return true;
	}
	return false;
}

static bool
look_at(Node *node, void *context)
{
	Search	   *search = context;

	if (node == NULL)
		return false;
	if (OidIsValid(search->function))
	{
		if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == search->function)
			note(search, ((FuncExpr *) node)->inputcollid);
	}
	else if (is_argument(node))
		note(search, ((Param *) node)->paramcollid);
	else if (IsA(node, Const) && OidIsValid(((Const *) node)->constcollid) && was_argument(search, (Const *) node))
		note(search, ((Const *) node)->constcollid);
	return expression_tree_walker(node, look_at, context);
}

static void
look_at_plan(Plan *plan, Search *search)
{
	ListCell   *lc;

	if (plan == NULL)
		return;
	look_at((Node *) tuya_plan_tree_expressions(plan), search);
	look_at((Node *) tuya_plan_tree_scan_conditions(plan), search);
	foreach(lc, tuya_plan_tree_children(plan))
	{
		look_at_plan(lfirst(lc), search);
	}
}

static void
look_at_statement(const PlannedStmt *stmt, Search *search)
{
	ListCell   *lc;

	foreach(lc, stmt->subplans)
	{
		look_at_plan(lfirst(lc), search);
	}
	look_at_plan(stmt->planTree, search);
}

/* Whether nothing stands between the statement and the one that the client has sent. */
static bool
is_called_by_portal(void)
{
	const char *context = GetErrorContextStack();

	return ActivePortal && context && strchr(context, '\n') == NULL;
}

static bool
is_known(const Search *search, Oid *collation)
{
	*collation = search->collation;
	return search->found && !search->differ;
}

bool
tuya_replan_collation_find(const QueryDesc *statement, List *queries, Oid function, Oid *collation)
{
	Search		in_plan = {.values = statement->params};
	Search		around = {.function = function};
	ListCell   *lc;

	*collation = InvalidOid;
	if (!find_any((Node *) queries, NULL))
		return true;
	(void) add_arguments((Node *) queries, &in_plan.arguments);
	look_at_statement(statement->plannedstmt, &in_plan);
	if (in_plan.found || !is_called_by_portal())
		return is_known(&in_plan, collation);
	foreach(lc, ActivePortal->stmts)
	{
		look_at_statement(lfirst_node(PlannedStmt, lc), &around);
	}
	return is_known(&around, collation);
}
