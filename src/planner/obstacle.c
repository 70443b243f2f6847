/*
 * obstacle.c
 *		What keeps the keys that a statement has from a scan that lacks them.
 */
#include "postgres.h"

#include "planner/obstacle.h"

#include "planner/key.h"
#include "planner/table.h"

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

const PlannerGlobal *tuya_obstacle_late = NULL;

bool
tuya_obstacle_is_in_from(const PlannerInfo *level)
{
	return level->parent_root && level->parent_root->simple_rel_array;
}

bool
tuya_obstacle_is_in_with(const PlannerInfo *level)
{
	return level->parent_root && plans_cte(level->parent_root);
}

/* The level, a query of WITH, is planned by itself: read more than once, or MATERIALIZED, or recursive. */
static void
look_at_cte(const PlannerInfo *level, TuyaObstacle *obstacle)
{
	const PlannerInfo *parent = level->parent_root;
	const CommonTableExpr *cte = list_nth_node(CommonTableExpr, parent->parse->cteList,
											   list_length(parent->cte_plan_ids));

	if (level->parse->commandType != CMD_SELECT || is_read_plainly(parent))
		obstacle->kind = TUYA_OBSTACLE_NONE;
	else if (obstacle->what == NULL && !cte->cterecursive)
	{
		obstacle->kind = TUYA_OBSTACLE_CTE;
		obstacle->cte = cte->ctename;
	}
	else
	{
		obstacle->kind = has_other_tables(parent) ? TUYA_OBSTACLE_CLOSED_SUBQUERY : TUYA_OBSTACLE_CLOSED_ALONE;
		obstacle->what = cte->cterecursive ? "WITH RECURSIVE" : obstacle->what;
	}
}

TuyaObstacle
tuya_obstacle_around(const PlannerInfo *root, const PlannerInfo *level, const char *refusal)
{
	TuyaObstacle obstacle = {.kind = TUYA_OBSTACLE_NONE,.what = refusal};

	if (refusal)
	{
		obstacle.kind = TUYA_OBSTACLE_CLOSED_ALONE;
		for (level = root; tuya_obstacle_is_in_from(level); level = level->parent_root)
		{
			if (!has_other_tables(level->parent_root))
				continue;
			obstacle.kind = TUYA_OBSTACLE_CLOSED_SUBQUERY;
			return obstacle;
		}
	}
	else if (tuya_obstacle_is_in_from(level))
		obstacle.kind = TUYA_OBSTACLE_SUBQUERY;
	else if (root->glob == tuya_obstacle_late && level->parent_root && !plans_cte(level->parent_root))
		obstacle.kind = TUYA_OBSTACLE_LATE;
	if (tuya_obstacle_is_in_with(level))
		look_at_cte(level, &obstacle);
	return obstacle;
}

TuyaObstacle
tuya_obstacle_find(PlannerInfo *root, RelOptInfo *baserel, const TuyaColumns *columns,
				   int missing, List *unmovable)
{
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
		obstacle = ((TuyaTable *) baserel->fdw_private)->around;
	return obstacle;
}
