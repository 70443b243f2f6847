/*
 * exec.c
 *		The lookahead node: reads outer rows ahead and announces their keys.
 *
 *		             copies, announces              hands out
 *		  child ---------------------> window of rows ---------> nested loop
 *		   |                                |
 *		   \-- no more rows: the window      \-- a row's lookups are pinned until
 *		       runs empty                        the next one is handed out
 *
 * Order is kept.  How far the node runs ahead is the window's to say, and the
 * memory budget's: over it, it holds the one row that is needed.  Unpinning a
 * lookup that is still only queued takes it back, so rows that the join passes
 * over leave nothing behind.
 *
 * A row with the key of the row before needs no announcement.  When a whole
 * window of rows had the same key there is nothing to announce ahead of: the
 * window runs empty, and rows pass through until one has another key.
 *
 * In EvalPlanQual rows are not read ahead.
 */
#include "postgres.h"

#include "lookahead/lookahead.h"

#include "access/htup_details.h"
#include "executor/executor.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"

#include "ancestor.h"
#include "compat.h"
#include "execution.h"
#include "key.h"
#include "keyset.h"
#include "scan.h"
#include "window.h"

/* An outer row that is held. */
typedef struct HeldRow
{
	dlist_node	node;			/* in LookaheadState.held */
	MinimalTuple tuple;
	TuyaLookup **lookups;		/* pinned */
	int			nlookups;
	Size		charged;		/* bytes, as charged to the budget */
} HeldRow;

typedef struct LookaheadState
{
	CustomScanState css;		/* must be first */
	TuyaKeySet *keyset;
	ExprState  *gates;			/* NULL: the target is always executed */
	bool		looked;			/* for the targets */
	ForeignScanState **targets;
	int			ntargets;		/* 0: partition pruning has removed them */
	TuyaExecution *execution;	/* theirs */
	TuyaWindow	window;
	dlist_head	held;			/* the row that was handed out first */
	int			nheld;			/* without that */
	bool		handed_out;		/* the first of held is */
	bool		ended;			/* the child has no more rows */
	MemoryContext cxt;			/* of held rows */
	/* the key of the latest row, if it is made of columns alone */
	int			nkey_columns;	/* 0: it is not, so rows are not compared */
	AttrNumber *key_columns;
	Datum	   *last_key;
	bool	   *last_nulls;
	HeldRow    *last;			/* its lookups, pinned once more; NULL: no row yet */
	int			same_key;		/* how many rows had the key of the one before */
	int64		rows_read;
	int64		announced;
	int			max_window;
} LookaheadState;

/*
 * ---- begin ----
 */

static void
init_expressions(LookaheadState *state, CustomScan *plan)
{
	PlanState  *ps = &state->css.ss.ps;
	int			nvalues = intVal(list_nth(plan->custom_private, TUYA_LOOKAHEAD_VALUES));
	List	   *gates = list_copy_tail(plan->custom_exprs, nvalues);
	List	   *values = list_truncate(list_copy(plan->custom_exprs), nvalues);

	state->keyset = tuya_keyset_create(list_nth(plan->custom_private, TUYA_LOOKAHEAD_KEYS),
									   ExecInitExprList(values, ps));
	state->gates = ExecInitQual(gates, ps);
}

/* Whether all keys are plain columns of the child; then notes which. */
static void
find_key_columns(LookaheadState *state, CustomScan *plan)
{
	int			n = 0;
	ListCell   *lc;

	state->key_columns = palloc(sizeof(AttrNumber) * list_length(plan->custom_exprs));
	foreach(lc, plan->custom_exprs)
	{
		Expr	   *expr = tuya_key_strip_relabels(lfirst(lc));

		if (!IsA(expr, Var) || ((Var *) expr)->varno != OUTER_VAR ||
			((Var *) expr)->varattno <= 0 || get_typlen(((Var *) expr)->vartype) != -1)
			return;
		state->key_columns[n++] = ((Var *) expr)->varattno;
	}
	state->nkey_columns = n;
	state->last_key = palloc0(sizeof(Datum) * n);
	state->last_nulls = palloc0(sizeof(bool) * n);
}

static void
begin(CustomScanState *node, EState *estate, int eflags)
{
	LookaheadState *state = (LookaheadState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;

	outerPlanState(node) = ExecInitNode(outerPlan(plan), estate, eflags);
	dlist_init(&state->held);
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	init_expressions(state, plan);
	find_key_columns(state, plan);
	state->cxt = AllocSetContextCreate(CurrentMemoryContext, "tuya_fdw lookahead",
									   ALLOCSET_DEFAULT_SIZES);
}

/*
 * The targets are below the other side of the join, so they begin after this
 * node; or they do not, if partition pruning has removed them.
 */
static void
find_targets(LookaheadState *state)
{
	CustomScan *plan = (CustomScan *) state->css.ss.ps.plan;
	EState	   *estate = state->css.ss.ps.state;
	List	   *ids = list_nth(plan->custom_private, TUYA_LOOKAHEAD_TARGETS);
	ListCell   *lc;

	state->looked = true;
	state->execution = tuya_execution_find(estate);
	if (state->execution == NULL)
		return;
	state->targets = MemoryContextAlloc(state->cxt,
										sizeof(ForeignScanState *) * list_length(ids));
	foreach(lc, ids)
	{
		ForeignScanState *target = tuya_execution_scan(state->execution, lfirst_int(lc));

		if (target == NULL)
			continue;
		tuya_scan_set_announced(target);
		state->targets[state->ntargets++] = target;
	}
	if (state->ntargets > 0)
		tuya_window_init(&state->window, tuya_scan_settings(state->targets[0])->concurrency,
						 tuya_lookahead_rows,
						 tuya_ancestor_may_stop_early(estate->es_plannedstmt, &plan->scan.plan));
}

/*
 * ---- held rows ----
 */

static void
add_lookup(HeldRow *row, TuyaLookup *lookup)
{
	if (row->lookups == NULL)
		row->lookups = palloc(sizeof(TuyaLookup *));
	else if ((row->nlookups & (row->nlookups - 1)) == 0)
		row->lookups = repalloc_huge(row->lookups, row->nlookups * 2 * sizeof(TuyaLookup *));
	row->lookups[row->nlookups++] = lookup;
	tuya_fetcher_pin_lookup(lookup);
}

static void
unpin_lookups(HeldRow *row)
{
	for (int i = 0; i < row->nlookups; i++)
		tuya_fetcher_unpin_lookup(row->lookups[i]);
	if (row->lookups)
		pfree(row->lookups);
}

static void
drop_first(LookaheadState *state)
{
	HeldRow    *row = dlist_container(HeldRow, node, dlist_pop_head_node(&state->held));

	unpin_lookups(row);
	tuya_execution_charge(state->execution, -(int64) row->charged);
	pfree(row->tuple);
	pfree(row);
}

static void
announce_key(LookaheadState *state, HeldRow *row, const Datum key[TUYA_KEY_COUNT])
{
	for (int i = 0; i < state->ntargets; i++)
	{
		TuyaLookup *lookup = tuya_scan_announce(state->targets[i], key);

		if (lookup == NULL)
			continue;
		add_lookup(row, lookup);
		row->charged += sizeof(TuyaLookup *);
		tuya_execution_charge(state->execution, sizeof(TuyaLookup *));
		state->announced++;
	}
}

/*
 * Starts the lookups that the targets will need for the row in the slot.  Of
 * lists, what a window holds: the target has a window of its own for the rest.
 */
static void
announce(LookaheadState *state, HeldRow *row, TupleTableSlot *slot)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	Datum		key[TUYA_KEY_COUNT];

	ResetExprContext(econtext);
	econtext->ecxt_outertuple = slot;
	if (!ExecQual(state->gates, econtext))
		return;
	tuya_keyset_evaluate(state->keyset, econtext);
	while (row->nlookups < state->window.max &&
		   (row->nlookups == 0 || tuya_execution_has_room(state->execution)) &&
		   tuya_keyset_next(state->keyset, key))
	{
		CHECK_FOR_INTERRUPTS();
		announce_key(state, row, key);
	}
}

/*
 * ---- the latest key ----
 */

/* Whether the row's key is that of the row before, byte by byte. */
static bool
has_last_key(const LookaheadState *state, TupleTableSlot *slot)
{
	if (state->last == NULL)
		return false;
	for (int i = 0; i < state->nkey_columns; i++)
	{
		int			att = state->key_columns[i] - 1;
		Pointer		value = DatumGetPointer(slot->tts_values[att]);
		Pointer		last = DatumGetPointer(state->last_key[i]);

		if (slot->tts_isnull[att] != state->last_nulls[i])
			return false;
		if (!slot->tts_isnull[att] &&
			(VARSIZE_ANY(value) != VARSIZE_ANY(last) ||
			 memcmp(value, last, VARSIZE_ANY(value)) != 0))
			return false;
	}
	return true;
}

static void
forget_last_key(LookaheadState *state)
{
	if (state->last == NULL)
		return;
	unpin_lookups(state->last);
	pfree(state->last);
	state->last = NULL;
	state->same_key = 0;
	for (int i = 0; i < state->nkey_columns; i++)
		if (!state->last_nulls[i])
			pfree(DatumGetPointer(state->last_key[i]));
}

static void
remember_key(LookaheadState *state, TupleTableSlot *slot, const HeldRow *row)
{
	forget_last_key(state);
	if (state->nkey_columns == 0)
		return;
	for (int i = 0; i < state->nkey_columns; i++)
	{
		int			att = state->key_columns[i] - 1;

		state->last_nulls[i] = slot->tts_isnull[att];
		if (!slot->tts_isnull[att])
			state->last_key[i] = datumCopy(slot->tts_values[att], false, -1);
	}
	state->last = palloc0(sizeof(HeldRow));
	for (int i = 0; i < row->nlookups; i++)
		add_lookup(state->last, row->lookups[i]);
}

/* Whether there is nothing to wait for with the latest key. */
static bool
is_last_key_complete(const LookaheadState *state)
{
	for (int i = 0; i < state->last->nlookups; i++)
		if (!tuya_fetcher_is_complete(state->last->lookups[i]))
			return false;
	return true;
}

/*
 * ---- reading ahead ----
 */

/* The child's next row, with all its columns; NULL after the last. */
static TupleTableSlot *
read_child(LookaheadState *state)
{
	TupleTableSlot *slot;

	/* do not call the child again after its end */
	if (state->ended)
		return NULL;
	slot = ExecProcNode(outerPlanState(state));
	state->ended = TupIsNull(slot);
	if (state->ended)
		return NULL;
	slot_getallattrs(slot);
	state->rows_read++;
	return slot;
}

static void
hold(LookaheadState *state, TupleTableSlot *slot, bool same_key)
{
	MemoryContext saved = MemoryContextSwitchTo(state->cxt);
	HeldRow    *row = palloc0(sizeof(HeldRow));

	row->tuple = ExecCopySlotMinimalTuple(slot);
	row->charged = row->tuple->t_len + sizeof(HeldRow);
	dlist_push_tail(&state->held, &row->node);
	state->nheld++;
	tuya_execution_charge(state->execution, (int64) row->charged);
	if (!same_key)
	{
		announce(state, row, slot);
		remember_key(state, slot, row);
	}
	else
	{
		tuya_scan_count_duplicates(state->targets[0], state->last->nlookups);
		for (int i = 0; i < state->last->nlookups; i++)
			add_lookup(row, state->last->lookups[i]);
	}
	MemoryContextSwitchTo(saved);
}

/* Reads rows as far as the window goes, but one at least. */
static void
fill_window(LookaheadState *state)
{
	TupleTableSlot *slot;

	while (state->nheld < state->window.size &&
		   (state->nheld == 0 || (state->same_key < state->window.size &&
								  tuya_execution_has_room(state->execution))) &&
		   (slot = read_child(state)) != NULL)
	{
		bool		same_key = has_last_key(state, slot);

		state->same_key = same_key ? state->same_key + 1 : 0;
		hold(state, slot, same_key);
	}
	state->max_window = Max(state->max_window, state->nheld);
}

/*
 * Where rows need not be held: the child's next row as it is, if it has the
 * latest key and that is complete; else it is held, and NULL returned.
 */
static TupleTableSlot *
pass_through(LookaheadState *state)
{
	TupleTableSlot *slot = read_child(state);
	bool		same_key;

	if (slot == NULL)
		return NULL;
	same_key = has_last_key(state, slot);
	if (same_key && is_last_key_complete(state))
	{
		tuya_scan_count_duplicates(state->targets[0], state->last->nlookups);
		return slot;
	}
	state->same_key = 0;
	hold(state, slot, same_key);
	return NULL;
}

/*
 * ---- the executor's callbacks ----
 */

/* The next row, its columns ready to be read; empty after the last. */
static TupleTableSlot *
next_row(LookaheadState *state)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	HeldRow    *row;

	if (!state->looked)
		find_targets(state);
	if (state->css.ss.ps.state->es_epq_active || state->ntargets == 0)
	{
		TupleTableSlot *passed = ExecProcNode(outerPlanState(state));

		return TupIsNull(passed) ? ExecClearTuple(slot) : ExecCopySlot(slot, passed);
	}
	ExecClearTuple(slot);
	if (state->handed_out)
	{
		drop_first(state);
		tuya_window_consume(&state->window);
		state->handed_out = false;
	}
	if (state->nheld == 0 && state->same_key >= state->window.size)
	{
		TupleTableSlot *passed = pass_through(state);

		/* its columns are there, which is all that makes a slot virtual */
		if (passed)
			return passed;
	}
	fill_window(state);
	if (state->nheld == 0)
		return slot;
	state->nheld--;
	state->handed_out = true;
	row = dlist_head_element(HeldRow, node, &state->held);
	/* the scan slot is virtual, and parents' expressions are compiled for that */
	ExecForceStoreMinimalTuple(row->tuple, slot, false);
	return slot;
}

/* Above a join there are neither quals nor a projection; for subqueries both. */
static TupleTableSlot *
exec(CustomScanState *node)
{
	LookaheadState *state = (LookaheadState *) node;
	ProjectionInfo *projection = node->ss.ps.ps_ProjInfo;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	TupleTableSlot *slot;

	while (slot = next_row(state), !TupIsNull(slot))
	{
		ResetExprContext(econtext);
		econtext->ecxt_scantuple = slot;
		if (ExecQual(node->ss.ps.qual, econtext))
			return projection ? ExecProject(projection) : slot;
		InstrCountFiltered1(node, 1);
		CHECK_FOR_INTERRUPTS();
	}
	return projection ? ExecClearTuple(projection->pi_state.resultslot) : slot;
}

static void
drop_all(LookaheadState *state)
{
	ExecClearTuple(state->css.ss.ss_ScanTupleSlot);
	while (!dlist_is_empty(&state->held))
		drop_first(state);
	forget_last_key(state);
	state->nheld = 0;
	state->handed_out = false;
	state->ended = false;
}

static void
rescan(CustomScanState *node)
{
	LookaheadState *state = (LookaheadState *) node;

	drop_all(state);
	tuya_window_restart(&state->window);
	/* if its parameters changed it is rescanned when it is next called */
	if (outerPlanState(node)->chgParam == NULL)
		ExecReScan(outerPlanState(node));
}

static void
end(CustomScanState *node)
{
	drop_all((LookaheadState *) node);
	ExecEndNode(outerPlanState(node));
}

static void
explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	LookaheadState *state = (LookaheadState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	int			nvalues = intVal(list_nth(plan->custom_private, TUYA_LOOKAHEAD_VALUES));
	List	   *context = set_deparse_context_plan(es->deparse_cxt, (Plan *) plan, ancestors);
	List	   *keys = NIL;

	for (int i = 0; i < nvalues; i++)
		keys = lappend(keys, deparse_expression(list_nth(plan->custom_exprs, i), context,
												list_length(es->rtable) > 1, false));
	ExplainPropertyList("Lookahead Keys", keys, es);
	if (!es->analyze)
		return;
	ExplainPropertyInteger("Rows Read Ahead", NULL, state->rows_read, es);
	ExplainPropertyInteger("Announced", NULL, state->announced, es);
	ExplainPropertyInteger("Max Window", NULL, state->max_window, es);
}

static const CustomExecMethods exec_methods = {
	.CustomName = "Lookahead",
	.BeginCustomScan = begin,
	.ExecCustomScan = exec,
	.EndCustomScan = end,
	.ReScanCustomScan = rescan,
	.ExplainCustomScan = explain
};

static Node *
create_state(CustomScan *plan)
{
	LookaheadState *state = (LookaheadState *) newNode(sizeof(LookaheadState), T_CustomScanState);

	(void) plan;
	state->css.methods = &exec_methods;
	return (Node *) state;
}

const CustomScanMethods tuya_lookahead_methods = {
	.CustomName = "Lookahead",
	.CreateCustomScanState = create_state
};
