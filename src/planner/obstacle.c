/*
 * obstacle.c
 *		What keeps the keys that a statement has from a scan that lacks them.
 */
#include "postgres.h"

#include "planner/obstacle.h"

#include "access/sysattr.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"

#include "planner/key.h"

/* The table that lacks keys, where it is read. */
typedef struct Table
{
	PlannerInfo *root;
	Index		relid;
	const TuyaColumns *columns;
} Table;

static int
count_from_items(Node *node)
{
	int			count = 0;
	ListCell   *lc;

	if (node == NULL)
		return 0;
	if (IsA(node, JoinExpr))
		return count_from_items(((JoinExpr *) node)->larg) + count_from_items(((JoinExpr *) node)->rarg);
	if (!IsA(node, FromExpr))
		return 1;
	foreach(lc, ((FromExpr *) node)->fromlist)
		count += count_from_items(lfirst(lc));
	return count;
}

/* Whether the expressions have all required keys among them. */
static bool
have_keys(const Table *t, List *exprs)
{
	for (int key = 0; key < t->columns->action->nkeys; key++)
	{
		bool		found = t->columns->action->keys[key].optional;
		ListCell   *lc;

		foreach(lc, exprs)
		{
			Var		   *var = (Var *) strip_implicit_coercions(lfirst(lc));

			found |= IsA(var, Var) && var->varno == (int) t->relid &&
				var->varattno == t->columns->key_attno[key];
		}
		if (!found)
			return false;
	}
	return true;
}

static bool
windows_have_keys(const Table *t, const Query *query)
{
	ListCell   *lc;

	foreach(lc, query->windowClause)
	{
		WindowClause *window = lfirst_node(WindowClause, lc);

		if (!have_keys(t, get_sortgrouplist_exprs(window->partitionClause, query->targetList)))
			return false;
	}
	return true;
}

/* Whether a key can be seen only as part of an expression, such as unnest(ARRAY[key]). */
static bool
hides_key(const Table *t, const Query *query)
{
	Bitmapset  *hidden = NULL;
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		Node	   *expr = strip_implicit_coercions((Node *) lfirst_node(TargetEntry, lc)->expr);

		if (!IsA(expr, Var))
			pull_varattnos(expr, t->relid, &hidden);
	}
	for (int key = 0; key < t->columns->action->nkeys; key++)
		if (!t->columns->action->keys[key].optional &&
			bms_is_member(t->columns->key_attno[key] - FirstLowInvalidHeapAttributeNumber, hidden))
			return !have_keys(t, get_tlist_exprs(query->targetList, true));
	return false;
}

static bool
has_except(Node *set)
{
	SetOperationStmt *operation = (SetOperationStmt *) set;

	return set && IsA(set, SetOperationStmt) &&
		(operation->op == SETOP_EXCEPT || has_except(operation->larg) || has_except(operation->rarg));
}

/*
 * Whether there is no way into the subquery for conditions on its result.  Only of the
 * table's own level is it known which of the columns are keys.
 */
static bool
is_closed(const Table *t, const Query *query, bool own)
{
	List	   *target = query->targetList;

	if (query->limitCount || query->limitOffset || query->groupingSets ||
		(query->hasAggs && query->groupClause == NIL) || has_except(query->setOperations))
		return true;
	return own &&
		(!windows_have_keys(t, query) || hides_key(t, query) ||
		 (query->groupClause && !have_keys(t, get_sortgrouplist_exprs(query->groupClause, target))) ||
		 (query->hasDistinctOn && !have_keys(t, get_sortgrouplist_exprs(query->distinctClause, target))));
}

static bool
is_union_all(const Node *set)
{
	const SetOperationStmt *operation = (const SetOperationStmt *) set;

	return !IsA(set, SetOperationStmt) ||
		(operation->op == SETOP_UNION && operation->all &&
		 is_union_all(operation->larg) && is_union_all(operation->rarg));
}

/* What the subquery has that keeps conditions on its result out; NULL: nothing that has a name. */
static const char *
describe_subquery(const Query *query)
{
	if (query->limitCount || query->limitOffset)
		return "LIMIT or OFFSET";
	/* hasWindowFuncs is off where nobody reads their result, which lets nothing in */
	if (query->windowClause)
		return "window functions";
	if (query->groupClause || query->groupingSets || query->hasAggs)
		return "GROUP BY or aggregates";
	if (query->distinctClause)
		return "DISTINCT";
	if (query->setOperations && !is_union_all(query->setOperations))
		return "UNION, INTERSECT or EXCEPT";
	return NULL;
}

/* Whether that level is planning its WITH queries, which comes before all else. */
static bool
plans_cte(const PlannerInfo *parent)
{
	return parent->simple_rel_array == NULL &&
		list_length(parent->cte_plan_ids) < list_length(parent->parse->cteList);
}

/* Whether keys may come from elsewhere at that level: other tables, or conditions. */
static bool
has_other_tables(const PlannerInfo *level)
{
	return count_from_items((Node *) level->parse->jointree) > 1;
}

/* Whether the query has no conditions and joins nothing, down to what it reads. */
static bool
is_plain_reading(const Query *query)
{
	ListCell   *lc;

	if (query->hasSubLinks || count_from_items((Node *) query->jointree) > 1 ||
		(query->jointree && query->jointree->quals))
		return false;
	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		/* of one that was dissolved there is no query left; its conditions are in this one */
		if (rte->rtekind == RTE_SUBQUERY && rte->subquery && !is_plain_reading(rte->subquery))
			return false;
	}
	return true;
}

/* Whether nothing from this level outwards has conditions that could get in. */
static bool
is_read_plainly(const PlannerInfo *level)
{
	while (level && is_plain_reading(level->parse))
		level = level->parent_root;
	return level == NULL;
}

/* Whether the level, which has a WITH, is a subquery in FROM that other tables are joined with. */
static bool
is_joined(const PlannerInfo *level)
{
	for (level = level->parent_root; level && level->simple_rel_array; level = level->parent_root)
		if (has_other_tables(level))
			return true;
	return false;
}

/*
 * What to do with the WITH query that the parent is planning, the table's own level or
 * one around it.  Without MATERIALIZED it is a subquery, for which a join may do no more.
 */
static TuyaObstacleKind
find_in_cte(const PlannerInfo *level, bool closed, TuyaObstacle *obstacle)
{
	const PlannerInfo *parent = level->parent_root;
	CommonTableExpr *cte = list_nth_node(CommonTableExpr, parent->parse->cteList,
										 list_length(parent->cte_plan_ids));

	if (level->parse->commandType != CMD_SELECT || is_read_plainly(parent))
		return TUYA_OBSTACLE_NONE;
	obstacle->cte = cte->ctename;
	if (cte->cterecursive)
	{
		obstacle->what = "WITH RECURSIVE";
		closed = true;
	}
	if (closed)
		return has_other_tables(parent) ? TUYA_OBSTACLE_CLOSED_SUBQUERY : TUYA_OBSTACLE_CLOSED_ALONE;
	if (has_other_tables(parent) ? obstacle->what != NULL : is_joined(parent))
		return TUYA_OBSTACLE_CTE_SUBQUERY;
	return TUYA_OBSTACLE_CTE;
}

bool		tuya_obstacle_is_late = false;

/* Looks from the table's own level outwards, for the first that has other tables. */
static TuyaObstacleKind
find_around(const Table *t, TuyaObstacle *obstacle)
{
	TuyaObstacleKind otherwise = TUYA_OBSTACLE_NONE;
	bool		closed = false;

	for (PlannerInfo *level = t->root; level->parent_root; level = level->parent_root)
	{
		PlannerInfo *parent = level->parent_root;
		bool		in_cte = plans_cte(parent);

		/* a subquery in an expression: what is around it comes in as parameters */
		if (!in_cte && parent->simple_rel_array == NULL)
		{
			if (tuya_obstacle_is_late)
				otherwise = TUYA_OBSTACLE_LATE;
			break;
		}
		if (obstacle->what == NULL)
			obstacle->what = describe_subquery(level->parse);
		closed |= is_closed(t, level->parse, level == t->root);
		if (in_cte)
			return find_in_cte(level, closed, obstacle);
		if (has_other_tables(parent))
			return closed ? TUYA_OBSTACLE_CLOSED_SUBQUERY : TUYA_OBSTACLE_SUBQUERY;
	}
	return closed ? TUYA_OBSTACLE_CLOSED_ALONE : otherwise;
}

TuyaObstacle
tuya_obstacle_find(PlannerInfo *root, RelOptInfo *baserel, const TuyaColumns *columns,
				   int missing, List *unmovable)
{
	Table		table = {.root = root,.relid = baserel->relid,.columns = columns};
	TuyaObstacle obstacle = {.kind = TUYA_OBSTACLE_NO_COLUMN};
	TuyaKeyBinding kept_out;

	for (int key = 0; key < columns->action->nkeys; key++)
		if (!columns->action->keys[key].optional && columns->key_attno[key] == 0)
			return obstacle;
	tuya_key_bind(root, unmovable, baserel->relid, columns, &kept_out);
	if (missing == 0)
		obstacle.kind = TUYA_OBSTACLE_ORDER;
	else if (kept_out.keys & missing)
		obstacle.kind = TUYA_OBSTACLE_OUTER_JOIN;
	else
		obstacle.kind = find_around(&table, &obstacle);
	return obstacle;
}
