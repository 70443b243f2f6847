/*
 * outer.c
 *		Join conditions on the outer row alone, tested before the inner side is
 *		read.
 *
 * In "FROM inventory i LEFT JOIN ota_job j ON j.... = i.... AND i.site = 'north'"
 * the last condition does not keep rows of inventory from the result, so the
 * planner makes it a filter of the loop, which is tested on pairs of rows: each
 * device is asked for.  But where it is false no row of the inner side is wanted.
 *
 *		Nested Loop Left Join					Nested Loop Left Join
 *		  Join Filter: site = 'north'			  Join Filter: site = 'north'
 *		  ->  Seq Scan on inventory		  ->	  ->  Seq Scan on inventory
 *		  ->  Foreign Scan on ota_job			  ->  Result
 *													One-Time Filter: site = 'north'
 *													->  Foreign Scan on ota_job
 *
 * joins.c takes such filters for what they are anyway: rows that do not pass are
 * not announced.
 */
#include "postgres.h"

#include "lookahead/outer.h"

#include "foreign/fdwapi.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"

#include "planner/harmless.h"
#include "planner/own.h"

/*
 * ---- which ----
 */

static bool
is_of_outer_row(Node *condition)
{
	ListCell   *lc;

	foreach(lc, pull_var_clause(condition, 0))
	{
		Var		   *var = lfirst_node(Var, lc);

		if (var->varno != OUTER_VAR || var->varattno <= 0)
			return false;
	}
	return true;
}

/*
 * The conditions of the list that are on the outer row alone.  A leaky one does
 * not overtake others: they may be there for security's sake.
 */
static List *
conditions_on_outer(List *joinqual)
{
	List	   *found = NIL;
	bool		overtakes = false;
	ListCell   *lc;

	foreach(lc, joinqual)
	{
		Node	   *condition = lfirst(lc);

		if (is_of_outer_row(condition) && tuya_harmless(condition) &&
			(!overtakes || !contain_leaked_vars(condition)))
			found = lappend(found, condition);
		else
			overtakes = true;
	}
	return found;
}

static bool reads_ours(const Plan *plan);

static bool
any_reads_ours(List *plans)
{
	ListCell   *lc;

	foreach(lc, plans)
	{
		if (reads_ours(lfirst(lc)))
			return true;
	}
	return false;
}

/* Whether a foreign scan of ours is there, subqueries of expressions excepted. */
static bool
reads_ours(const Plan *plan)
{
	if (plan == NULL)
		return false;
	switch (nodeTag(plan))
	{
		case T_ForeignScan:
			return tuya_own_scan((const ForeignScan *) plan);
		case T_Append:
			return any_reads_ours(((const Append *) plan)->appendplans);
		case T_MergeAppend:
			return any_reads_ours(((const MergeAppend *) plan)->mergeplans);
		case T_SubqueryScan:
			return reads_ours(((const SubqueryScan *) plan)->subplan);
		default:
			return reads_ours(plan->lefttree) || reads_ours(plan->righttree);
	}
}

/*
 * ---- the filter ----
 */

typedef struct Loop
{
	NestLoop   *nestloop;
	Rewrite    *rewrite;
} Loop;

/* The parameter that has the outer row's column on the inner side. */
static Param *
param_for(Loop *loop, const Var *var)
{
	PlannedStmt *pstmt = loop->rewrite->pstmt;
	NestLoopParam *nlp = NULL;
	Param	   *param = makeNode(Param);
	ListCell   *lc;

	foreach(lc, loop->nestloop->nestParams)
	{
		if (equal(((NestLoopParam *) lfirst(lc))->paramval, var))
			nlp = lfirst(lc);
	}
	if (nlp == NULL)
	{
		nlp = makeNode(NestLoopParam);
		nlp->paramno = list_length(pstmt->paramExecTypes);
		nlp->paramval = copyObject(unconstify(Var *, var));
		pstmt->paramExecTypes = lappend_oid(pstmt->paramExecTypes, var->vartype);
		loop->nestloop->nestParams = lappend(loop->nestloop->nestParams, nlp);
	}
	param->paramkind = PARAM_EXEC;
	param->paramid = nlp->paramno;
	param->paramtype = var->vartype;
	param->paramtypmod = var->vartypmod;
	param->paramcollid = var->varcollid;
	param->location = -1;
	return param;
}

static Node *
take_params(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
		return (Node *) param_for(context, (Var *) node);
	return expression_tree_mutator(node, take_params, context);
}

static Plan *
make_filter(Plan *child, List *conditions, Rewrite *rewrite)
{
	Result	   *node = makeNode(Result);

	tuya_lookahead_put_above(&node->plan, child, OUTER_VAR, rewrite);
	tuya_lookahead_add_params(&node->plan, conditions);
	node->resconstantqual = (Node *) conditions;
	return &node->plan;
}

void
tuya_lookahead_gate_loop(NestLoop *nestloop, Rewrite *rewrite)
{
	Loop		loop = {nestloop, rewrite};
	Plan	  **inner = &nestloop->join.plan.righttree;
	List	   *conditions;

	/*
	 * An inner side that depends on no outer row is asked once, and what keeps its rows for the
	 * next outer row would not, if it did depend.
	 */
	if (nestloop->nestParams == NIL || nestloop->join.joinqual == NIL || !reads_ours(*inner))
		return;
	conditions = conditions_on_outer(nestloop->join.joinqual);
	if (conditions == NIL)
		return;
	rewrite->found = true;
	conditions = (List *) take_params((Node *) conditions, &loop);
	*inner = make_filter(*inner, conditions, rewrite);
}
