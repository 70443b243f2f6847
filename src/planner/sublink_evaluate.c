/*
 * sublink_evaluate.c
 *		Conditions that are evaluated while a statement is planned.
 *
 * Only what throws nothing is: leakproof functions, some that throw nothing either though
 * PostgreSQL does not say so, and arithmetic with small numbers, of which nothing overflows.
 */
#include "postgres.h"

#include "planner/sublink_evaluate.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/pg_list.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

/* Sums, products and quotients of two such numbers fit into each type of numbers but smallint. */
#define SMALL_MAX 10000
#define SMALL_MIN 0.0001

/*
 * ---- numbers ----
 */

static double
number_of(const Const *value)
{
	switch (value->consttype)
	{
		case INT2OID:
			return DatumGetInt16(value->constvalue);
		case INT4OID:
			return DatumGetInt32(value->constvalue);
		case INT8OID:
			return (double) DatumGetInt64(value->constvalue);
		case FLOAT8OID:
			return DatumGetFloat8(value->constvalue);
		case NUMERICOID:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value->constvalue));
		default:
			return NAN;
	}
}

static bool
are_small(const List *args)
{
	ListCell   *lc;

	foreach(lc, args)
	{
		const Const *value = lfirst(lc);
		double		size = IsA(value, Const) && !value->constisnull ? fabs(number_of(value)) : NAN;

		if (!(size == 0 || (size >= SMALL_MIN && size <= SMALL_MAX)))
			return false;
	}
	return true;
}

/* Whether the function, of small numbers, throws nothing. */
static bool
is_arithmetic(Oid function, const List *args)
{
	switch (function)
	{
		case F_INT4PL:
		case F_INT8PL:
		case F_INT48PL:
		case F_INT84PL:
		case F_FLOAT8PL:
		case F_NUMERIC_ADD:
		case F_INT4MI:
		case F_INT8MI:
		case F_INT48MI:
		case F_INT84MI:
		case F_FLOAT8MI:
		case F_NUMERIC_SUB:
		case F_INT4MUL:
		case F_INT8MUL:
		case F_INT48MUL:
		case F_INT84MUL:
		case F_FLOAT8MUL:
		case F_NUMERIC_MUL:
		case F_INT4UM:
		case F_INT8UM:
		case F_ABS_INT4:
		case F_ABS_INT8:
		case F_INT2_INT4:
		case F_INT2_INT8:
		case F_INT4_INT8:
		case F_INT4_NUMERIC:
		case F_INT8_NUMERIC:
		case F_INT4_FLOAT8:
		case F_INT8_FLOAT8:
		case F_FLOAT8_NUMERIC:
		case F_NUMERIC_FLOAT8:
			return true;
		case F_INT4DIV:
		case F_INT8DIV:
		case F_INT48DIV:
		case F_INT84DIV:
		case F_FLOAT8DIV:
		case F_NUMERIC_DIV:
			return number_of(lsecond(args)) != 0;
		default:
			return false;
	}
}

/*
 * ---- what throws ----
 */

static bool
may_throw_function(Oid function, void *context)
{
	const List *args = context;

	switch (function)
	{
		case F_ARRAY_EQ:
		case F_ARRAY_NE:
		case F_CARDINALITY:
		case F_ARRAY_LENGTH:
		case F_ARRAY_UPPER:
		case F_NUMERIC_EQ:
		case F_NUMERIC_NE:
		case F_NUMERIC_LT:
		case F_NUMERIC_LE:
		case F_NUMERIC_GT:
		case F_NUMERIC_GE:
		case F_NUMERIC_ABS:
		case F_ABS_NUMERIC:
		case F_SIGN_NUMERIC:
		case F_SIGN_FLOAT8:
		case F_ELEM_CONTAINED_BY_RANGE:
		case F_RANGE_CONTAINS_ELEM:
			return false;
		default:
			return !(get_func_leakproof(function) || (args != NIL && are_small(args) && is_arithmetic(function, args)));
	}
}

/* Whether one of the arguments is NULL: a strict function is not called then. */
static bool
has_null(const List *args)
{
	ListCell   *lc;

	foreach(lc, args)
	{
		if (IsA(lfirst(lc), Const) && lfirst_node(Const, lc)->constisnull)
			return true;
	}
	return false;
}

/* Whether a value becomes text by its type's own output. */
static bool
is_to_text(const CoerceViaIO *cast)
{
	Oid			from = exprType((Node *) cast->arg);

	return cast->resulttype == TEXTOID &&
		(from == INT4OID || from == INT8OID || from == NUMERICOID || from == BOOLOID);
}

/* Whether the node itself may throw an error, of arguments that are evaluated as far as may be. */
static bool
may_throw(Node *node)
{
	const OpExpr *op = (OpExpr *) node;
	const FuncExpr *func = (FuncExpr *) node;

	switch (nodeTag(node))
	{
		case T_List:
		case T_Const:
		case T_Var:
		case T_Param:
		case T_RelabelType:
		case T_CoalesceExpr:
		case T_CaseExpr:
		case T_CaseWhen:
		case T_CaseTestExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_BoolExpr:
		case T_SubscriptingRef:
			return false;
		case T_OpExpr:
			return !(op_strict(op->opno) && has_null(op->args)) &&
				check_functions_in_node(node, may_throw_function, op->args);
		case T_FuncExpr:
			return !(func_strict(func->funcid) && has_null(func->args)) &&
				check_functions_in_node(node, may_throw_function, func->args);
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
			return check_functions_in_node(node, may_throw_function, NULL);
		case T_MinMaxExpr:
			return !are_small(((MinMaxExpr *) node)->args);
		case T_CoerceViaIO:
			return !is_to_text((CoerceViaIO *) node);
		default:
			return true;
	}
}

/* The expression, evaluated from within; *context becomes false where that may throw. */
static Node *
evaluate(Node *node, void *context)
{
	bool	   *safe = context;

	/* a subquery is not evaluated, whatever is in it */
	if (node == NULL || IsA(node, SubLink))
		return node;
	node = expression_tree_mutator(node, evaluate, context);
	*safe = *safe && !may_throw(node);
	return *safe && !IsA(node, List) && !IsA(node, CaseWhen) ? eval_const_expressions(NULL, node) : node;
}

bool
tuya_sublink_evaluate_fails(Node *condition)
{
	bool		safe = true;
	const Const *result = (Const *) evaluate(condition, &safe);

	return safe && IsA(result, Const) && (result->constisnull || !DatumGetBool(result->constvalue));
}

/*
 * ---- parameters ----
 */

/* *context: a PlannerInfo that knows the parameters. */
static Node *
replace_parameters(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Param))
		return eval_const_expressions(context, node);
	if (IsA(node, Query))
		return (Node *) query_tree_mutator((Query *) node, replace_parameters, context, 0);
	return expression_tree_mutator(node, replace_parameters, context);
}

Query *
tuya_sublink_evaluate_parameters(Query *query, ParamListInfo parameters)
{
	PlannerGlobal glob = {.type = T_PlannerGlobal,.boundParams = parameters};
	PlannerInfo root = {.type = T_PlannerInfo,.glob = &glob};

	return parameters ? query_tree_mutator(query, replace_parameters, &root, 0) : query;
}
