/*
 * gather.c
 *		Keys of rows that a subquery reads, known before it does.
 *
 *		SELECT id, (SELECT count(*) FROM device d JOIN ota_job j ON j.device_name = d.device_name ...
 *			WHERE d.room_id = r.id) FROM room r
 *
 * The subquery has a node that runs ahead of the devices of one room, and a room has few.  So
 * rooms are read ahead, too, and what asks for a room's jobs is an array of its devices' keys:
 *
 *		ARRAY(SELECT ARRAY[d.product_key, d.device_name, d.firmware_id] FROM device d
 *			WHERE d.room_id = r.id)
 *
 * That is computed ahead as any key that is a subquery: for no other rooms than the subquery
 * is run for, and only where all of them will be read (computed.c, stages.c).
 *
 * The devices are read twice.  So they must be rows that are there to be read again, and cost
 * no more than what is asked for with them.
 *
 * A subquery's plan is begun after those before it in the statement's list, and the array's
 * is added to its end.  So only the statement's own plan can have it as a column.
 */
#include "postgres.h"

#include "lookahead/gather.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"

#include "compat.h"
#include "executor/ancestor.h"
#include "lookahead/once.h"
#include "lookahead/outset.h"
#include "planner/cost.h"
#include "planner/gate.h"
#include "planner/jit.h"
#include "planner/key_encode.h"
#include "planner/make_test.h"
#include "planner/plan_tree.h"
#include "settings.h"

/*
 * ---- rows that can be read twice ----
 */

/* Whether the node keeps nothing that another one like it would miss, beside its children and expressions. */
static bool
can_be_copied(const Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_SeqScan:
		case T_IndexScan:
		case T_IndexOnlyScan:
		case T_BitmapHeapScan:
		case T_BitmapIndexScan:
		case T_BitmapAnd:
		case T_BitmapOr:
		case T_TidScan:
		case T_TidRangeScan:
		case T_SubqueryScan:
		case T_FunctionScan:
		case T_ValuesScan:
		case T_Result:
		case T_NestLoop:
		case T_HashJoin:
		case T_Hash:
		case T_MergeJoin:
		case T_Material:
		case T_Memoize:
		case T_Sort:
		case T_IncrementalSort:
		case T_Unique:
		case T_Group:
		case T_Limit:
		case T_MergeAppend:
			return true;
		case T_Agg:
			return ((const Agg *) plan)->aggsplit == AGGSPLIT_SIMPLE;
		case T_Append:
			return !tuya_compat_prunes((const Append *) plan);
		default:
			return false;
	}
}

static bool can_all_be_copied(List *plans);

/* Whether the plan can stand in another place as well, expressions of its own being those. */
static bool
can_stand_twice(const Plan *plan, List *expressions)
{
	return can_be_copied(plan) && plan->initPlan == NIL && !contain_subplans((Node *) expressions) &&
		!contain_subplans((Node *) tuya_outset_of(plan)) && can_all_be_copied(tuya_plan_tree_children(plan));
}

static bool
can_all_be_copied(List *plans)
{
	ListCell   *lc;

	foreach(lc, plans)
	{
		if (!can_stand_twice(lfirst(lc), tuya_plan_tree_expressions(lfirst(lc))))
			return false;
	}
	return true;
}

/* The conditions that rows have met by then. */
static List *
met_quals(const TuyaRows *rows)
{
	return list_truncate(list_copy(rows->plan->qual), rows->nquals);
}

/* Of a join that asks itself, the conditions on its pairs; else those expressions that the rows are made by. */
static List *
expressions_of(const TuyaRows *rows)
{
	const Plan *plan = rows->plan;

	if (!rows->own)
		return tuya_plan_tree_expressions(plan);
	/* the first two are target list and conditions */
	return lappend(list_copy_tail(tuya_plan_tree_expressions(plan), 2), met_quals(rows));
}

static bool
can_be_read_twice(const TuyaSearch *search, const TuyaRows *rows)
{
	PlannedStmt *pstmt = search->rewrite->pstmt;
	Plan	   *plan = rows->plan;

	return can_stand_twice(plan, expressions_of(rows)) && !tuya_once_is_volatile(pstmt, plan) &&
		tuya_jit_work(pstmt, plan) <= TUYA_LOOKUP_COST * Max(plan->plan_rows, 1);
}

/*
 * ---- whole keys ----
 */

/* A row's key, by TuyaKeyId; NULL: not bound. */
typedef struct Key
{
	const ForeignScan *scan;
	Expr	   *values[TUYA_KEYS_MAX];
} Key;

/* Takes what the terms bind; false if that is not one value for each key. */
static bool
take_terms(Key *key, const TuyaTarget *target, List *terms)
{
	for (int term = 0; term < list_length(terms); term += TUYA_KEY_TERM_SIZE)
	{
		Expr	   *value = list_nth(target->values, tuya_key_term_expr(terms, term));
		int			id = tuya_key_term_key(terms, term);

		if (tuya_key_term_is_array(terms, term) || key->values[id] ||
			tuya_lookahead_is_told_by_key(target->scan, (Node *) value))
			return false;
		key->values[id] = value;
	}
	return true;
}

static bool
take_key(Key *key, const TuyaTarget *target)
{
	ListCell   *lc;

	foreach(lc, target->keys)
	{
		if (list_length(lfirst(lc)) != 1 || !take_terms(key, target, linitial(lfirst_node(List, lc))))
			return false;
	}
	return true;
}

static Expr *
as_text(Expr *value)
{
	return (Expr *) makeRelabelType(copyObject(value), TEXTOID, -1, DEFAULT_COLLATION_OID, COERCE_IMPLICIT_CAST);
}

/* ARRAY[...] of it; of NULLs, if it is none. */
static Expr *
array_of(const Key *key)
{
	ArrayExpr  *array = makeNode(ArrayExpr);

	array->array_typeid = TEXTARRAYOID;
	array->array_collid = DEFAULT_COLLATION_OID;
	array->element_typeid = TEXTOID;
	for (int id = 0; id < TUYA_KEYS_MAX; id++)
		array->elements = lappend(array->elements, key && key->values[id] ? (Node *) as_text(key->values[id]) :
								  (Node *) makeNullConst(TEXTOID, -1, DEFAULT_COLLATION_OID));
	array->location = -1;
	return (Expr *) array;
}

/* Puts the key's values in place of the scan's columns. */
static Node *
replace_key(Node *node, void *context)
{
	const Key  *key = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && ((Var *) node)->varno == (int) key->scan->scan.scanrelid)
	{
		RelabelType *column = linitial_node(RelabelType, tuya_gate_refer_to_key(list_make1(node), key->scan));

		column->arg = as_text(key->values[castNode(Var, column->arg)->varattno - 1]);
		return (Node *) column;
	}
	return expression_tree_mutator(node, replace_key, context);
}

/* The conditions under which a row asks for its key. */
static List *
conditions_of(const TuyaTarget *target, Key *key)
{
	List	   *conditions = list_copy(target->row_quals);

	for (int id = 0; id < TUYA_KEYS_MAX; id++)
	{
		if (key->values[id])
			conditions = lappend(conditions, tuya_make_null_test(key->values[id], IS_NOT_NULL));
	}
	return list_concat(conditions, (List *) replace_key((Node *) target->key_quals, key));
}

/* What a row asks for. */
static Expr *
array_if_asked(const TuyaTarget *target, Key *key)
{
	CaseExpr   *value = makeNode(CaseExpr);
	CaseWhen   *when = makeNode(CaseWhen);

	when->expr = make_ands_explicit(conditions_of(target, key));
	when->result = array_of(key);
	value->casetype = TEXTARRAYOID;
	value->casecollid = DEFAULT_COLLATION_OID;
	value->args = list_make1(when);
	value->defresult = array_of(NULL);
	return (Expr *) value;
}

/*
 * ---- the subquery ----
 */

/* One that was made. */
typedef struct Gathered
{
	const Plan *rows;
	Expr	   *key;
	List	   *gates;
	int64		limit;
	int			plan_id;
} Gathered;

/* The plan of the same; 0: there is none. */
static int
find_gathered(const TuyaSearch *search, const Gathered *like)
{
	ListCell   *lc;

	foreach(lc, search->rewrite->gathered)
	{
		const Gathered *made = lfirst(lc);

		if (made->rows == like->rows && made->limit == like->limit && equal(made->key, like->key) &&
			equal(made->gates, like->gates))
			return made->plan_id;
	}
	return 0;
}

/* Reads the rows once more, and makes their keys. */
static Plan *
make_keys(const TuyaRows *rows, const Gathered *gathered, Rewrite *rewrite)
{
	Plan	   *child = copyObject(rows->plan);
	Plan	   *plan = child;

	if (rows->own)
	{
		plan->plan_node_id = rewrite->next_id++;
		plan->qual = met_quals(rows);
	}
	else
	{
		plan = &makeNode(Result)->plan;
		tuya_lookahead_put_above(plan, child, OUTER_VAR, rewrite);
	}
	plan->targetlist = list_make1(makeTargetEntry(gathered->key, 1, NULL, false));
	tuya_lookahead_add_params(plan, plan->targetlist);
	return plan;
}

static Plan *
make_limit(Plan *child, int64 count, Rewrite *rewrite)
{
	Limit	   *limit = makeNode(Limit);

	tuya_lookahead_put_above(&limit->plan, child, OUTER_VAR, rewrite);
	limit->limitCount = (Node *) makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(count), false,
										   FLOAT8PASSBYVAL);
	limit->limitOption = LIMIT_OPTION_COUNT;
	return &limit->plan;
}

static SubPlan *
make_subplan(int plan_id)
{
	SubPlan    *subplan = makeNode(SubPlan);

	subplan->subLinkType = ARRAY_SUBLINK;
	subplan->plan_id = plan_id;
	subplan->plan_name = psprintf("SubPlan %d", plan_id);
	subplan->firstColType = TEXTARRAYOID;
	subplan->firstColTypmod = -1;
	subplan->firstColCollation = DEFAULT_COLLATION_OID;
	return subplan;
}

/* ARRAY(SELECT key FROM rows WHERE conditions), its arguments being columns of the search's row. */
static SubPlan *
array_of_keys(TuyaSearch *search, const TuyaRows *rows, Gathered *gathered)
{
	Rewrite    *rewrite = unconstify(Rewrite *, search->rewrite);
	List	  **subplans = &rewrite->pstmt->subplans;
	SubPlan    *subplan;
	const Plan *plan;

	gathered->plan_id = find_gathered(search, gathered);
	if (gathered->plan_id == 0)
	{
		*subplans = lappend(*subplans, make_limit(make_keys(rows, gathered, rewrite), gathered->limit, rewrite));
		gathered->plan_id = list_length(*subplans);
		rewrite->gathered = lappend(rewrite->gathered, gathered);
	}
	plan = list_nth(*subplans, gathered->plan_id - 1);
	subplan = make_subplan(gathered->plan_id);
	subplan->parParam = tuya_search_set_by_callers(search, plan->extParam, &subplan->args);
	subplan->args = tuya_search_of_row(search, subplan->args);
	return subplan;
}

/* Whether it depends on the row, and on nothing else that has no value by then. */
static bool
is_known_ahead(const TuyaSearch *search, const SubPlan *subplan)
{
	const Plan *plan = list_nth(search->rewrite->pstmt->subplans, subplan->plan_id - 1);
	Bitmapset  *set = bms_copy(tuya_search_params_ahead(search, true));
	ListCell   *lc;

	if (subplan->parParam == NIL || contain_subplans((Node *) subplan->args) ||
		contain_volatile_functions((Node *) subplan->args) ||
		!bms_is_subset(tuya_lookahead_params(subplan->args), set))
		return false;
	foreach(lc, subplan->parParam)
	{
		set = bms_add_member(set, lfirst_int(lc));
	}
	return bms_is_subset(plan->extParam, set);
}

static TuyaTarget *
target_of(const TuyaSearch *search, const TuyaTarget *target, SubPlan *subplan)
{
	TuyaTarget *result = palloc0(sizeof(TuyaTarget));

	result->scan = target->scan;
	result->keys = tuya_key_encode_whole();
	result->values = list_make1(subplan);
	result->row_quals = list_copy(search->gates);
	return result;
}

/* What there is to gather; NULL: that would take too long, or be noticed. */
static Gathered *
look_at_rows(const TuyaSearch *search, const TuyaRows *rows, const TuyaTarget *target)
{
	PlannedStmt *pstmt = search->rewrite->pstmt;
	Gathered   *gathered = palloc0(sizeof(Gathered));
	Key			key = {.scan = target->scan};

	if (search->rewrite->in_subplan || search->guesses || search->unknown > 0 || target->guessed || target->choice != 0 ||
		!can_be_read_twice(search, rows) || tuya_ancestor_may_stop_early(pstmt, search->plan) ||
		!take_key(&key, target))
		return NULL;
	/* else it is the row of which the subquery is that asks */
	if (!contain_var_clause((Node *) target->values))
		return NULL;
	gathered->rows = rows->plan;
	gathered->key = array_if_asked(target, &key);
	gathered->gates = search->gates;
	gathered->limit = tuya_ancestor_expect_early_stop_within(pstmt, rows->plan, search->plan) ? 1 : tuya_lookahead_rows;
	return gathered;
}

static void
add_computed(TuyaSearch *search, SubPlan *subplan)
{
	TuyaEvaluated *evaluated = palloc(sizeof(TuyaEvaluated));

	evaluated->subplan = subplan;
	evaluated->gates = search->gates;
	search->computed = lappend(search->computed, evaluated);
}

static void
gather_keys(TuyaSearch *search, const TuyaRows *rows, const TuyaTarget *target)
{
	Gathered   *gathered = look_at_rows(search, rows, target);
	SubPlan    *subplan = gathered ? array_of_keys(search, rows, gathered) : NULL;

	if (subplan == NULL || !is_known_ahead(search, subplan))
		return;
	if (tuya_search_find_evaluated(search->known, (Node *) subplan))
		tuya_search_add_target(search, target_of(search, target, subplan));
	else if (search->known == NIL)
		add_computed(search, subplan);
}

void
tuya_gather(TuyaSearch *search, const TuyaRows *rows, const List *targets)
{
	ListCell   *lc;

	foreach(lc, targets)
	{
		gather_keys(search, rows, lfirst(lc));
	}
}
