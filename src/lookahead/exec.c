/*
 * exec.c
 *		The lookahead node: reads outer rows ahead and announces their keys.
 *
 *		             copies, announces              hands out
 *		  child ---------------------> window of rows ---------> nested loop
 *		   |                                |
 *		   \-- no more rows: the window      \-- a run's lookups are pinned until
 *		       runs empty                        a row of the next is handed out
 *
 * Order is kept.  Unpinning a lookup that is still only queued takes it back, so
 * rows that the join passes over leave nothing behind.
 *
 * Consecutive rows with the same key are a run, which is announced once and has
 * its lookups in common.  How far the node runs ahead is for two windows to say:
 * one counts runs, for that many keys are worth announcing; the other counts
 * rows, many for each key, so that a table sorted by device is read ahead across
 * devices, too.  The memory budget is the last word: over it, the node holds the
 * one row that is needed.
 *
 * A run that is as long as rows are ever read ahead leaves nothing to announce:
 * the window runs empty, and rows pass through until one has another key.
 *
 * In EvalPlanQual rows are not read ahead.
 */
#include "postgres.h"

#include "lookahead/lookahead.h"

#include "access/htup_details.h"
#include "executor/executor.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"

#include "ancestor.h"
#include "compat.h"
#include "execution.h"
#include "keyset.h"
#include "scan.h"
#include "window.h"

/* How many rows may be read ahead for each key that may be announced ahead. */
#define ROWS_PER_KEY 128

/* Consecutive rows with the same key. */
typedef struct Run
{
	TuyaLookup **lookups;		/* pinned */
	int			nlookups;
	int64		length;			/* rows that have been held of it, and ... */
	int			held;			/* ... of them, those that still are */
} Run;

/* An outer row that is held. */
typedef struct HeldRow
{
	dlist_node	node;			/* in LookaheadState.held */
	MinimalTuple tuple;
	Run		   *run;
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
	TuyaWindow	run_window;		/* how many runs to hold */
	TuyaWindow	row_window;		/* how many rows to hold */
	dlist_head	held;			/* the row that was handed out first */
	int			nheld;			/* without that */
	int64		held_bytes;		/* of their tuples */
	bool		handed_out;		/* the first of held is */
	bool		ended;			/* the child has no more rows */
	MemoryContext cxt;			/* of held rows and runs */
	MemoryContext key_cxt;
	int			nruns;			/* those with rows that are held, and the latest */
	Run		   *latest;			/* of the row that was read last; NULL: no row yet */
	/* the columns that its key is made from */
	int			nkey_columns;	/* 0: rows cannot be compared, each is a run */
	AttrNumber *key_columns;
	Datum	   *latest_key;		/* in key_cxt */
	bool	   *latest_nulls;
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

/* Notes from which of the child's columns the key is made, and what gates it. */
static void
find_key_columns(LookaheadState *state, CustomScan *plan)
{
	List	   *vars = pull_var_clause((Node *) plan->custom_exprs, 0);
	int			n = 0;
	ListCell   *lc;

	if (contain_volatile_functions((Node *) plan->custom_exprs))
		return;
	state->key_columns = palloc(sizeof(AttrNumber) * list_length(vars));
	foreach(lc, vars)
	{
		Var		   *var = lfirst_node(Var, lc);

		if (var->varno != OUTER_VAR || var->varattno <= 0)
			return;
		state->key_columns[n++] = var->varattno;
	}
	state->nkey_columns = n;
	state->latest_key = palloc0(sizeof(Datum) * n);
	state->latest_nulls = palloc0(sizeof(bool) * n);
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
	state->key_cxt = AllocSetContextCreate(state->cxt, "tuya_fdw lookahead key",
										   ALLOCSET_SMALL_SIZES);
}

/* That of rows is as that of runs, counted in rows. */
static void
init_windows(LookaheadState *state)
{
	bool		early_stop = tuya_ancestor_may_stop_early(state->css.ss.ps.state->es_plannedstmt,
														  state->css.ss.ps.plan);
	int			concurrency = tuya_scan_settings(state->targets[0])->concurrency;

	tuya_window_init(&state->run_window, concurrency, tuya_lookahead_rows, early_stop);
	tuya_window_init(&state->row_window, concurrency * ROWS_PER_KEY,
					 tuya_lookahead_rows * ROWS_PER_KEY, early_stop);
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
		init_windows(state);
}

/*
 * ---- runs ----
 */

static void
add_lookup(LookaheadState *state, Run *run, TuyaLookup *lookup)
{
	if (run->lookups == NULL)
		run->lookups = palloc(sizeof(TuyaLookup *));
	else if ((run->nlookups & (run->nlookups - 1)) == 0)
		run->lookups = repalloc_huge(run->lookups, run->nlookups * 2 * sizeof(TuyaLookup *));
	run->lookups[run->nlookups++] = lookup;
	tuya_fetcher_pin_lookup(lookup);
	tuya_execution_charge(state->execution, sizeof(TuyaLookup *));
}

static void
announce_key(LookaheadState *state, Run *run, const Datum key[TUYA_KEY_COUNT])
{
	for (int i = 0; i < state->ntargets; i++)
	{
		TuyaLookup *lookup = tuya_scan_announce(state->targets[i], key);

		if (lookup == NULL)
			continue;
		add_lookup(state, run, lookup);
		state->announced++;
	}
}

/*
 * Starts the lookups that the targets will need for the row in the slot.  Of
 * lists, what a window holds: the target has a window of its own for the rest.
 */
static void
announce(LookaheadState *state, Run *run, TupleTableSlot *slot)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	Datum		key[TUYA_KEY_COUNT];

	ResetExprContext(econtext);
	econtext->ecxt_outertuple = slot;
	if (!ExecQual(state->gates, econtext))
		return;
	tuya_keyset_evaluate(state->keyset, econtext);
	while (run->nlookups < state->run_window.max &&
		   (run->nlookups == 0 || tuya_execution_has_room(state->execution)) &&
		   tuya_keyset_next(state->keyset, key))
	{
		CHECK_FOR_INTERRUPTS();
		announce_key(state, run, key);
	}
}

/* Byte by byte; datumIsEqual(), but quick for what keys mostly are: text. */
static inline bool
is_equal(Datum a, Datum b, Form_pg_attribute attr)
{
	if (attr->attbyval || attr->attlen != -1)
		return datumIsEqual(a, b, attr->attbyval, attr->attlen);
	return VARSIZE_ANY(DatumGetPointer(a)) == VARSIZE_ANY(DatumGetPointer(b)) &&
		memcmp(DatumGetPointer(a), DatumGetPointer(b), VARSIZE_ANY(DatumGetPointer(a))) == 0;
}

/* Whether the row belongs to the latest run: has its key's columns. */
static bool
has_latest_key(const LookaheadState *state, TupleTableSlot *slot)
{
	if (state->latest == NULL || state->nkey_columns == 0)
		return false;
	for (int i = 0; i < state->nkey_columns; i++)
	{
		int			att = state->key_columns[i] - 1;
		Form_pg_attribute attr = TupleDescAttr(slot->tts_tupleDescriptor, att);

		if (slot->tts_isnull[att] != state->latest_nulls[i])
			return false;
		if (!slot->tts_isnull[att] && !is_equal(slot->tts_values[att], state->latest_key[i], attr))
			return false;
	}
	return true;
}

static void
remember_key(LookaheadState *state, TupleTableSlot *slot)
{
	MemoryContext saved = MemoryContextSwitchTo(state->key_cxt);

	MemoryContextReset(state->key_cxt);
	for (int i = 0; i < state->nkey_columns; i++)
	{
		int			att = state->key_columns[i] - 1;
		Form_pg_attribute attr = TupleDescAttr(slot->tts_tupleDescriptor, att);

		state->latest_nulls[i] = slot->tts_isnull[att];
		if (!slot->tts_isnull[att])
			state->latest_key[i] = datumCopy(slot->tts_values[att], attr->attbyval, attr->attlen);
	}
	MemoryContextSwitchTo(saved);
}

/* None of its rows is held, and none can follow. */
static void
end_run(LookaheadState *state, Run *run)
{
	for (int i = 0; i < run->nlookups; i++)
		tuya_fetcher_unpin_lookup(run->lookups[i]);
	tuya_execution_charge(state->execution, -(int64) (run->nlookups * sizeof(TuyaLookup *)));
	if (run->lookups)
		pfree(run->lookups);
	pfree(run);
	state->nruns--;
	tuya_window_consume(&state->run_window);
}

/* Makes the row in the slot the first of a run, and announces that. */
static void
start_run(LookaheadState *state, TupleTableSlot *slot)
{
	Run		   *previous = state->latest;

	state->latest = palloc0(sizeof(Run));
	state->nruns++;
	announce(state, state->latest, slot);
	remember_key(state, slot);
	if (previous && previous->held == 0)
		end_run(state, previous);
}

/* Whether rows of the latest run are not read ahead any more. */
static bool
is_endless(const LookaheadState *state)
{
	return state->latest && state->latest->length >= state->row_window.max;
}

/* Whether there is nothing to wait for with the latest key. */
static bool
is_latest_complete(const LookaheadState *state)
{
	for (int i = 0; i < state->latest->nlookups; i++)
		if (!tuya_fetcher_is_complete(state->latest->lookups[i]))
			return false;
	return true;
}

/*
 * ---- held rows ----
 */

static void
charge_row(LookaheadState *state, int64 bytes)
{
	state->held_bytes += bytes;
	tuya_execution_charge(state->execution, bytes);
}

/* Copies the row, which is announced if that is not done. */
static void
hold(LookaheadState *state, TupleTableSlot *slot, bool same_key)
{
	MemoryContext saved = MemoryContextSwitchTo(state->cxt);
	HeldRow    *row = palloc(sizeof(HeldRow));

	row->tuple = ExecCopySlotMinimalTuple(slot);
	dlist_push_tail(&state->held, &row->node);
	state->nheld++;
	charge_row(state, row->tuple->t_len + sizeof(HeldRow));
	if (same_key)
		tuya_scan_count_duplicates(state->targets[0], state->latest->nlookups);
	else
		start_run(state, slot);
	row->run = state->latest;
	row->run->length++;
	row->run->held++;
	MemoryContextSwitchTo(saved);
}

static void
drop_first(LookaheadState *state)
{
	HeldRow    *row = dlist_container(HeldRow, node, dlist_pop_head_node(&state->held));

	charge_row(state, -(int64) (row->tuple->t_len + sizeof(HeldRow)));
	/* the latest run may go on */
	if (--row->run->held == 0 && row->run != state->latest)
		end_run(state, row->run);
	pfree(row->tuple);
	pfree(row);
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

/*
 * Whether to hold one more row.  Half of the memory budget is left for what the
 * rows ask for: without room lookups do not run ahead either.
 */
static bool
may_hold(const LookaheadState *state)
{
	if (state->nheld == 0)
		return true;
	return state->nruns < state->run_window.size &&
		state->nheld < state->row_window.size && !is_endless(state) &&
		state->held_bytes < work_mem * (int64) 512 &&
		tuya_execution_has_room(state->execution);
}

/* Reads rows as far as the windows go, but one at least. */
static void
fill_window(LookaheadState *state)
{
	TupleTableSlot *slot;

	while (may_hold(state) && (slot = read_child(state)) != NULL)
		hold(state, slot, has_latest_key(state, slot));
	state->max_window = Max(state->max_window, state->nruns);
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
	same_key = has_latest_key(state, slot);
	if (same_key && is_latest_complete(state))
	{
		tuya_scan_count_duplicates(state->targets[0], state->latest->nlookups);
		return slot;
	}
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
		tuya_window_consume(&state->row_window);
		state->handed_out = false;
	}
	if (state->nheld == 0 && is_endless(state))
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
	if (state->latest)
		end_run(state, state->latest);
	state->latest = NULL;
	state->nheld = 0;
	state->handed_out = false;
	state->ended = false;
}

static void
rescan(CustomScanState *node)
{
	LookaheadState *state = (LookaheadState *) node;

	drop_all(state);
	tuya_window_restart(&state->run_window);
	tuya_window_restart(&state->row_window);
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
