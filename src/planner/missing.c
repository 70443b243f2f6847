/*
 * missing.c
 *		Which keys a scan lacks, why, and what to do: for the error that users meet first.
 *
 * Why is known only while the statement is planned, so the texts are made then,
 * and the plan keeps them.  A key has a value if conditions of the table, or of
 * joins that may become conditions of the scan, bind it; it lacks one if even all of
 * them together do not.  Where something stands between the table and the rest of the
 * statement, the hint tells how to get past it.
 */
#include "postgres.h"

#include "planner/missing.h"

#include "access/sysattr.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "planner/join_clauses.h"

/* What stands between the table and the rest of the statement. */
typedef enum Obstacle
{
	OBSTACLE_NONE,
	OBSTACLE_NO_COLUMN,			/* the table has no column for a key */
	OBSTACLE_ORDER,				/* nothing: the planner found no order of joins */
	OBSTACLE_OUTER_JOIN,		/* the table is on the side that is kept whole */
	OBSTACLE_CTE,				/* read by itself */
	OBSTACLE_SUBQUERY,			/* conditions on its result can get in */
	OBSTACLE_CLOSED_SUBQUERY	/* they cannot */
} Obstacle;

typedef struct Missing
{
	PlannerInfo *root;
	RelOptInfo *baserel;
	const TuyaColumns *columns;
	Oid			relid;
	int			required;		/* 1 << TuyaKeyId */
	TuyaKeyBinding reach;		/* what could be bound at best */
	int			missing;		/* of the required, those that are not in reach */
	const char *cte;			/* its name, if that is what stands between */
	const char *what;			/* what the subquery has, for the hint */
} Missing;

/*
 * ---- what stands between ----
 */

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

/* Whether the table cannot be asked without that key. */
static bool
is_required(const Missing *m, int key)
{
	return (m->required & (1 << key)) != 0;
}

/* Whether the expressions have all required keys among them. */
static bool
have_keys(const Missing *m, List *exprs)
{
	for (int key = 0; key < m->columns->action->nkeys; key++)
	{
		bool		found = !is_required(m, key);
		ListCell   *lc;

		foreach(lc, exprs)
		{
			Var		   *var = (Var *) strip_implicit_coercions(lfirst(lc));

			found |= IsA(var, Var) && var->varno == (int) m->baserel->relid &&
				var->varattno == m->columns->key_attno[key];
		}
		if (!found)
			return false;
	}
	return true;
}

static bool
windows_have_keys(const Missing *m, const Query *query)
{
	ListCell   *lc;

	foreach(lc, query->windowClause)
	{
		WindowClause *window = lfirst_node(WindowClause, lc);

		if (!have_keys(m, get_sortgrouplist_exprs(window->partitionClause, query->targetList)))
			return false;
	}
	return true;
}

/*
 * What the subquery has that keeps conditions on its result out; sets *closed if
 * there is no way in for them.  NULL: nothing that has a name.
 */
static const char *
describe_subquery(const Missing *m, const Query *query, bool own, bool *closed)
{
	if (query->limitCount || query->limitOffset)
	{
		*closed = true;
		return "LIMIT or OFFSET";
	}
	if (query->hasWindowFuncs)
	{
		*closed = own && !windows_have_keys(m, query);
		return "window functions";
	}
	if (query->groupClause || query->groupingSets || query->hasAggs)
	{
		*closed = query->groupingSets || query->groupClause == NIL ||
			(own && !have_keys(m, get_sortgrouplist_exprs(query->groupClause, query->targetList)));
		return "GROUP BY or aggregates";
	}
	if (query->distinctClause)
		return "DISTINCT";
	if (query->setOperations)
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

/* Looks from the table's own level outwards, for the first that has other tables. */
static Obstacle
find_obstacle_around(Missing *m)
{
	Obstacle	obstacle = OBSTACLE_SUBQUERY;

	for (PlannerInfo *level = m->root; level->parent_root; level = level->parent_root)
	{
		PlannerInfo *parent = level->parent_root;
		int			from_items = count_from_items((Node *) parent->parse->jointree);
		bool		closed = false;
		const char *what;

		if (plans_cte(parent))
		{
			CommonTableExpr *cte = list_nth_node(CommonTableExpr, parent->parse->cteList,
												 list_length(parent->cte_plan_ids));

			if (cte->cterecursive || level->parse->commandType != CMD_SELECT ||
				(from_items < 2 && (parent->parse->jointree == NULL || parent->parse->jointree->quals == NULL)))
				return OBSTACLE_NONE;
			m->cte = cte->ctename;
			return OBSTACLE_CTE;
		}
		/* a subquery in an expression: what is around it comes in as parameters */
		if (parent->simple_rel_array == NULL)
			return OBSTACLE_NONE;
		what = describe_subquery(m, level->parse, level == m->root, &closed);
		m->what = m->what ? m->what : what;
		if (closed)
			obstacle = OBSTACLE_CLOSED_SUBQUERY;
		if (from_items > 1)
			return obstacle;
	}
	return OBSTACLE_NONE;
}

static Obstacle
find_obstacle(Missing *m, List *unmovable)
{
	TuyaKeyBinding kept_out;

	for (int key = 0; key < m->columns->action->nkeys; key++)
		if (is_required(m, key) && m->columns->key_attno[key] == 0)
			return OBSTACLE_NO_COLUMN;
	if (m->missing == 0)
		return OBSTACLE_ORDER;
	tuya_key_bind(m->root, unmovable, m->baserel->relid, m->columns, &kept_out);
	if (kept_out.keys & m->missing)
		return OBSTACLE_OUTER_JOIN;
	return find_obstacle_around(m);
}

/*
 * ---- texts ----
 */

const char *
tuya_missing_column(Oid relid, const TuyaColumns *columns, int key)
{
	AttrNumber	attno = columns->key_attno[key];

	return attno == 0 ? columns->action->keys[key].column : get_attname(relid, attno, false);
}

/* "i.device_name", or what else the value is. */
static const char *
describe_value(const Missing *m, const TuyaKeyTerm *term)
{
	Expr	   *value = term->value;

	while (value && IsA(value, RelabelType))
		value = ((RelabelType *) value)->arg;
	if (IsA(value, Var))
	{
		RangeTblEntry *rte = planner_rt_fetch(((Var *) value)->varno, m->root);

		return psprintf("%s.%s", quote_identifier(rte->eref->aliasname),
						quote_identifier(get_rte_attribute_name(rte, ((Var *) value)->varattno)));
	}
	if (term->is_array)
		return "a list";
	if (IsA(value, Const))
		return "a constant";
	return IsA(value, Param) ? "a parameter" : "an expression";
}

/* What the key gets its value from; NULL if from nothing. */
static const char *
describe_source(const Missing *m, int key)
{
	ListCell   *lc;

	foreach(lc, m->reach.factors)
	{
		TuyaKeyFactor *factor = lfirst(lc);
		ListCell   *t;

		if (!(factor->keys & (1 << key)))
			continue;
		if (list_length(factor->alternatives) != 1)
			return "a list";
		foreach(t, (List *) linitial(factor->alternatives))
		{
			if ((int) ((TuyaKeyTerm *) lfirst(t))->key == key)
				return describe_value(m, lfirst(t));
		}
	}
	return NULL;
}

/* The names of those keys' columns, by comma. */
static char *
column_names(const Missing *m, int keys)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int key = 0; key < m->columns->action->nkeys; key++)
		if (keys & (1 << key))
			appendStringInfo(&names, "%s%s", names.len ? ", " : "",
							 tuya_missing_column(m->relid, m->columns, key));
	return names.data;
}

/* "j.product_key = i.product_key AND ..." */
static const char *
join_condition(const Missing *m)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int key = 0; key < m->columns->action->nkeys; key++)
		if (is_required(m, key))
			appendStringInfo(&text, "%sj.%s = i.%s", text.len ? " AND " : "",
							 quote_identifier(tuya_missing_column(m->relid, m->columns, key)),
							 m->columns->action->keys[key].column);
	return text.data;
}

/* Whether some condition is about that key's column, of no use as it may be. */
static bool
is_mentioned(const Missing *m, List *clauses, int key)
{
	Bitmapset  *attnos = NULL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause, m->baserel->relid, &attnos);
	}
	return bms_is_member(m->columns->key_attno[key] - FirstLowInvalidHeapAttributeNumber, attnos);
}

static char *
make_detail(const Missing *m, List *clauses, Obstacle obstacle)
{
	StringInfoData text;
	int			mentioned = 0;

	initStringInfo(&text);
	for (int key = 0; key < m->columns->action->nkeys; key++)
	{
		const char *source = describe_source(m, key);

		if (!is_required(m, key))
			continue;
		if (source)
			appendStringInfo(&text, "%s%s from %s", text.len ? ", " : "There is a value for ",
							 tuya_missing_column(m->relid, m->columns, key), source);
		else if (is_mentioned(m, clauses, key))
			mentioned |= 1 << key;
	}
	if (text.len == 0)
		appendStringInfoString(&text, "No part of the key has a value");
	appendStringInfoChar(&text, '.');
	if (obstacle == OBSTACLE_NO_COLUMN)
		appendStringInfoString(&text, " The table lacks a column for a part of the key.");
	else if (obstacle == OBSTACLE_OUTER_JOIN)
		appendStringInfoString(&text, " The table is on that side of an outer join of which all rows are kept, so the join's condition does not choose among them.");
	else if (obstacle == OBSTACLE_ORDER)
		appendStringInfoString(&text, " But the plan does not read it after what they come from.");
	else if (mentioned)
		appendStringInfo(&text, " There is a condition on %s, but only \"=\" to text that does not come from this table gives a value.",
						 column_names(m, mentioned));
	return text.data;
}

static const char *
absent_columns(const Missing *m)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int key = 0; key < m->columns->action->nkeys; key++)
		if (is_required(m, key) && m->columns->key_attno[key] == 0)
			appendStringInfo(&text, "%sADD COLUMN %s text", text.len ? ", " : "",
							 m->columns->action->keys[key].column);
	return text.data;
}

static const char *
make_hint(const Missing *m, Obstacle obstacle)
{
	const char *table = quote_identifier(get_rel_name(m->relid));
	const char *condition = join_condition(m);
	const char *what = m->what ? psprintf(" through %s", m->what) : "";

	switch (obstacle)
	{
		case OBSTACLE_NO_COLUMN:
			return psprintf("Add it: ALTER FOREIGN TABLE %s %s.", table, absent_columns(m));
		case OBSTACLE_ORDER:
			return "List the tables that have the keys before it, with few others between them.";
		case OBSTACLE_OUTER_JOIN:
			return psprintf("Put the table that has the keys on that side: FROM inventory i LEFT JOIN %s j ON %s.",
							table, condition);
		case OBSTACLE_CTE:
			return psprintf("Let conditions into it: WITH %s AS NOT MATERIALIZED (...).",
							quote_identifier(m->cte));
		case OBSTACLE_SUBQUERY:
			return psprintf("A join does not hand keys%s into a subquery or view. Write FROM inventory i CROSS JOIN LATERAL (SELECT * FROM ... j WHERE %s OFFSET 0) j, with the subquery or view, which must have these columns, in place of the dots.",
							what, condition);
		case OBSTACLE_CLOSED_SUBQUERY:
			return psprintf("Keys do not get%s into a subquery or view. Write FROM inventory i CROSS JOIN LATERAL (SELECT ... FROM %s j WHERE %s ...) j, with what else it has after that.",
							what, table, condition);
		case OBSTACLE_NONE:
			break;
	}
	if (m->missing != m->required)
		return psprintf("Compare %s by \"=\" to a value or to a column of another table.",
						column_names(m, m->missing));
	return psprintf("Compare its key by \"=\" to values, or join a table that has the keys: FROM inventory i JOIN %s j ON %s. For programs that read whole tables make a view of that join.",
					table, condition);
}

/*
 * ---- plan and report ----
 */

List *
tuya_missing_explain(PlannerInfo *root, RelOptInfo *baserel, const TuyaColumns *columns,
					 const TuyaKeyBinding *bound)
{
	Missing		m = {
		.root = root,.baserel = baserel,.columns = columns,
		.relid = planner_rt_fetch(baserel->relid, root)->relid,
		.required = tuya_action_required_keys(columns->action)
	};
	List	   *joins;
	List	   *reaching;
	Obstacle	obstacle;

	if (tuya_key_suffices(columns, bound->keys))
		return NIL;
	joins = tuya_join_clauses_get(root, baserel);
	reaching = list_concat_copy(baserel->baserestrictinfo, tuya_join_clauses_movable(joins, baserel, true));
	tuya_key_bind(root, reaching, baserel->relid, columns, &m.reach);
	m.missing = m.required & ~m.reach.keys;
	obstacle = find_obstacle(&m, tuya_join_clauses_movable(joins, baserel, false));
	return list_make3(makeString(column_names(&m, m.missing ? m.missing : m.required & ~bound->keys)),
					  makeString(make_detail(&m, list_concat_copy(reaching, joins), obstacle)),
					  makeString(unconstify(char *, make_hint(&m, obstacle))));
}

void
tuya_missing_refuse(const char *table, List *missing)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
			 errmsg("foreign table \"%s\" needs a value for %s", table,
					strVal(list_nth(missing, TUYA_MISSING_KEYS))),
			 errdetail_internal("%s", strVal(list_nth(missing, TUYA_MISSING_DETAIL))),
			 errhint("%s", strVal(list_nth(missing, TUYA_MISSING_HINT)))));
}
