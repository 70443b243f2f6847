/*
 * sublink.c
 *		What IN subqueries are compared to, as conditions of theirs.
 *
 * PostgreSQL compares the x of "x IN (SELECT y ...)" with each row that the subquery has
 * found, unless it makes a join of it, so that x tells the subquery nothing of the keys
 * that are wanted.  Here it gets in:
 *
 *		EXISTS (SELECT ... WHERE x = y)
 *			where NULL does as well as false, as in WHERE
 *		CASE WHEN x IS NOT NULL THEN x IN (SELECT y ... WHERE x = y OR y IS NULL)
 *			ELSE x IN (SELECT y ...) END
 *			anywhere else: only rows are left out that differ from x.  If x is NULL, any
 *			row makes the result NULL, so that the subquery is what it was.
 *
 * The same for rows, of which those columns count that are texts; "x <> ALL (...)" is NOT
 * IN, and "x = ANY (ARRAY(SELECT ...))" is IN.
 *
 * The other way round, "EXISTS (SELECT ... WHERE x = y)" as a condition of a query with a
 * table of ours, to which x belongs, becomes "x IN (SELECT y ...)": these are values for x.
 *
 * A subquery whose rows depend on each other, as with LIMIT or aggregates, becomes one in
 * FROM.  Then the planner knows which conditions may get in.
 *
 * EXISTS becomes a join, too, and a join's conditions do not get into a subquery in FROM,
 * or a view, that stays one.  There OFFSET 0 lets EXISTS be run for each outer row.
 */
#include "postgres.h"

#include "planner/sublink.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"

#include "planner/key_own.h"
#include "planner/own.h"
#include "planner/query_tree.h"

static Node *mutate(Node *node, void *context);

/* The walk's context, of which each query has two. */
typedef struct Context
{
	const Query *query;
	bool		is_condition;	/* NULL does as well as false */
}			Context;

/* What stands in the same query, as a value or as a condition. */
#define AS_VALUE(context) ((void *) ((Context *) (context) - ((Context *) (context))->is_condition))
#define AS_CONDITION(context) ((void *) ((Context *) AS_VALUE(context) + 1))

/*
 * ---- tests ----
 */

/* The subquery of an array that something is compared to; NULL if it is none. */
static SubLink *
array_subquery(Node *node)
{
	ScalarArrayOpExpr *op = (ScalarArrayOpExpr *) node;
	SubLink    *link;

	if (!IsA(node, ScalarArrayOpExpr) || !op->useOr)
		return NULL;
	link = (SubLink *) tuya_key_strip_relabels(lsecond(op->args));
	return IsA(link, SubLink) && link->subLinkType == ARRAY_SUBLINK ? link : NULL;
}

static bool
is_test(Node *node)
{
	SubLinkType type = IsA(node, SubLink) ? ((SubLink *) node)->subLinkType : EXPR_SUBLINK;

	return type == ANY_SUBLINK || type == ALL_SUBLINK || type == EXISTS_SUBLINK;
}

static bool
find_sublink(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return tuya_query_tree_walk((Query *) node, find_sublink, context, 0);
	return is_test(node) || array_subquery(node) || expression_tree_walker(node, find_sublink, context);
}

bool
tuya_sublink_is_in(Query *query)
{
	return find_sublink((Node *) query, NULL);
}

/* Whether the expression is the same wherever and however often it is evaluated. */
static bool
is_movable(Node *expr)
{
	return !contain_volatile_functions(expr) && !contain_windowfuncs(expr) && !expression_returns_set(expr);
}

/* The comparisons by = of texts, each of which the subquery's row must pass. */
static List *
tests_of(const SubLink *link)
{
	List	   *tests = NIL;
	ListCell   *lc;

	foreach(lc, make_ands_implicit((Expr *) link->testexpr))
	{
		Expr	   *left;
		Expr	   *right;

		if (tuya_key_is_equality(lfirst(lc), &left, &right) && is_movable((Node *) left))
			tests = lappend(tests, lfirst(lc));
	}
	return tests;
}

/* The expression with the query's columns in place of what stands for them in a test. */
static Node *
replace_columns(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_SUBLINK)
		return copyObject((Node *) get_tle_by_resno(((Query *) context)->targetList, ((Param *) node)->paramid)->expr);
	return expression_tree_mutator(node, replace_columns, context);
}

static Node *
make_null_test(Node *arg, NullTestType type)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = (Expr *) arg;
	test->nulltesttype = type;
	test->location = -1;
	return (Node *) test;
}

/* The test as a condition of the subquery, of rows without a value, too, or not. */
static Node *
condition_of(Query *query, const OpExpr *test, bool or_null)
{
	Node	   *left = copyObject(linitial(test->args));
	Node	   *right = replace_columns(lsecond(test->args), query);
	OpExpr	   *equality = copyObject(unconstify(OpExpr *, test));

	IncrementVarSublevelsUp(left, 1, 0);
	equality->args = list_make2(left, right);
	if (!or_null)
		return (Node *) equality;
	return (Node *) make_orclause(list_make2(equality, make_null_test(copyObject(right), IS_NULL)));
}

/*
 * ---- subqueries ----
 */

/* Whether each row of the subquery is there, or is not, whatever the others are. */
static bool
has_independent_rows(const Query *query)
{
	return query->commandType == CMD_SELECT && !query->hasAggs && !query->hasWindowFuncs &&
		!query->hasTargetSRFs && !query->hasDistinctOn && !query->hasModifyingCTE &&
		query->groupClause == NIL && query->groupingSets == NIL && query->havingQual == NULL &&
		query->limitCount == NULL && query->limitOffset == NULL && query->setOperations == NULL &&
		query->rowMarks == NIL && !contain_volatile_functions((Node *) query->targetList);
}

/* Whether all subqueries in its FROM dissolve in it. */
static bool
is_open(const Query *query)
{
	ListCell   *lc;

	if (query->cteList)
		return false;
	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_SUBQUERY &&
			(rte->security_barrier || rte->subquery->distinctClause ||
			 !has_independent_rows(rte->subquery) || !is_open(rte->subquery)))
			return false;
	}
	return true;
}

static void
stay_apart(Query *query)
{
	if (!is_open(query) && query->limitOffset == NULL)
		query->limitOffset = (Node *) makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(0),
												false, FLOAT8PASSBYVAL);
}

/* SELECT * FROM (query) */
static Query *
wrap(Query *query)
{
	Query	   *outer = makeNode(Query);
	RangeTblRef *ref = makeNode(RangeTblRef);
	RangeTblEntry *rte;
	ListCell   *lc;

	IncrementVarSublevelsUp((Node *) query, 1, 1);
	rte = addRangeTableEntryForSubquery(make_parsestate(NULL), query, makeAlias("subquery", NIL),
										false, true)->p_rte;
	ref->rtindex = 1;
	outer->commandType = CMD_SELECT;
	outer->canSetTag = true;
	outer->rtable = list_make1(rte);
	outer->jointree = makeFromExpr(list_make1(ref), NULL);
	foreach(lc, query->targetList)
	{
		TargetEntry *tle = lfirst_node(TargetEntry, lc);

		if (!tle->resjunk)
			outer->targetList = lappend(outer->targetList,
										makeTargetEntry((Expr *) makeVarFromTargetEntry(1, tle), tle->resno,
														tle->resname, false));
	}
	return outer;
}

/* A copy of the subquery with the tests among its conditions. */
static Query *
with_tests(const SubLink *link, List *tests, bool or_null)
{
	Query	   *query = copyObject((Query *) link->subselect);
	ListCell   *lc;

	if (!has_independent_rows(query))
		query = wrap(query);
	foreach(lc, tests)
	{
		Node	   *clause = condition_of(query, lfirst(lc), or_null);

		query->jointree->quals = make_and_qual(query->jointree->quals, clause);
		query->hasSubLinks |= checkExprHasSubLink(clause);
	}
	return query;
}

/*
 * ---- replacements ----
 */

/* A row that passes the tests, if they are all that IN compares, is one that IN is true for. */
static Node *
as_condition(SubLink *link, List *tests)
{
	link->subselect = (Node *) with_tests(link, tests, false);
	if (list_length(tests) == list_length(make_ands_implicit((Expr *) link->testexpr)))
	{
		link->subLinkType = EXISTS_SUBLINK;
		link->testexpr = NULL;
		link->operName = NIL;
		stay_apart((Query *) link->subselect);
	}
	return (Node *) link;
}

/* x IS NOT NULL, for all that the tests compare; NULL if that is known. */
static Expr *
nothing_is_null(List *tests)
{
	List	   *quals = NIL;
	ListCell   *lc;

	foreach(lc, tests)
	{
		Node	   *arg = linitial(((OpExpr *) lfirst(lc))->args);

		if (!IsA(arg, Const) || ((Const *) arg)->constisnull)
			quals = lappend(quals, make_null_test(copyObject(arg), IS_NOT_NULL));
	}
	return quals ? make_ands_explicit(quals) : NULL;
}

static Node *
as_value(SubLink *link, List *tests)
{
	Expr	   *known = nothing_is_null(tests);
	SubLink    *bound = copyObject(link);
	CaseExpr   *choice;
	CaseWhen   *when;

	bound->subselect = (Node *) with_tests(link, tests, true);
	if (known == NULL)
		return (Node *) bound;
	choice = makeNode(CaseExpr);
	when = makeNode(CaseWhen);
	when->expr = known;
	when->result = (Expr *) bound;
	when->location = choice->location = -1;
	choice->casetype = BOOLOID;
	choice->args = list_make1(when);
	choice->defresult = (Expr *) link;
	return (Node *) choice;
}

/* In place of IN; parts of it are mutated already. */
static Node *
bind_any(SubLink *link, void *context)
{
	List	   *tests = tests_of(link);

	if (tests == NIL)
		return (Node *) link;
	return ((Context *) context)->is_condition ? as_condition(link, tests) : as_value(link, tests);
}

/* The test of IN that is true where this one of "<> ALL" is not; NULL if it is no such. */
static Node *
negated_test(Node *test)
{
	List	   *args = is_orclause(test) ? ((BoolExpr *) test)->args : list_make1(test);
	List	   *negated = NIL;
	ListCell   *lc;

	foreach(lc, args)
	{
		OpExpr	   *op = lfirst(lc);
		Oid			negator = IsA(op, OpExpr) ? get_negator(op->opno) : InvalidOid;

		if (!tuya_key_is_text_equality(negator, op->inputcollid))
			return NULL;
		op = copyObject(op);
		op->opno = negator;
		op->opfuncid = get_opcode(negator);
		negated = lappend(negated, op);
	}
	return (Node *) make_ands_explicit(negated);
}

static Node *
bind_all(SubLink *link, void *context)
{
	Node	   *test = negated_test(link->testexpr);

	if (test == NULL)
		return (Node *) link;
	link->subLinkType = ANY_SUBLINK;
	link->testexpr = test;
	return (Node *) make_notclause((Expr *) bind_any(link, AS_VALUE(context)));
}

/* Whether a relation of a query is a table of ours, or may have some in it. */
static bool
may_be_own(RangeTblEntry *rte)
{
	switch (rte->rtekind)
	{
		case RTE_RELATION:
			return tuya_own_is_entry(rte, NULL);
		case RTE_SUBQUERY:
			return tuya_own_query(rte->subquery);
		default:
			return rte->rtekind == RTE_JOIN || rte->rtekind == RTE_CTE;
	}
}

/* Whether an expression of a subquery is one over columns of ours in the query around it. */
static bool
is_own_outside(Node *expr, const Query *outer)
{
	ListCell   *lc;

	if (contain_vars_of_level(expr, 0) || checkExprHasSubLink(expr) || !is_movable(expr))
		return false;
	foreach(lc, pull_vars_of_level(expr, 1))
	{
		Var		   *var = lfirst(lc);

		if (IsA(var, Var) && may_be_own(rt_fetch(var->varno, outer->rtable)))
			return true;
	}
	return false;
}

/* Finds x = y among the subquery's conditions: x of ours in the query around it, y its own. */
static OpExpr *
find_pair(const SubLink *link, const Query *outer, Node **x, Node **y)
{
	ListCell   *lc;

	foreach(lc, make_ands_implicit((Expr *) ((Query *) link->subselect)->jointree->quals))
	{
		OpExpr	   *op = lfirst(lc);

		if (!IsA(op, OpExpr) || list_length(op->args) != 2 ||
			!tuya_key_is_text_equality(op->opno, op->inputcollid))
			continue;
		*x = linitial(op->args);
		*y = lsecond(op->args);
		if (!is_own_outside(*x, outer))
		{
			*x = lsecond(op->args);
			*y = linitial(op->args);
		}
		if (is_own_outside(*x, outer) && !contain_vars_of_level(*y, 1) && is_movable(*y))
			return op;
	}
	return NULL;
}

static Param *
column_param(const TargetEntry *column)
{
	Param	   *param = makeNode(Param);

	param->paramkind = PARAM_SUBLINK;
	param->paramid = column->resno;
	param->paramtype = exprType((Node *) column->expr);
	param->paramtypmod = exprTypmod((Node *) column->expr);
	param->paramcollid = exprCollation((Node *) column->expr);
	param->location = -1;
	return param;
}

static Node *
exists_as_in(SubLink *link, const Query *outer)
{
	Query	   *query = (Query *) link->subselect;
	Node	   *x;
	Node	   *y;
	OpExpr	   *pair = has_independent_rows(query) ? find_pair(link, outer, &x, &y) : NULL;
	List	   *quals;

	if (pair == NULL)
		return (Node *) link;
	quals = list_delete_ptr(make_ands_implicit((Expr *) query->jointree->quals), pair);
	query->jointree->quals = quals ? (Node *) make_ands_explicit(quals) : NULL;
	query->sortClause = query->distinctClause = NIL;
	/* PostgreSQL makes a relation's columns of a subquery's, and those have names */
	query->targetList = list_make1(makeTargetEntry((Expr *) y, 1, pstrdup("?column?"), false));
	if (x != linitial(pair->args))
		pair->opno = get_commutator(pair->opno);
	pair->opfuncid = get_opcode(pair->opno);
	IncrementVarSublevelsUp(x, -1, 1);
	pair->args = list_make2(x, column_param(linitial(query->targetList)));
	link->subLinkType = ANY_SUBLINK;
	link->testexpr = (Node *) pair;
	return (Node *) link;
}

static Node *
bind(SubLink *link, Context * context)
{
	bool		is_own = tuya_own_query((Query *) link->subselect);

	if (!is_own && link->subLinkType == EXISTS_SUBLINK && context->is_condition)
		return exists_as_in(link, context->query);
	if (is_own && link->subLinkType == EXISTS_SUBLINK)
		stay_apart((Query *) link->subselect);
	if (is_own && link->subLinkType == ANY_SUBLINK)
		return bind_any(link, context);
	if (is_own && link->subLinkType == ALL_SUBLINK)
		return bind_all(link, context);
	return (Node *) link;
}

/* x = ANY (ARRAY(SELECT y ...)) as x = ANY (SELECT y ...) */
static Node *
bind_array(ScalarArrayOpExpr *op, void *context)
{
	SubLink    *array = array_subquery((Node *) op);
	SubLink    *link = makeNode(SubLink);
	Query	   *query = (Query *) array->subselect;
	Node	   *value = (Node *) column_param(linitial(query->targetList));
	Oid			element = get_base_element_type(exprType(lsecond(op->args)));

	if (exprType(value) != element)
		value = (Node *) makeRelabelType((Expr *) value, element, -1, exprCollation(value), COERCE_IMPLICIT_CAST);
	link->subLinkType = ANY_SUBLINK;
	link->testexpr = (Node *) make_opclause(op->opno, BOOLOID, false, linitial(op->args), (Expr *) value,
											InvalidOid, op->inputcollid);
	link->subselect = (Node *) query;
	link->location = -1;
	set_opfuncid((OpExpr *) link->testexpr);
	return bind(link, context);
}

/*
 * ---- the walk ----
 */

/* In "CASE WHEN ..." each WHEN is a condition. */
static Node *
mutate_case(const CaseExpr *expr, void *context)
{
	CaseExpr   *result = makeNode(CaseExpr);
	ListCell   *lc;

	*result = *expr;
	result->arg = (Expr *) mutate((Node *) expr->arg, AS_VALUE(context));
	result->args = NIL;
	foreach(lc, expr->args)
	{
		CaseWhen   *when = makeNode(CaseWhen);

		*when = *lfirst_node(CaseWhen, lc);
		when->expr = (Expr *) mutate((Node *) when->expr, expr->arg ? AS_VALUE(context) : AS_CONDITION(context));
		when->result = (Expr *) mutate((Node *) when->result, context);
		result->args = lappend(result->args, when);
	}
	result->defresult = (Expr *) mutate((Node *) expr->defresult, context);
	return (Node *) result;
}

/*
 * The node, which is not changed, with that part of it as a condition, the others as
 * values.  Everything is mutated once: what is nested would multiply.
 */
#define MUTATE_CONDITION(type, node, field) \
	do { \
		type		rest = *(const type *) (node); \
		type	   *result; \
		rest.field = NULL; \
		result = (type *) expression_tree_mutator((Node *) &rest, mutate, AS_VALUE(context)); \
		result->field = (void *) mutate((Node *) ((const type *) (node))->field, AS_CONDITION(context)); \
		return (Node *) result; \
	} while (0)

static Node *
mutate_query(const Query *query)
{
	Context		contexts[2] = {{query, false}, {query, true}};
	Query		rest = *query;
	Query	   *result;

	rest.havingQual = NULL;
	result = query_tree_mutator(&rest, mutate, AS_VALUE(contexts), 0);
	result->havingQual = mutate(query->havingQual, AS_CONDITION(contexts));
	return (Node *) result;
}

/* The context of a node's arguments. */
static void *
context_within(Node *node, void *context)
{
	switch (nodeTag(node))
	{
		case T_List:
			return context;
		case T_BoolExpr:
			return is_notclause(node) ? AS_VALUE(context) : context;
		case T_BooleanTest:
			return ((BooleanTest *) node)->booltesttype == IS_TRUE ||
				((BooleanTest *) node)->booltesttype == IS_NOT_TRUE ? AS_CONDITION(context) : AS_VALUE(context);
		default:
			return AS_VALUE(context);
	}
}

static Node *
mutate(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	switch (nodeTag(node))
	{
		case T_Query:
			return mutate_query((Query *) node);
		case T_CaseExpr:
			return mutate_case((CaseExpr *) node, context);
		case T_FromExpr:
			MUTATE_CONDITION(FromExpr, node, quals);
		case T_JoinExpr:
			MUTATE_CONDITION(JoinExpr, node, quals);
		case T_Aggref:
			MUTATE_CONDITION(Aggref, node, aggfilter);
		case T_WindowFunc:
			MUTATE_CONDITION(WindowFunc, node, aggfilter);
		default:
			break;
	}
	node = expression_tree_mutator(node, mutate, context_within(node, context));
	if (array_subquery(node))
		return bind_array((ScalarArrayOpExpr *) node, context);
	return is_test(node) ? bind((SubLink *) node, context) : node;
}

Query *
tuya_sublink_bind(Query *query)
{
	return (Query *) mutate_query(query);
}
