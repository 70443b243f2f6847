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
#include "catalog/namespace.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"

#include "planner/join_clauses.h"
#include "planner/obstacle.h"
#include "planner/reach.h"
#include "planner/table.h"

#define ORDER_DETAIL "The plan does not read it after what the values come from."
#define ORDER_HINT "List the tables that have the keys before it, with few others between them."

typedef struct Missing
{
	PlannerInfo *root;
	RelOptInfo *baserel;
	const TuyaColumns *columns;
	Oid			relid;
	int			required;		/* 1 << TuyaKeyId */
	TuyaKeyBinding reach;		/* what could be bound at best */
	int			missing;		/* of the required, those that are not in reach */
	int			waiting;		/* those of them that wait for tables which lack keys, too */
	TuyaObstacle obstacle;
} Missing;

/*
 * ---- texts ----
 */

const char *
tuya_missing_column(Oid relid, const TuyaColumns *columns, int key)
{
	AttrNumber	attno = columns->key_attno[key];

	return attno == 0 ? columns->action->keys[key].column : get_attname(relid, attno, false);
}

/* "i.device_name" */
static const char *
describe_column(PlannerInfo *root, const Var *var)
{
	RangeTblEntry *rte = planner_rt_fetch(var->varno, root);

	return psprintf("%s.%s", quote_identifier(rte->eref->aliasname),
					quote_identifier(get_rte_attribute_name(rte, var->varattno)));
}

/*
 * PostgreSQL forgets which parameter stands for which column before it makes the plan of
 * a subquery in an expression, so the names are made early.
 */
List *
tuya_missing_outer_columns(PlannerInfo *root)
{
	List	   *columns = NIL;

	for (PlannerInfo *level = root->parent_root; level; level = level->parent_root)
	{
		ListCell   *lc;

		foreach(lc, level->plan_params)
		{
			PlannerParamItem *item = lfirst(lc);

			if (IsA(item->item, Var))
				columns = lappend(columns, list_make2(makeInteger(item->paramId),
													  makeString(unconstify(char *, describe_column(level, (Var *) item->item)))));
		}
	}
	return columns;
}

static const char *
describe_parameter(const Missing *m, const Param *param)
{
	ListCell   *lc;

	foreach(lc, ((TuyaTable *) m->baserel->fdw_private)->outer_columns)
	{
		if (param->paramkind == PARAM_EXEC && intVal(linitial(lfirst(lc))) == param->paramid)
			return strVal(lsecond(lfirst(lc)));
	}
	return "a parameter";
}

/* "i.device_name", or what else the value is. */
static const char *
describe_value(const Missing *m, const TuyaKeyTerm *term)
{
	Expr	   *value = tuya_key_strip_relabels(term->value);

	if (term->is_array)
		return "a list";
	if (IsA(value, Var))
		return describe_column(m->root, (Var *) value);
	if (IsA(value, Const))
		return "a constant";
	return IsA(value, Param) ? describe_parameter(m, (Param *) value) : "an expression";
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

const char *
tuya_missing_source(PlannerInfo *root, RelOptInfo *baserel, List *factors, int key)
{
	Missing		m = {.root = root,.baserel = baserel,.reach = {.factors = factors}};

	return describe_source(&m, key);
}

/* The same, of queries around the table's own, too. */
static const char *
known_source(const Missing *m, int key)
{
	const char *source = describe_source(m, key);

	return source ? source : ((TuyaTable *) m->baserel->fdw_private)->source[key];
}

static int
keys_known(const Missing *m)
{
	int			keys = 0;

	for (int key = 0; key < m->columns->action->nkeys; key++)
		keys |= known_source(m, key) ? 1 << key : 0;
	return keys;
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
							 quote_identifier(tuya_missing_column(m->relid, m->columns, key)));
	return names.data;
}

/* "j.product_key = i.product_key AND ..." */
static const char *
join_condition(const Missing *m)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int key = 0; key < m->columns->action->nkeys; key++)
		if (!m->columns->action->keys[key].optional)
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
make_detail(const Missing *m, List *clauses)
{
	StringInfoData text;
	int			mentioned = 0;

	initStringInfo(&text);
	for (int key = 0; key < m->columns->action->nkeys; key++)
	{
		const char *source = known_source(m, key);

		if (m->columns->action->keys[key].optional)
			continue;
		if (source)
			appendStringInfo(&text, "%s%s from %s", text.len ? ", " : "There is a value for ",
							 quote_identifier(tuya_missing_column(m->relid, m->columns, key)), source);
		else if (!(m->waiting & (1 << key)) && is_mentioned(m, clauses, key))
			mentioned |= 1 << key;
	}
	if (text.len == 0)
		appendStringInfoString(&text, "No part of the key has a value");
	appendStringInfoChar(&text, '.');
	if (m->obstacle.kind == TUYA_OBSTACLE_NO_COLUMN)
		appendStringInfoString(&text, " The table lacks a column for a part of the key.");
	else if (m->obstacle.kind == TUYA_OBSTACLE_OUTER_JOIN)
		appendStringInfoString(&text, " The table is on that side of an outer join of which all rows are kept, so the join's condition does not choose among them.");
	else if (m->obstacle.kind == TUYA_OBSTACLE_ORDER)
		appendStringInfoString(&text, " But the plan does not read it after what they come from.");
	else if (m->waiting)
		appendStringInfo(&text, " A value for %s could come only from a foreign table that lacks one, too.",
						 column_names(m, m->waiting));
	else if (mentioned)
		appendStringInfo(&text, " There is a condition on %s, but only \"=\" to text that does not come from this table gives a value.",
						 column_names(m, mentioned));
	return text.data;
}

/* What makes the key a column: there may be one of its name that is something else. */
static const char *
adding_clause(const Missing *m, int key)
{
	const char *name = m->columns->action->keys[key].column;
	AttrNumber	attno = get_attnum(m->relid, name);
	TuyaColumnKind kind;

	if (attno == InvalidAttrNumber)
		return psprintf("ADD COLUMN %s text", name);
	kind = m->columns->column[attno - 1].kind;
	return psprintf("ALTER COLUMN %s OPTIONS (DROP %s)", name,
					kind == TUYA_COLUMN_CONSTANT ? "constant" : kind == TUYA_COLUMN_KEY ? "parameter" : "field");
}

static const char *
absent_columns(const Missing *m)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int key = 0; key < m->columns->action->nkeys; key++)
		if (!m->columns->action->keys[key].optional && m->columns->key_attno[key] == 0)
			appendStringInfo(&text, "%s%s", text.len ? ", " : "", adding_clause(m, key));
	return text.data;
}

/* The name that the statement has for the table, or for what it is a partition of. */
static const char *
table_name(const Missing *m)
{
	Oid			relid = m->relid;
	int			parent = bms_next_member(m->baserel->top_parent_relids, -1);

	if (parent > 0 && planner_rt_fetch(parent, m->root)->rtekind == RTE_RELATION)
		relid = planner_rt_fetch(parent, m->root)->relid;
	return RelationIsVisible(relid) ? quote_identifier(get_rel_name(relid)) :
		quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), get_rel_name(relid));
}

static const char *
make_hint(const Missing *m)
{
	const char *table = table_name(m);
	const char *condition = join_condition(m);
	const char *what = m->obstacle.what ? psprintf(" through %s", m->obstacle.what) : "";

	switch (m->obstacle.kind)
	{
		case TUYA_OBSTACLE_NO_COLUMN:
			return psprintf("Add it: ALTER FOREIGN TABLE %s %s.",
							quote_identifier(get_rel_name(m->relid)), absent_columns(m));
		case TUYA_OBSTACLE_ORDER:
			return ORDER_HINT;
		case TUYA_OBSTACLE_LATE:
			return "This statement has loaded the library, too late to see what IN compares a subquery to. Run it again; session_preload_libraries = 'tuya_fdw' loads it before.";
		case TUYA_OBSTACLE_OUTER_JOIN:
			return psprintf("Put the table that has the keys on that side: FROM inventory i LEFT JOIN %s j ON %s.",
							table, condition);
		case TUYA_OBSTACLE_CTE:
			return psprintf("Let conditions into it: WITH %s AS NOT MATERIALIZED (...).",
							quote_identifier(m->obstacle.cte));
		case TUYA_OBSTACLE_SUBQUERY:
			return psprintf("A join does not hand keys%s into a subquery or view. Write FROM inventory i CROSS JOIN LATERAL (SELECT * FROM ... j WHERE %s OFFSET 0) j, with the subquery or view, which must have these columns, in place of the dots.",
							what, condition);
		case TUYA_OBSTACLE_CLOSED_SUBQUERY:
			return psprintf("Keys do not get%s into a subquery or view. Write FROM inventory i CROSS JOIN LATERAL (SELECT ... FROM %s j WHERE %s ...) j, with what else it has after that.",
							what, table, condition);
		case TUYA_OBSTACLE_CLOSED_ALONE:
			return psprintf("Keys do not get%s into a subquery or view. Put the conditions on %s into it.",
							what, column_names(m, m->required));
		case TUYA_OBSTACLE_NONE:
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

	if (tuya_key_suffices(columns, bound->keys))
		return NIL;
	joins = tuya_join_clauses_get(root, baserel);
	m.waiting = m.required & tuya_reach_bind(root, baserel, &m.reach);
	m.missing = m.required & ~(m.reach.keys | keys_known(&m));
	m.obstacle = tuya_obstacle_find(root, baserel, columns, m.missing,
									tuya_join_clauses_movable(joins, baserel, false));
	return list_make4(makeString(column_names(&m, m.missing ? m.missing : m.required & ~bound->keys)),
					  makeString(make_detail(&m, list_concat_copy(baserel->baserestrictinfo, joins))),
					  makeString(unconstify(char *, make_hint(&m))),
					  makeInteger(root->glob == tuya_obstacle_late));
}

List *
tuya_missing_of_order(PlannerInfo *root, Oid relid, const TuyaColumns *columns)
{
	Missing		m = {.relid = relid,.columns = columns};

	return list_make4(makeString(column_names(&m, tuya_action_required_keys(columns->action))),
					  makeString(ORDER_DETAIL), makeString(ORDER_HINT), makeInteger(root->glob == tuya_obstacle_late));
}

void
tuya_missing_refuse(const char *table, List *missing)
{
	/* a plan that is kept would lack them again */
	if (intVal(list_nth(missing, TUYA_MISSING_LATE)))
		ResetPlanCache();
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
			 errmsg("foreign table \"%s\" needs a value for %s", table,
					strVal(list_nth(missing, TUYA_MISSING_KEYS))),
			 errdetail_internal("%s", strVal(list_nth(missing, TUYA_MISSING_DETAIL))),
			 errhint("%s", strVal(list_nth(missing, TUYA_MISSING_HINT)))));
}
