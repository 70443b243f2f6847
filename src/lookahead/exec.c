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
 * In EvalPlanQual rows are not read ahead.
 */
#include "postgres.h"

#include "lookahead/lookahead.h"

#include "access/htup_details.h"
#include "executor/executor.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"

#include "ancestor.h"
#include "compat.h"
#include "execution.h"
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
	ForeignScanState *target;	/* NULL: not yet found */
	TuyaExecution *execution;	/* the target's */
	TuyaWindow	window;
	dlist_head	held;			/* the row that was handed out first */
	int			nheld;			/* without that */
	bool		handed_out;		/* the first of held is */
	bool		ended;			/* the child has no more rows */
	MemoryContext cxt;			/* of held rows */
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
	state->cxt = AllocSetContextCreate(CurrentMemoryContext, "tuya_fdw lookahead",
									   ALLOCSET_DEFAULT_SIZES);
}

/* The target is below the other side of the join, so it begins after this node. */
static void
find_target(LookaheadState *state)
{
	CustomScan *plan = (CustomScan *) state->css.ss.ps.plan;
	EState	   *estate = state->css.ss.ps.state;
	int			id = intVal(list_nth(plan->custom_private, TUYA_LOOKAHEAD_TARGET));

	state->execution = tuya_execution_find(estate);
	state->target = state->execution ? tuya_execution_scan(state->execution, id) : NULL;
	if (state->target == NULL)
		elog(ERROR, "no foreign scan with plan node id %d", id);
	tuya_scan_set_announced(state->target);
	tuya_window_init(&state->window, tuya_scan_settings(state->target)->concurrency,
					 tuya_lookahead_rows,
					 tuya_ancestor_may_stop_early(estate->es_plannedstmt, &plan->scan.plan));
}

/*
 * ---- held rows ----
 */

static void
drop_first(LookaheadState *state)
{
	HeldRow    *row = dlist_container(HeldRow, node, dlist_pop_head_node(&state->held));

	for (int i = 0; i < row->nlookups; i++)
		tuya_fetcher_unpin_lookup(row->lookups[i]);
	tuya_execution_charge(state->execution, -(int64) row->charged);
	if (row->lookups)
		pfree(row->lookups);
	pfree(row->tuple);
	pfree(row);
}

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

/* Starts the lookups that the target will need for the row in the econtext. */
static void
announce(LookaheadState *state, HeldRow *row)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	Datum		key[TUYA_KEY_COUNT];

	if (!ExecQual(state->gates, econtext))
		return;
	tuya_keyset_evaluate(state->keyset, econtext);
	while (tuya_keyset_next(state->keyset, key))
	{
		TuyaLookup *lookup = tuya_scan_announce(state->target, key);

		if (lookup)
		{
			add_lookup(row, lookup);
			state->announced++;
		}
	}
}

static void
hold(LookaheadState *state, TupleTableSlot *slot)
{
	MemoryContext saved = MemoryContextSwitchTo(state->cxt);
	HeldRow    *row = palloc0(sizeof(HeldRow));

	row->tuple = ExecCopySlotMinimalTuple(slot);
	row->charged = row->tuple->t_len + sizeof(HeldRow);
	dlist_push_tail(&state->held, &row->node);
	state->nheld++;
	tuya_execution_charge(state->execution, (int64) row->charged);
	announce(state, row);
	MemoryContextSwitchTo(saved);
}

/* Reads rows as far as the window goes, but one at least. */
static void
fill_window(LookaheadState *state)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;

	while (!state->ended && state->nheld < state->window.size &&
		   (state->nheld == 0 || tuya_execution_has_room(state->execution)))
	{
		TupleTableSlot *slot = ExecProcNode(outerPlanState(state));

		/* do not call the child again after its end */
		state->ended = TupIsNull(slot);
		if (state->ended)
			break;
		state->rows_read++;
		ResetExprContext(econtext);
		econtext->ecxt_outertuple = slot;
		hold(state, slot);
	}
	state->max_window = Max(state->max_window, state->nheld);
}

/*
 * ---- the executor's callbacks ----
 */

/* The next row, in the scan slot; empty after the last. */
static TupleTableSlot *
next_row(LookaheadState *state)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	HeldRow    *row;

	if (state->css.ss.ps.state->es_epq_active)
	{
		TupleTableSlot *passed = ExecProcNode(outerPlanState(state));

		return TupIsNull(passed) ? ExecClearTuple(slot) : ExecCopySlot(slot, passed);
	}
	if (state->target == NULL)
		find_target(state);

	ExecClearTuple(slot);
	if (state->handed_out)
	{
		drop_first(state);
		tuya_window_consume(&state->window);
		state->handed_out = false;
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
	state->nheld = 0;
	state->handed_out = false;
	state->ended = false;
}

static void
rescan(CustomScanState *node)
{
	drop_all((LookaheadState *) node);
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
