/*
 * sublink_query.c
 *		Subqueries in expressions: what may be done to them, and how.
 */
#include "postgres.h"

#include "planner/sublink_query.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"

/*
 * ---- tests ----
 */

bool
tuya_sublink_is_test(const Node *node)
{
	const SubLink *link = (const SubLink *) node;

	return IsA(node, SubLink) && (link->subLinkType == ANY_SUBLINK || link->subLinkType == EXISTS_SUBLINK);
}

bool
tuya_sublink_is_movable(Node *expr)
{
	return !contain_volatile_functions(expr) && !contain_windowfuncs(expr) && !expression_returns_set(expr);
}

/* Finds what has other rows, or does something, when it is run again. */
static bool
find_unrepeatable(Node *node, void *context)
{
	const Query *query = (Query *) node;

	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		const TableSampleClause *sample = ((RangeTblEntry *) node)->tablesample;

		return sample && sample->repeatable == NULL;
	}
	if (!IsA(node, Query))
		return expression_tree_walker(node, find_unrepeatable, context);
	return query->commandType != CMD_SELECT || query->rowMarks != NIL ||
		query_tree_walker((Query *) node, find_unrepeatable, context, QTW_EXAMINE_RTES_BEFORE);
}

bool
tuya_sublink_is_repeatable(Node *node)
{
	return !find_unrepeatable(node, NULL) && !contain_volatile_functions(node);
}

typedef struct Replacement
{
	int			varno;
	TuyaReplaceColumn replace;
	void	   *arg;
} Replacement;

static Node *
replace_vars(Node *node, void *context)
{
	const Replacement *replacement = context;
	const Var  *var = (Var *) node;
	Node	   *other;

	if (node == NULL || IsA(node, SubLink))
		return node;
	if (!IsA(node, Var))
		return expression_tree_mutator(node, replace_vars, context);
	if (var->varno != replacement->varno || var->varlevelsup != 0 || var->varattno <= 0)
		return node;
	other = replacement->replace(var, replacement->arg);
	return other ? other : node;
}

Node *
tuya_sublink_replace_columns(Node *node, int varno, TuyaReplaceColumn replace, void *arg)
{
	Replacement replacement = {varno, replace, arg};

	return replace_vars(node, &replacement);
}

bool
tuya_sublink_has_independent_rows(const Query *query)
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
			 !tuya_sublink_has_independent_rows(rte->subquery) || !is_open(rte->subquery)))
			return false;
	}
	return true;
}

/*
 * ---- changes ----
 */

void
tuya_sublink_stay_apart(Query *query)
{
	if (!is_open(query) && query->limitOffset == NULL)
		query->limitOffset = (Node *) makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(0),
												false, FLOAT8PASSBYVAL);
}

Query *
tuya_sublink_wrap(Query *query)
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

SubLink *
tuya_sublink_exists(Query *query)
{
	SubLink    *link = makeNode(SubLink);

	link->subLinkType = EXISTS_SUBLINK;
	link->subselect = (Node *) query;
	link->location = -1;
	return link;
}

Param *
tuya_sublink_column(const TargetEntry *column)
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

Node *
tuya_sublink_condition(const Query *query, const Node *test)
{
	Node	   *condition = copyObject(unconstify(Node *, test));

	IncrementVarSublevelsUp(condition, 1, 0);
	return replace_columns(condition, unconstify(Query *, query));
}

void
tuya_sublink_add_condition(Query *query, Node *condition)
{
	query->jointree->quals = make_and_qual(query->jointree->quals, condition);
	query->hasSubLinks |= checkExprHasSubLink(condition);
}
