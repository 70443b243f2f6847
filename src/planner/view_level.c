/*
 * view_level.c
 *		Whether a query with grouping and the like may be filtered before it does that.
 *
 * A condition that compares an output to a text keeps or drops whole groups, partitions
 * of windows and sets of equal rows if these are of rows that are equal in that
 * output, to the byte.  Then it makes no difference that it is tested earlier.
 *
 * PostgreSQL knows the same for constants, but not of grouping sets and EXCEPT.
 */
#include "postgres.h"

#include "planner/view_level.h"

#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "planner/key_own.h"

#define OTHER_EQUALITY "a type or collation in which different texts are equal"

/*
 * ---- the whole query ----
 */

/* The query will be run once for each key, instead of once. */
static bool
is_volatile(PlannerInfo *level)
{
	Query	   *query = level->parse;

	return contain_volatile_functions((Node *) query) ||
		tuya_key_has_volatile_subplan((Node *) query->targetList, level) ||
		tuya_key_has_volatile_subplan((Node *) query->jointree, level) ||
		tuya_key_has_volatile_subplan(query->havingQual, level);
}

const char *
tuya_view_level_refusal(PlannerInfo *level)
{
	const Query *query = level->parse;

	if (query->limitCount || query->limitOffset)
		return "LIMIT or OFFSET";
	if (query->rowMarks)
		return "FOR UPDATE or FOR SHARE";
	if (level->hasRecursion)
		return "a recursive query";
	if (query->groupClause == NIL && query->groupingSets == NIL && (query->hasAggs || query->havingQual))
		return "aggregates without GROUP BY";
	if (query->commandType != CMD_SELECT)
		return "a change of rows";
	return is_volatile(level) ? "volatile functions" : NULL;
}

const char *
tuya_view_relation_refusal(const PlannerInfo *level, const RelOptInfo *rel)
{
	ListCell   *lc;

	foreach(lc, level->join_info_list)
	{
		const SpecialJoinInfo *join = lfirst_node(SpecialJoinInfo, lc);

		if (bms_is_member((int) rel->relid, join->syn_righthand) ||
			(join->jointype == JOIN_FULL && bms_is_member((int) rel->relid, join->syn_lefthand)))
			return "an outer join that may make them NULL";
	}
	return NULL;
}

/*
 * ---- outputs ----
 */

static const SortGroupClause *
find_clause(const List *clauses, const TargetEntry *output)
{
	ListCell   *lc;

	foreach(lc, clauses)
	{
		const SortGroupClause *clause = lfirst_node(SortGroupClause, lc);

		if (output->ressortgroupref != 0 && clause->tleSortGroupRef == output->ressortgroupref)
			return clause;
	}
	return NULL;
}

/* RelabelType leads from text to types whose groups are coarser. */
static bool
is_by_text(const SortGroupClause *clause)
{
	return clause && get_opcode(clause->eqop) == F_TEXTEQ;
}

static bool
is_text(Oid type, Oid collation)
{
	type = getBaseType(type);
	return (type == TEXTOID || type == VARCHAROID) && OidIsValid(collation) &&
		get_collation_isdeterministic(collation);
}

/* An empty set is a cell that is NULL. */
static bool
is_in_all_sets(const Query *query, const TargetEntry *output)
{
	ListCell   *lc;

	foreach(lc, query->groupingSets)
	{
		const List *set = lfirst(lc);

		if (set == NIL || !IsA(set, IntList) || !list_member_int(set, (int) output->ressortgroupref))
			return false;
	}
	return true;
}

static const char *
grouping_refusal(const Query *query, const TargetEntry *output)
{
	const SortGroupClause *clause = find_clause(query->groupClause, output);

	if (query->groupingSets && (clause == NULL || !is_in_all_sets(query, output)))
		return "GROUPING SETS without them";
	if (query->groupClause == NIL)
		return NULL;
	if (clause)
		return is_by_text(clause) ? NULL : OTHER_EQUALITY;
	/* a column that is not grouped depends on a primary key that is: a group has one value */
	return IsA(tuya_key_strip_relabels(output->expr), Var) ? NULL : "GROUP BY without them";
}

static const char *
distinct_refusal(const Query *query, const TargetEntry *output)
{
	const SortGroupClause *clause = find_clause(query->distinctClause, output);

	if (query->distinctClause == NIL || is_by_text(clause))
		return NULL;
	return clause ? OTHER_EQUALITY : "DISTINCT ON without them";
}

/* Windows that no function uses are not there. */
static const char *
window_refusal(const Query *query, const List *windows, const TargetEntry *output)
{
	ListCell   *lc;

	if (!query->hasWindowFuncs)
		return NULL;
	foreach(lc, windows)
	{
		const SortGroupClause *clause = find_clause(lfirst_node(WindowClause, lc)->partitionClause, output);

		if (clause == NULL)
			return "window functions without them in PARTITION BY";
		if (!is_by_text(clause))
			return OTHER_EQUALITY;
	}
	return NULL;
}

bool
tuya_view_is_text(const TargetEntry *output)
{
	return is_text(exprType((Node *) output->expr), exprCollation((Node *) output->expr));
}

const char *
tuya_view_output_refusal(const Query *query, const List *windows, const TargetEntry *output)
{
	const char *refusal;

	if (!tuya_view_is_text(output))
		return OTHER_EQUALITY;
	refusal = grouping_refusal(query, output);
	refusal = refusal ? refusal : distinct_refusal(query, output);
	return refusal ? refusal : window_refusal(query, windows, output);
}

/* An output that is computed from the column of a single row; NULL: none. */
static Node *
find_expression(const Query *query, Index relid, AttrNumber column)
{
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		Node	   *expr = (Node *) lfirst_node(TargetEntry, lc)->expr;
		Bitmapset  *attnos = NULL;

		/* from 18 on a column that grouping sets make NULL is not the key, but is no expression */
		if (IsA(tuya_key_strip_relabels((Expr *) expr), Var))
			continue;
		pull_varattnos(expr, relid, &attnos);
		if (bms_is_member(column - FirstLowInvalidHeapAttributeNumber, attnos) &&
			!contain_agg_clause(expr) && !contain_windowfuncs(expr))
			return expr;
	}
	return NULL;
}

const char *
tuya_view_absence(const Query *query, Index relid, AttrNumber column)
{
	Node	   *expr = find_expression(query, relid, column);

	if (expr)
		return expression_returns_set(expr) ? "set-returning functions of them" : "expressions that they are part of";
	if (query->groupingSets)
		return "GROUPING SETS without them";
	return query->groupClause ? "GROUP BY without them" : "a SELECT list without them";
}

/*
 * ---- set operations ----
 */

/* Whether the arm is in the tree of set operations; refusal: of those above it. */
static bool
find_arm(const Node *node, Index arm, AttrNumber output, const char **refusal)
{
	const SetOperationStmt *set = (const SetOperationStmt *) node;
	const SortGroupClause *clause;

	if (IsA(node, RangeTblRef))
		return ((const RangeTblRef *) node)->rtindex == (int) arm;
	if (!find_arm(set->larg, arm, output, refusal) && !find_arm(set->rarg, arm, output, refusal))
		return false;
	if (*refusal)
		return true;
	if (!is_text(list_nth_oid(set->colTypes, output - 1), list_nth_oid(set->colCollations, output - 1)))
		*refusal = OTHER_EQUALITY;
	else if (set->op != SETOP_UNION || !set->all)
	{
		clause = list_nth_node(SortGroupClause, set->groupClauses, output - 1);
		*refusal = is_by_text(clause) ? NULL : OTHER_EQUALITY;
	}
	return true;
}

/*
 * The condition is tested in that arm alone.  Of a row that passes it all equal rows of the
 * arm do, so that the arm has it as often as before.
 */
const char *
tuya_view_set_refusal(const Query *query, Index arm, AttrNumber output)
{
	const char *refusal = NULL;

	return find_arm(query->setOperations, arm, output, &refusal) ? refusal : "set operations";
}
