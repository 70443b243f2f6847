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
 * IN, and "x = ANY (ARRAY(SELECT ...))" is IN; so is "ARRAY(SELECT ...) @> ARRAY[x]", if x is
 * a row.
 *
 * The other way round, "EXISTS (SELECT ... WHERE x = y)" as a condition of a query with a
 * table of ours, to which x belongs, becomes "x IN (SELECT y ...)": these are values for x.
 * For several of them see sublink_row.c, for other conditions that imply EXISTS, sublink_implied.c.
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
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"

#include "planner/key_own.h"
#include "planner/make_test.h"
#include "planner/own.h"
#include "planner/query_tree.h"
#include "planner/sublink_array.h"
#include "planner/sublink_evaluate.h"
#include "planner/sublink_exists.h"
#include "planner/sublink_filled.h"
#include "planner/sublink_groups.h"
#include "planner/sublink_implied.h"
#include "planner/sublink_into.h"
#include "planner/sublink_query.h"
#include "planner/sublink_row.h"
#include "planner/sublink_unnest.h"

static Node *mutate(Node *node, void *context);

typedef enum Place
{
	VALUE,
	CONDITION,					/* NULL does as well as false */
	CONJUNCT,					/* and PostgreSQL may make a join of it */
	PLACES
} Place;

/* The walk's context, of which each query has one for each place. */
typedef struct Context
{
	const Query *query;
	Place		place;
}			Context;

/* What stands in the same query, at another place. */
#define AS(where, context) ((void *) ((Context *) (context) - ((Context *) (context))->place + (where)))

/*
 * ---- tests ----
 */

static bool
is_test(Node *node)
{
	SubLinkType type = IsA(node, SubLink) ? ((SubLink *) node)->subLinkType : EXPR_SUBLINK;

	return type == ANY_SUBLINK || type == ALL_SUBLINK || type == EXISTS_SUBLINK;
}

static bool
has_lateral(const Query *query)
{
	ListCell   *lc;

	foreach(lc, query->rtable)
	{
		if (lfirst_node(RangeTblEntry, lc)->lateral)
			return true;
	}
	return false;
}

static bool
find_sublink(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return has_lateral((Query *) node) || find_sublink((Node *) ((Query *) node)->jointree, context) ||
			tuya_query_tree_walk((Query *) node, find_sublink, context, 0);
	if (IsA(node, JoinExpr) && ((JoinExpr *) node)->jointype != JOIN_INNER)
		return true;
	return IsA(node, SubLink) || tuya_sublink_is_in_rows(tuya_sublink_row_in_array(node)) ||
		expression_tree_walker(node, find_sublink, context);
}

bool
tuya_sublink_is_in(Query *query)
{
	return find_sublink((Node *) query, NULL);
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

		if (tuya_key_is_equality(lfirst(lc), &left, &right) && tuya_sublink_is_movable((Node *) left))
			tests = lappend(tests, lfirst(lc));
	}
	return tests;
}

/* The test as a condition of the subquery, of rows without a value, too, or not. */
static Node *
condition_of(const Query *query, const Node *test, bool or_null)
{
	Node	   *condition = tuya_sublink_condition(query, test);
	Expr	   *column = lsecond(((OpExpr *) condition)->args);

	if (!or_null)
		return condition;
	return (Node *) make_orclause(list_make2(condition, tuya_make_null_test(copyObject(column), IS_NULL)));
}

/*
 * ---- subqueries ----
 */

/* A copy of the subquery with the tests among its conditions. */
static Query *
with_tests(const SubLink *link, List *tests, bool or_null)
{
	Query	   *query = copyObject((Query *) link->subselect);
	ListCell   *lc;

	if (!tuya_sublink_has_independent_rows(query))
		query = tuya_sublink_wrap(query);
	foreach(lc, tests)
	{
		tuya_sublink_add_condition(query, condition_of(query, lfirst(lc), or_null));
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
		tuya_sublink_stay_apart((Query *) link->subselect);
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
		Expr	   *arg = linitial(((OpExpr *) lfirst(lc))->args);

		if (!IsA(arg, Const) || ((Const *) arg)->constisnull)
			quals = lappend(quals, tuya_make_null_test(copyObject(arg), IS_NOT_NULL));
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
	return ((Context *) context)->place != VALUE ? as_condition(link, tests) : as_value(link, tests);
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
	return (Node *) make_notclause((Expr *) bind_any(link, AS(VALUE, context)));
}

/* Whether columns of queries around this one are in it; *context: how deep the node is in it. */
static bool
refers_outside(Node *node, void *context)
{
	int			depth = *(int *) context;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return (int) ((Var *) node)->varlevelsup > depth;
	if (!IsA(node, Query))
		return expression_tree_walker(node, refers_outside, context);
	depth++;
	return query_tree_walker((Query *) node, refers_outside, &depth, 0);
}

/* Whether PostgreSQL makes a join of it, wherever the query that it stands in dissolves. */
static bool
becomes_join(SubLink *link, Place place)
{
	int			depth = -1;

	return place == CONJUNCT && !refers_outside(link->subselect, &depth);
}

/*
 * From 17 on PostgreSQL makes a join also of an IN whose subquery refers to rows around it.
 * If it does so by other than equality, there is no order in which our keys come first.
 */
static Node *
stay_condition(Node *link)
{
	if (!IsA(link, SubLink) || ((SubLink *) link)->subLinkType != ANY_SUBLINK)
		return link;
	return (Node *) tuya_make_boolean_test((Expr *) link, IS_TRUE);
}

/* A condition that gives values to columns of ours. */
static Node *
bind_outside(SubLink *link, const Context * context)
{
	if (link->subLinkType == EXISTS_SUBLINK)
		link = tuya_sublink_exists_as_in(link, context->query);
	if (becomes_join(link, context->place))
		return (Node *) link;
	return stay_condition(tuya_sublink_row(link, context->query));
}

static Node *
bind(SubLink *link, Context * context)
{
	bool		is_own = tuya_own_query((Query *) link->subselect);

	if (!is_own && context->place != VALUE)
		return bind_outside(link, context);
	if (is_own && link->subLinkType == EXISTS_SUBLINK)
		tuya_sublink_stay_apart((Query *) link->subselect);
	if (is_own && link->subLinkType == ANY_SUBLINK)
		return bind_any(link, context);
	if (is_own && link->subLinkType == ALL_SUBLINK)
		return bind_all(link, context);
	return (Node *) link;
}

/* The condition, which may be NULL, and of what it implies the subqueries that give values. */
static Node *
with_implied(Node *condition, List *implied, void *context)
{
	ListCell   *lc;

	foreach(lc, implied)
	{
		Node	   *link = bind_outside(lfirst(lc), context);

		if (!IsA(link, SubLink) || ((SubLink *) link)->subLinkType != EXISTS_SUBLINK)
			condition = make_and_qual(condition, link);
	}
	return condition;
}

/* x = ANY (ARRAY(SELECT y ...)) as x = ANY (SELECT y ...) */
static Node *
bind_array(ScalarArrayOpExpr *op, void *context)
{
	SubLink    *array = tuya_sublink_of_array((Node *) op);
	SubLink    *link = makeNode(SubLink);
	Query	   *query = (Query *) array->subselect;
	Node	   *value = (Node *) tuya_sublink_column(linitial(query->targetList));
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
	result->arg = (Expr *) mutate((Node *) expr->arg, AS(VALUE, context));
	result->args = NIL;
	foreach(lc, expr->args)
	{
		CaseWhen   *when = makeNode(CaseWhen);

		*when = *lfirst_node(CaseWhen, lc);
		when->expr = (Expr *) mutate((Node *) when->expr, expr->arg ? AS(VALUE, context) : AS(CONDITION, context));
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
#define MUTATE_CONDITION(type, node, field, where) \
	do { \
		type		rest = *(const type *) (node); \
		type	   *result; \
		rest.field = NULL; \
		result = (type *) expression_tree_mutator((Node *) &rest, mutate, AS(VALUE, context)); \
		result->field = (void *) mutate((Node *) ((const type *) (node))->field, AS(where, context)); \
		return (Node *) result; \
	} while (0)

/* The condition, which may be NULL, and the others. */
static Node *
with_conditions(Node *condition, const List *others)
{
	ListCell   *lc;

	foreach(lc, others)
	{
		condition = make_and_qual(condition, lfirst(lc));
	}
	return condition;
}

static Node *
mutate_from(const FromExpr *from, void *context)
{
	FromExpr	rest = *from;
	FromExpr   *result;

	rest.quals = NULL;
	result = (FromExpr *) expression_tree_mutator((Node *) &rest, mutate, AS(VALUE, context));
	result->quals = with_implied(mutate(from->quals, AS(CONJUNCT, context)),
								 tuya_sublink_implied_by_from(from, ((Context *) context)->query->rtable),
								 AS(CONJUNCT, context));
	result->quals = with_conditions(result->quals, tuya_sublink_filled(from));
	return (Node *) result;
}

/* Of an outer join NULL is as good as false, and no join is made. */
static Node *
mutate_join(const JoinExpr *join, void *context)
{
	JoinExpr	rest = *join;
	JoinExpr   *result;
	void	   *place = join->jointype == JOIN_INNER ? AS(CONJUNCT, context) : AS(CONDITION, context);

	rest.quals = NULL;
	result = (JoinExpr *) expression_tree_mutator((Node *) &rest, mutate, AS(VALUE, context));
	result->quals = with_implied(mutate(join->quals, place),
								 tuya_sublink_implied_by_on(join, ((Context *) context)->query), place);
	result->quals = with_conditions(result->quals, tuya_sublink_filled_on(join));
	return (Node *) result;
}

/* The query, in whose subqueries there may be more conditions then. */
static Node *
mutate_query(Query *query)
{
	Context		contexts[PLACES] = {{query, VALUE}, {query, CONDITION}, {query, CONJUNCT}};
	Query		rest;
	Query	   *result;

	tuya_sublink_of_groups(query);
	tuya_sublink_into_from(query);
	rest = *query;
	rest.havingQual = NULL;
	result = query_tree_mutator(&rest, mutate, &contexts[VALUE], 0);
	result->havingQual = mutate(query->havingQual, &contexts[CONDITION]);
	result->hasSubLinks |= checkExprHasSubLink((Node *) result->jointree);
	return (Node *) result;
}

/* COALESCE(..., false) */
static bool
is_false_if_null(const CoalesceExpr *expr)
{
	const Const *other = llast(expr->args);

	return list_length(expr->args) == 2 && IsA(other, Const) && !other->constisnull && !DatumGetBool(other->constvalue);
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
			if (is_notclause(node))
				return AS(VALUE, context);
			return is_orclause(node) && ((Context *) context)->place == CONJUNCT ? AS(CONDITION, context) : context;
		case T_BooleanTest:
			return ((BooleanTest *) node)->booltesttype == IS_TRUE ||
				((BooleanTest *) node)->booltesttype == IS_NOT_TRUE ? AS(CONDITION, context) : AS(VALUE, context);
		case T_CoalesceExpr:
			return exprType(node) == BOOLOID && is_false_if_null((CoalesceExpr *) node) ?
				AS(CONDITION, context) : AS(VALUE, context);
		default:
			return AS(VALUE, context);
	}
}

/* The same without NOT, of "NOT (NOT ...)" and "NOT (x <> ALL (...))"; else the node. */
static Node *
without_not(Node *node)
{
	Node	   *arg;
	Node	   *test;
	SubLink    *link;

	while (node && is_notclause(node) && is_notclause(get_notclausearg((Expr *) node)))
		node = (Node *) get_notclausearg(get_notclausearg((Expr *) node));
	if (node == NULL || !is_notclause(node))
		return node;
	arg = (Node *) get_notclausearg((Expr *) node);
	if (!IsA(arg, SubLink) || ((SubLink *) arg)->subLinkType != ALL_SUBLINK)
		return node;
	test = negated_test(((SubLink *) arg)->testexpr);
	if (test == NULL)
		return node;
	link = copyObject((SubLink *) arg);
	link->subLinkType = ANY_SUBLINK;
	link->testexpr = test;
	return (Node *) link;
}

static Node *
mutate_node(Node *node, void *context)
{
	switch (nodeTag(node))
	{
		case T_Query:
			return mutate_query((Query *) node);
		case T_CaseExpr:
			return mutate_case((CaseExpr *) node, context);
		case T_FromExpr:
			return mutate_from((FromExpr *) node, context);
		case T_JoinExpr:
			return mutate_join((JoinExpr *) node, context);
		case T_Aggref:
			MUTATE_CONDITION(Aggref, node, aggfilter, CONDITION);
		case T_WindowFunc:
			MUTATE_CONDITION(WindowFunc, node, aggfilter, CONDITION);
		default:
			break;
	}
	node = expression_tree_mutator(node, mutate, context_within(node, context));
	if (tuya_sublink_of_array(node))
		return bind_array((ScalarArrayOpExpr *) node, context);
	return is_test(node) ? bind((SubLink *) node, context) : node;
}

static Node *
mutate(Node *node, void *context)
{
	node = tuya_sublink_without_select(without_not(node));
	if (((Context *) context)->place != VALUE)
		node = tuya_sublink_row_in_array(node);
	if (node == NULL)
		return NULL;
	if (((Context *) context)->place == VALUE || IsA(node, List))
		return mutate_node(node, context);
	return with_implied(mutate_node(node, context), tuya_sublink_implied(node, ((Context *) context)->query->rtable), context);
}

Query *
tuya_sublink_bind(Query *query, ParamListInfo parameters)
{
	return (Query *) mutate_query(tuya_sublink_evaluate_parameters(query, parameters));
}
