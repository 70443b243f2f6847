/*
 * view.c
 *		Keys for a table in a subquery or view that stays one, from the queries around it.
 *
 *		SELECT * FROM inventory i JOIN
 *			(SELECT product_key, ..., count(*) FROM ota_job GROUP BY 1, 2, 3) v
 *			USING (product_key, device_name, firmware_id)
 *
 * PostgreSQL tests the join's condition on what the subquery has grouped.  It plans the
 * subquery when it wants to know the subquery's size, and then the query around it has
 * its conditions sorted, but no paths yet.  So from the table one can look up: which
 * outputs of the subquery are keys, or constant columns, whether it may be filtered by them
 * before it groups, and what they are compared to outside.  The lowest query that has a
 * value for a key gives it.
 *
 * What is found becomes a condition of the table, "product_key = $1", for which
 * PostgreSQL's own means for references to outer queries are used; view_path.c then
 * lets the subquery be run for each outer row.  The condition outside stays where it
 * was, so what is passed decides what is asked for, never which rows are true.
 *
 * Plans of statements in which no key is missing are not touched.
 */
#include "postgres.h"

#include "planner/view.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/subselect.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

#include "compat_planner.h"
#include "planner/missing.h"
#include "planner/reach.h"
#include "planner/table.h"
#include "planner/view_condition.h"
#include "planner/view_level.h"
#include "planner/view_path.h"
#include "planner/view_place.h"
#include "planner/view_value.h"

typedef struct Climb
{
	PlannerInfo *root;			/* the table's own query, */
	RelOptInfo *baserel;		/* and it */
	PlannerInfo *level;			/* the query that is looked at, */
	RelOptInfo *rel;			/* and its relation that the table is in */
	Bitmapset **outputs;		/* which columns of that are the table's key or constant column;
								 * by its attribute number - 1 */
	TuyaColumns columns;		/* the first of them each; 0: there is none */
	int			needed;			/* those (1 << TuyaKeyId) for which there is no value yet */
	TuyaReachFollowing following;
	bool		is_barred;		/* conditions that leak do not get in */
	List	   *values;			/* TuyaViewValue that were found */
	List	   *conditions;		/* the same, as Exprs over the table's columns */
	List	   *gates;			/* conditions that give no values, likewise */
	const char *refusal;		/* what keys do not get through; NULL: nothing so far */
	bool		kept_out;		/* by an outer join that keeps all rows of the subquery */
} Climb;

/*
 * ---- conditions of the table ----
 */

static Oid
table_of(const Climb *climb)
{
	return planner_rt_fetch(climb->baserel->relid, climb->root)->relid;
}

/* Whether what was found, and the table's own query, bind all keys. */
static bool
suffices(const Climb *climb)
{
	List	   *passed = list_concat_copy(climb->conditions, climb->gates);

	return tuya_key_suffices(&climb->columns, tuya_reach_keys(climb->root, climb->baserel, passed));
}

/* Lets the query that supplies them know which relations it needs first. */
static void
mark(const Climb *climb, const TuyaViewValue *value)
{
	TuyaView   *view;

	if (bms_is_empty(value->outer) && value->gates == NIL)
		return;
	view = tuya_view_make(value->rel);
	if (view->missing == NIL)
	{
		view->table = get_rel_name(table_of(climb));
		view->missing = tuya_missing_of_order(climb->root, table_of(climb), ((TuyaTable *) climb->baserel->fdw_private)->columns);
	}
	view->outer = bms_add_members(view->outer, value->outer);
	view->clauses = list_append_unique_ptr(view->clauses, value->factor->clause);
	view->clauses = list_concat_unique_ptr(view->clauses, value->gates);
}

static void
add_condition(const Climb *climb, Expr *condition)
{
	TuyaTable  *table = climb->baserel->fdw_private;
	RelOptInfo *rel = climb->baserel;
	RestrictInfo *rinfo;

	condition = (Expr *) SS_replace_correlation_vars(climb->root, (Node *) condition);
	rinfo = make_simple_restrictinfo(climb->root, condition);
	/* after the query's own conditions for security's sake */
	rinfo->security_level = climb->root->qual_security_level;
	rinfo->leakproof = !contain_leaked_vars((Node *) condition);
	rel->baserestrict_min_security = Min(rel->baserestrict_min_security, rinfo->security_level);
	rel->baserestrictinfo = lappend(rel->baserestrictinfo, rinfo);
	table->passed = lappend(table->passed, rinfo);
}

static void
pass(Climb *climb)
{
	TuyaTable  *table = climb->baserel->fdw_private;
	RelOptInfo *rel = climb->baserel;
	ListCell   *lc;

	foreach(lc, climb->values)
	{
		mark(climb, lfirst(lc));
	}
	foreach(lc, climb->conditions)
	{
		add_condition(climb, lfirst(lc));
	}
	foreach(lc, climb->gates)
	{
		add_condition(climb, lfirst(lc));
	}
	tuya_key_bind(climb->root, rel->baserestrictinfo, rel->relid, table->columns, &table->own);
}

/*
 * ---- from level to level ----
 */

typedef Bitmapset *(*FindColumns) (Climb *climb, const void *within, AttrNumber attno);

static const TuyaColumns *
table_columns(const Climb *climb)
{
	return ((const TuyaTable *) climb->baserel->fdw_private)->columns;
}

/* The key that the table's column is; -1: none. */
static int
key_of(const Climb *climb, AttrNumber attno)
{
	TuyaColumn	column = table_columns(climb)->column[attno - 1];

	return column.kind == TUYA_COLUMN_KEY ? column.index : -1;
}

/* The columns that are that key; NULL: none. */
static Bitmapset *
outputs_of_key(const Climb *climb, TuyaKeyId key)
{
	AttrNumber	attno = table_columns(climb)->key_attno[key];

	return attno != 0 ? climb->outputs[attno - 1] : NULL;
}

/* What keeps a key (1 << TuyaKeyId) from going further; the first counts. */
static void
refuse(Climb *climb, int keys, const char *refusal)
{
	if (climb->refusal == NULL && (climb->needed & keys))
		climb->refusal = refusal;
}

/* The same of the table's column, which may be no key. */
static void
refuse_column(Climb *climb, AttrNumber attno, const char *refusal)
{
	if (key_of(climb, attno) >= 0)
		refuse(climb, 1 << key_of(climb, attno), refusal);
}

static void
set_outputs(Climb *climb, Bitmapset **outputs)
{
	climb->outputs = outputs;
	for (int key = 0; key < TUYA_KEYS_MAX; key++)
		climb->columns.key_attno[key] = (AttrNumber) Max(bms_next_member(outputs_of_key(climb, key), -1), 0);
}

/*
 * Sets the columns to those that the function finds for each key and constant; false if no
 * key is left that is needed.
 */
static bool
follow(Climb *climb, FindColumns find, const void *within)
{
	int			natts = table_columns(climb)->natts;
	Bitmapset **found = palloc0(sizeof(Bitmapset *) * natts);
	bool		any = false;

	for (AttrNumber attno = 1; attno <= natts; attno++)
	{
		if (climb->outputs[attno - 1] == NULL)
			continue;
		found[attno - 1] = find(climb, within, attno);
		any |= found[attno - 1] && key_of(climb, attno) >= 0 && (climb->needed & (1 << key_of(climb, attno)));
	}
	set_outputs(climb, found);
	return any;
}

static Bitmapset *
find_in_parent(Climb *climb, const void *within, AttrNumber attno)
{
	const AppendRelInfo *info = within;
	Bitmapset  *found = NULL;
	ListCell   *lc;

	foreach(lc, info->translated_vars)
	{
		const Var  *var = (const Var *) tuya_key_strip_relabels(lfirst(lc));

		if (var && IsA(var, Var) && var->varno == (int) info->child_relid &&
			bms_is_member(var->varattno, climb->outputs[attno - 1]))
			found = bms_add_member(found, foreach_current_index(lc) + 1);
	}
	return found;
}

/* From a partition, or an arm of UNION ALL, to what it is a part of. */
static bool
follow_to_parent(Climb *climb)
{
	while (climb->rel->reloptkind == RELOPT_OTHER_MEMBER_REL)
	{
		const AppendRelInfo *info = climb->level->append_rel_array[climb->rel->relid];

		if (!follow(climb, find_in_parent, info))
			return false;
		climb->rel = climb->level->simple_rel_array[info->parent_relid];
	}
	return true;
}

/* Whether conditions of the query say that both are equal, and no NULL. */
static bool
are_equal_by_class(const TuyaKeyOwn *own, TuyaKeyId key, Expr *expr)
{
	ListCell   *lc;

	foreach(lc, own->root->eq_classes)
	{
		const EquivalenceClass *ec = lfirst_node(EquivalenceClass, lc);
		bool		has_key = false;
		bool		has_expr = false;
		ListCell   *m;

		if (ec->ec_has_volatile || !tuya_key_is_text_class(ec))
			continue;
		foreach(m, ec->ec_members)
		{
			const EquivalenceMember *member = lfirst_node(EquivalenceMember, m);

			if (member->em_is_child || member->em_is_const || !tuya_compat_is_unnulled_member(member))
				continue;
			has_key |= tuya_key_own_column(own, member->em_expr) == key;
			has_expr |= equal(tuya_key_strip_relabels(member->em_expr), tuya_key_strip_relabels(expr));
		}
		if (has_key && has_expr)
			return true;
	}
	return false;
}

static Var *
make_output(const Climb *climb, AttrNumber attno)
{
	const RangeTblEntry *rte = planner_rt_fetch(climb->rel->relid, climb->level);
	Oid			type;
	int32		typmod;
	Oid			collation;

	if (rte->rtekind == RTE_SUBQUERY)
		return makeVarFromTargetEntry((int) climb->rel->relid, get_tle_by_resno(rte->subquery->targetList, attno));
	get_atttypetypmodcoll(rte->relid, attno, &type, &typmod, &collation);
	return makeVar((int) climb->rel->relid, attno, type, typmod, collation, 0);
}

/* Several columns of the relation may be the same key: clauses that say so, as Exprs. */
static List *
aliases(const Climb *climb)
{
	List	   *clauses = NIL;

	for (int key = 0; key < climb->columns.action->nkeys; key++)
	{
		AttrNumber	first = climb->columns.key_attno[key];
		int			attno = first;

		while ((attno = bms_next_member(outputs_of_key(climb, key), attno)) > 0)
		{
			Expr	   *clause = make_opclause(TextEqualOperator, BOOLOID, false,
											   (Expr *) make_output(climb, first),
											   (Expr *) make_output(climb, (AttrNumber) attno),
											   InvalidOid, DEFAULT_COLLATION_OID);

			clauses = lappend(clauses, clause);
		}
	}
	return clauses;
}

/* Whether the expression is the column, known by its columns in the climb's relation. */
static bool
is_column(const Climb *climb, const TuyaKeyOwn *own, AttrNumber attno, Expr *expr)
{
	int			key = key_of(climb, attno);
	const Var  *var = (const Var *) tuya_key_strip_relabels(expr);

	if (key >= 0)
		return (tuya_key_own_keys_of(own, expr, true) & (1 << key)) || are_equal_by_class(own, key, expr);
	return var && IsA(var, Var) && var->varno == (int) climb->rel->relid && var->varlevelsup == 0 &&
		var->varattno > 0 && bms_is_member(var->varattno, climb->outputs[attno - 1]);
}

/* Before it was planned. */
static const Query *
query_as_written(const PlannerInfo *level)
{
	const RelOptInfo *place = tuya_view_place_find(level);

	return place ? planner_rt_fetch(place->relid, level->parent_root)->subquery : level->parse;
}

/*
 * Outputs that are the column are equal in each row.  So one of them by which the query may be
 * filtered is enough, be it no output but what the query groups by.
 */
static Bitmapset *
find_outputs(Climb *climb, const void *within, AttrNumber attno)
{
	const Query *query = climb->level->parse;
	const List *windows = query_as_written(climb->level)->windowClause;
	const char *refusal = NULL;
	bool		passes = false;
	Bitmapset  *found = NULL;
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		TargetEntry *output = lfirst_node(TargetEntry, lc);
		const char *why;

		if (!is_column(climb, within, attno, output->expr))
			continue;
		why = tuya_view_output_refusal(query, windows, output);
		passes |= why == NULL;
		refusal = refusal ? refusal : why;
		if (!output->resjunk && tuya_view_is_text(output))
			found = bms_add_member(found, output->resno);
	}
	if (passes && found)
		return found;
	if (refusal == NULL && key_of(climb, attno) >= 0)
		refusal = tuya_view_absence(query, climb->rel->relid, climb->columns.key_attno[key_of(climb, attno)]);
	refuse_column(climb, attno, refusal);
	return NULL;
}

/* From a relation of the query to the query's outputs. */
static bool
follow_to_outputs(Climb *climb)
{
	const char *refusal = tuya_view_level_refusal(climb->level);
	TuyaKeyOwn	own;

	if (refusal == NULL)
		refusal = tuya_view_relation_refusal(climb->level, climb->rel);
	if (refusal)
	{
		refuse(climb, climb->needed, refusal);
		return false;
	}
	tuya_key_own_init(&own, climb->level, climb->rel->relid, &climb->columns,
					  list_concat(aliases(climb), climb->rel->baserestrictinfo));
	own = tuya_key_own_extend(&own, tuya_key_plain(&own, climb->rel->baserestrictinfo));
	return follow(climb, find_outputs, &own);
}

static Bitmapset *
find_in_set(Climb *climb, const void *within, AttrNumber attno)
{
	const RelOptInfo *arm = within;
	const PlannerInfo *set = climb->level->parent_root;
	Bitmapset  *found = NULL;
	int			output = -1;

	while ((output = bms_next_member(climb->outputs[attno - 1], output)) > 0)
	{
		const char *refusal = tuya_view_set_refusal(set->parse, arm->relid, (AttrNumber) output);

		if (refusal == NULL)
			found = bms_add_member(found, output);
		else
			refuse_column(climb, attno, refusal);
	}
	return found;
}

/* From the query's outputs to the relation of the query around it that has them as columns. */
static bool
follow_to_place(Climb *climb)
{
	RelOptInfo *place = tuya_view_place_find(climb->level);

	/* outputs of a set operation's arm are those of the whole */
	while (place && climb->level->parent_root->parse->setOperations)
	{
		const char *refusal = tuya_view_level_refusal(climb->level->parent_root);

		if (refusal)
		{
			refuse(climb, climb->needed, refusal);
			return false;
		}
		if (!follow(climb, find_in_set, place))
			return false;
		climb->level = climb->level->parent_root;
		place = tuya_view_place_find(climb->level);
	}
	if (place == NULL)
		return false;
	climb->level = climb->level->parent_root;
	climb->rel = place;
	climb->is_barred |= climb->level->simple_rte_array[place->relid]->security_barrier;
	return true;
}

/* What else the query says of the keys spares requests; the clauses that do. */
static List *
look_for_gates(Climb *climb, const List *clauses)
{
	List	   *used = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		Expr	   *gate = tuya_view_condition_of_clause(climb->root, climb->baserel, lfirst_node(RestrictInfo, lc),
														 climb->level, climb->rel, climb->outputs, climb->is_barred);

		if (gate == NULL || list_member(climb->conditions, gate))
			continue;
		climb->gates = lappend(climb->gates, gate);
		used = lappend(used, lfirst(lc));
	}
	return used;
}

static void
look_for_values(Climb *climb)
{
	List	   *same = aliases(climb);
	List	   *others;
	List	   *gates;
	List	   *values = tuya_view_value_find(climb->level, climb->rel, &climb->columns, same, climb->needed,
											  &climb->following, &others);
	ListCell   *lc;

	foreach(lc, values)
	{
		const TuyaViewValue *value = lfirst(lc);

		climb->conditions = list_concat(climb->conditions,
										tuya_view_condition_make(climb->root, climb->baserel,
																 value, climb->outputs));
		climb->needed &= ~value->factor->keys;
	}
	gates = look_for_gates(climb, others);
	if (values)
		((TuyaViewValue *) linitial(values))->gates = gates;
	climb->kept_out |= values == NIL &&
		(tuya_view_value_kept_out(climb->level, climb->rel, &climb->columns, same) & climb->needed);
	climb->values = list_concat(climb->values, values);
}

/*
 * Other tables in the subqueries around may be given keys.  Those are of no use if this one
 * has none in the end, which it may still get from them.
 */
static void
mark_lacking(const Climb *climb)
{
	const TuyaTable *table = climb->baserel->fdw_private;

	for (const PlannerInfo *level = climb->root; tuya_obstacle_is_in_from(level); level = level->parent_root)
	{
		RelOptInfo *place = tuya_view_place_find(level);
		TuyaView   *view = place ? tuya_view_make(place) : NULL;

		if (view == NULL || view->lacking)
			continue;
		view->lacking_table = get_rel_name(table_of(climb));
		view->lacking = tuya_missing_explain(climb->root, climb->baserel, table->columns, &table->own);
	}
}

/* Tells why keys are missing. */
static void
explain(const Climb *climb)
{
	TuyaTable  *table = climb->baserel->fdw_private;
	ListCell   *lc;

	table->around = tuya_obstacle_around(climb->root, climb->level, climb->refusal);
	if (climb->kept_out)
		table->around.kind = TUYA_OBSTACLE_OUTER_JOIN;
	foreach(lc, climb->values)
	{
		const TuyaViewValue *value = lfirst(lc);

		for (int key = 0; key < climb->columns.action->nkeys; key++)
		{
			const char *source = tuya_missing_source(value->level, climb->baserel,
													 list_make1(value->factor), key);

			table->source[key] = source ? source : table->source[key];
		}
	}
}

/* Begins with the table's own columns: required keys and constants. */
static void
start(Climb *climb)
{
	const TuyaColumns *columns = table_columns(climb);
	Bitmapset **outputs = palloc0(sizeof(Bitmapset *) * Max(columns->natts, 1));

	for (AttrNumber attno = 1; attno <= columns->natts; attno++)
	{
		if (tuya_column_is_known(columns, attno))
			outputs[attno - 1] = bms_make_singleton(attno);
	}
	set_outputs(climb, outputs);
}

/* What is in WITH gets no keys; but what they would not get through is told. */
static bool
is_below(const PlannerInfo *level)
{
	return tuya_obstacle_is_in_from(level) || tuya_obstacle_is_in_with(level);
}

void
tuya_view_pass(PlannerInfo *root, RelOptInfo *baserel)
{
	TuyaTable  *table = baserel->fdw_private;
	Climb		climb = {.root = root,.baserel = baserel,.level = root,.rel = baserel};

	climb.columns = *table->columns;
	/* those are the table's own, and the columns will be others */
	climb.columns.constants = NULL;
	start(&climb);
	if (root->parent_root == NULL || tuya_key_suffices(table->columns, table->own.keys) || suffices(&climb))
		return;
	climb.needed = tuya_action_required_keys(climb.columns.action) & ~table->own.keys;
	tuya_reach_following(root, baserel, &climb.following);
	while (is_below(climb.level) && follow_to_parent(&climb) && follow_to_outputs(&climb) && follow_to_place(&climb))
	{
		look_for_values(&climb);
		if (suffices(&climb))
		{
			pass(&climb);
			return;
		}
	}
	explain(&climb);
	mark_lacking(&climb);
}
