/*
 * exec.c
 *		The lookahead node: reads outer rows ahead and announces their keys.
 *
 *		             copies, announces              hands out
 *		  child ---------------------> window of rows ---------> nested loop
 *		   |                                |
 *		   \-- no more rows: the window      \-- what a row wants is pinned while
 *		       runs empty                        rows that want it are held
 *
 * Order is kept.  How far the node runs ahead is for two windows to say.  One
 * counts wants (announce.h): those that are ahead, and the one of the row that
 * was handed out.  A want that has come to its turn, or has nothing to wait for,
 * costs nothing, however often it comes again, so rows in any order keep as many
 * requests in flight.  The other counts rows, many for each want.  The memory
 * budget is the last word: over it, the node holds the one row that is needed.
 *
 * Where the targets are several remotes', rows may be sorted by remote: then the window
 * may be full of keys of one, and another has nothing to do.  So rows are read on while that
 * is so, as far as each remote by itself may be ahead.
 *
 * Where as many rows as are ever read ahead brought nothing to wait for, there is
 * nothing to announce: the window runs empty, and rows pass through until one
 * has to wait.
 *
 * In EvalPlanQual rows are not read ahead.
 *
 * A cursor that is read backward goes back over what was read ahead, and has rows
 * from then on as the child has them.  For its WHERE CURRENT OF the node is the scan
 * of its child's table, on the row that was handed out.
 */
#include "postgres.h"

#include "lookahead/lookahead.h"

#include "access/htup_details.h"
#include "access/relscan.h"
#include "executor/executor.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"

#include "executor/ancestor.h"
#include "compat.h"
#include "executor/execution.h"
#include "lookahead/announce.h"
#include "settings.h"
#include "util/window.h"

/* How many rows may be read ahead for each want that may be ahead. */
#define ROWS_PER_WANT 128

/* An outer row that is held. */
typedef struct HeldRow
{
	dlist_node	node;			/* in LookaheadState.held */
	dlist_node	going;			/* in LookaheadState.going, if goes_on */
	bool		goes_on;
	MinimalTuple tuple;
	ItemPointerData tid;		/* if the node is on the rows of a table */
	TuyaWant   *want;
} HeldRow;

typedef struct LookaheadState
{
	CustomScanState css;		/* must be first */
	TuyaAnnouncer *announcer;
	TuyaExecution *execution;	/* the targets' */
	ScanState  *scan;			/* of the table on whose rows it is; NULL: that does not matter */
	bool		looked;			/* for the targets */
	bool		has_targets;	/* else partition pruning has removed them */
	TuyaWindow	want_window;	/* how many wants to run ahead */
	TuyaWindow	row_window;		/* how many rows to hold */
	dlist_head	held;			/* the row that was handed out first */
	dlist_head	going;			/* of these, the first of a want that may ask for more */
	int			nheld;			/* without that */
	int64		held_bytes;		/* of their tuples */
	bool		handed_out;		/* the first of held is */
	bool		ended;			/* the child has no more rows */
	MemoryContext cxt;			/* of held rows */
	bool		reads_on;		/* beyond the windows, for remotes that have nothing to do */
	int			nahead;			/* wants that are ahead */
	bool		came_to_one;	/* some want has come to its turn */
	TuyaWant   *latest;			/* of the row that was read last; NULL: no row yet */
	int64		idle_rows;		/* read since one brought something to wait for */
	int64		rows_read;
	int			max_window;
} LookaheadState;

/*
 * ---- begin ----
 */

/*
 * The scan whose rows the plan hands out, one by one; NULL if there is none.  That is
 * where PostgreSQL looks for a cursor's row.
 */
static ScanState *
find_scan(PlanState *ps)
{
	switch (nodeTag(ps))
	{
		case T_SeqScanState:
		case T_SampleScanState:
		case T_IndexScanState:
		case T_IndexOnlyScanState:
		case T_BitmapHeapScanState:
		case T_TidScanState:
		case T_TidRangeScanState:
		case T_ForeignScanState:
		case T_CustomScanState: /* of ours, for another subquery */
			return ((ScanState *) ps)->ss_currentRelation ? (ScanState *) ps : NULL;
		case T_ResultState:
		case T_LimitState:
			return outerPlanState(ps) ? find_scan(outerPlanState(ps)) : NULL;
		case T_SubqueryScanState:
			return find_scan(((SubqueryScanState *) ps)->subplan);
		default:
			return NULL;
	}
}

static void
begin(CustomScanState *node, EState *estate, int eflags)
{
	LookaheadState *state = (LookaheadState *) node;

	outerPlanState(node) = ExecInitNode(outerPlan(node->ss.ps.plan), estate, eflags);
	dlist_init(&state->held);
	dlist_init(&state->going);
	if (tuya_ancestor_is_cursor() && estate->es_epq_active == NULL)
		state->scan = find_scan(outerPlanState(node));
	if (state->scan)
		node->ss.ss_currentRelation = state->scan->ss_currentRelation;
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	state->announcer = tuya_announcer_create(node);
	state->cxt = AllocSetContextCreate(CurrentMemoryContext, "tuya_fdw lookahead",
									   ALLOCSET_DEFAULT_SIZES);
}

/* The window of rows begins and ends ROWS_PER_WANT times as wide as the window of wants. */
static void
init_windows(LookaheadState *state)
{
	bool		early_stop = tuya_ancestor_expect_early_stop(state->css.ss.ps.state->es_plannedstmt,
															 state->css.ss.ps.plan);
	int			concurrency = tuya_announcer_concurrency(state->announcer);

	tuya_window_init(&state->want_window, concurrency, tuya_lookahead_rows, early_stop);
	tuya_window_init(&state->row_window, concurrency * ROWS_PER_WANT,
					 tuya_lookahead_rows * ROWS_PER_WANT, early_stop);
	state->reads_on = !early_stop && tuya_lookahead_rows > 1;
}

static void
find_targets(LookaheadState *state)
{
	state->looked = true;
	state->has_targets = tuya_announcer_find_targets(state->announcer);
	state->execution = tuya_announcer_execution(state->announcer);
	if (state->has_targets)
		init_windows(state);
}

/*
 * ---- held rows ----
 */

/* How many keys a row may ask for. */
static int
most_keys(const LookaheadState *state)
{
	int			room = tuya_announcer_room(state->announcer, &state->want_window) - state->nahead;

	return Min(room, state->want_window.max);
}

/* The row in the slot is the latest one, and wants that. */
static TuyaWant *
want_of(LookaheadState *state, TupleTableSlot *slot)
{
	TuyaWant   *previous = state->latest;
	bool		found;
	TuyaWant   *want = tuya_announcer_want(state->announcer, previous, slot, most_keys(state), &found);

	if (!found && want->ahead)
	{
		state->nahead++;
		state->idle_rows = 0;
	}
	state->idle_rows++;
	state->latest = want;
	if (previous && previous != want && previous->held == 0)
		tuya_announcer_forget(state->announcer, previous);
	return want;
}

/* Whether rows are not read ahead any more. */
static bool
is_idle(const LookaheadState *state)
{
	return state->idle_rows >= state->row_window.max;
}

static void
charge_row(LookaheadState *state, int64 bytes)
{
	state->held_bytes += bytes;
	tuya_execution_charge(state->execution, bytes);
}

/* Where the child's row is in the table on whose rows the node is. */
static ItemPointerData
child_tid(const LookaheadState *state)
{
	if (IsA(state->scan, IndexOnlyScanState))
		return ((const IndexOnlyScanState *) state->scan)->ioss_ScanDesc->xs_heaptid;
	return state->scan->ss_ScanTupleSlot->tts_tid;
}

/* The node's row, which is in its slot, is that row of the table. */
static void
set_tid(LookaheadState *state, ItemPointerData tid)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;

	slot->tts_tid = tid;
	slot->tts_tableOid = RelationGetRelid(state->css.ss.ss_currentRelation);
}

/* Copies the row, which wants that. */
static void
hold(LookaheadState *state, TupleTableSlot *slot, TuyaWant *want)
{
	MemoryContext saved = MemoryContextSwitchTo(state->cxt);
	HeldRow    *row = palloc(sizeof(HeldRow));

	row->tuple = ExecCopySlotMinimalTuple(slot);
	if (state->scan)
		row->tid = child_tid(state);
	row->want = want;
	row->goes_on = want->held++ == 0 && want->goes_on;
	dlist_push_tail(&state->held, &row->node);
	if (row->goes_on)
		dlist_push_tail(&state->going, &row->going);
	state->nheld++;
	charge_row(state, row->tuple->t_len + sizeof(HeldRow));
	MemoryContextSwitchTo(saved);
}

/* What the row asks for is all that it will. */
static void
stop_going(HeldRow *row)
{
	if (row->goes_on)
		dlist_delete(&row->going);
	row->goes_on = false;
}

static void
drop_first(LookaheadState *state)
{
	HeldRow    *row = dlist_container(HeldRow, node, dlist_pop_head_node(&state->held));

	charge_row(state, -(int64) (row->tuple->t_len + sizeof(HeldRow)));
	stop_going(row);
	/* the next row may be like the latest */
	if (--row->want->held == 0 && row->want != state->latest)
		tuya_announcer_forget(state->announcer, row->want);
	pfree(row->tuple);
	pfree(row);
}

static void
drop_all(LookaheadState *state)
{
	ExecClearTuple(state->css.ss.ss_ScanTupleSlot);
	while (!dlist_is_empty(&state->held))
		drop_first(state);
	if (state->latest)
		tuya_announcer_forget(state->announcer, state->latest);
	state->latest = NULL;
	state->nheld = 0;
	state->nahead = 0;
	state->came_to_one = false;
	state->idle_rows = 0;
	state->handed_out = false;
	state->ended = false;
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

/* Reads a row and holds it; false after the last. */
static bool
read_row(LookaheadState *state)
{
	TupleTableSlot *slot = read_child(state);

	if (slot == NULL)
		return false;
	hold(state, slot, want_of(state, slot));
	return true;
}

/* What the first row wants has come to its turn; the one before is consumed. */
static void
come_to_first(LookaheadState *state)
{
	TuyaWant   *want = dlist_head_element(HeldRow, node, &state->held)->want;

	if (!want->ahead)
		return;
	tuya_announcer_come_to(state->announcer, want);
	state->nahead--;
	if (state->came_to_one)
		tuya_window_consume(&state->want_window);
	state->came_to_one = true;
}

/* Whether one more want may be ahead. */
static bool
has_window(const LookaheadState *state)
{
	return state->nahead + 1 < Min(tuya_announcer_room(state->announcer, &state->want_window),
								   state->want_window.size);
}

/* Whether one more row is within the windows, or is to be read on for. */
static bool
is_wanted(const LookaheadState *state)
{
	int			room = tuya_announcer_room(state->announcer, &state->want_window);

	if (has_window(state) && state->nheld < state->row_window.size)
		return true;
	return state->reads_on && state->nahead + 1 < room && state->nheld < state->row_window.max &&
		tuya_announcer_starves(state->announcer, tuya_lookahead_rows);
}

/*
 * Whether to hold one more row.  Half of the memory budget is left for what the
 * rows ask for: without room lookups do not run ahead either.
 */
static bool
may_hold(const LookaheadState *state)
{
	return is_wanted(state) && !is_idle(state) &&
		state->held_bytes < work_mem * (int64) 512 &&
		tuya_execution_has_room(state->execution);
}

/* The row's want is here.  If that are no rows, what the row asks for instead is announced. */
static void
go_on_with(LookaheadState *state, HeldRow *row)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	bool		was_ahead = row->want->ahead;

	ExecForceStoreMinimalTuple(row->tuple, slot, false);
	tuya_announcer_go_on(state->announcer, row->want, slot, most_keys(state));
	ExecClearTuple(slot);
	state->nahead += row->want->ahead && !was_ahead;
}

/* An arm of a choice that has no rows is followed by the next; the row whose turn it is will ask. */
static void
go_on(LookaheadState *state)
{
	dlist_mutable_iter iter;

	stop_going(dlist_head_element(HeldRow, node, &state->held));
	dlist_foreach_modify(iter, &state->going)
	{
		HeldRow    *row = dlist_container(HeldRow, going, iter.cur);

		if (!tuya_announcer_is_complete(row->want))
			continue;
		if (!has_window(state))
			break;
		go_on_with(state, row);
		if (!row->want->goes_on)
			stop_going(row);
	}
}

/* Reads rows as far as the windows go, but one at least. */
static void
fill_window(LookaheadState *state)
{
	if (state->nheld == 0 && !read_row(state))
		return;
	come_to_first(state);
	go_on(state);
	while (may_hold(state) && read_row(state))
		CHECK_FOR_INTERRUPTS();
	state->max_window = Max(state->max_window, state->nahead + 1);
}

/*
 * Where rows need not be held: the child's next row as it is, if it has nothing
 * to wait for; else it is held, and NULL returned.
 */
static TupleTableSlot *
pass_through(LookaheadState *state)
{
	TupleTableSlot *slot = read_child(state);
	TuyaWant   *want;

	if (slot == NULL)
		return NULL;
	want = want_of(state, slot);
	if (tuya_announcer_is_complete(want))
		return slot;
	hold(state, slot, want);
	return NULL;
}

/*
 * ---- rows that are not read ahead ----
 */

/* Makes the child's row, or its end, the node's own. */
static TupleTableSlot *
copy_row(LookaheadState *state, TupleTableSlot *passed)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;

	if (TupIsNull(passed))
		return ExecClearTuple(slot);
	ExecCopySlot(slot, passed);
	if (state->scan)
		set_tid(state, child_tid(state));
	return slot;
}

/* The row before the current one; the child is back there then, or at its beginning. */
static TupleTableSlot *
previous_row(LookaheadState *state)
{
	int			steps = 1 + state->nheld + (state->handed_out && state->ended);
	TupleTableSlot *slot = NULL;

	drop_all(state);
	while (steps-- > 0)
		slot = ExecProcNode(outerPlanState(state));
	return copy_row(state, slot);
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
	if (state->css.ss.ps.state->es_epq_active || !state->has_targets)
		return copy_row(state, ExecProcNode(outerPlanState(state)));
	if (ScanDirectionIsBackward(state->css.ss.ps.state->es_direction))
		return previous_row(state);
	ExecClearTuple(slot);
	if (state->handed_out)
	{
		drop_first(state);
		tuya_window_consume(&state->row_window);
		state->handed_out = false;
	}
	if (state->nheld == 0 && is_idle(state))
	{
		TupleTableSlot *passed = pass_through(state);

		/* its columns are there, which is all that makes a slot virtual */
		if (passed)
			return state->scan ? copy_row(state, passed) : passed;
	}
	fill_window(state);
	if (state->nheld == 0)
		return slot;
	state->nheld--;
	state->handed_out = true;
	row = dlist_head_element(HeldRow, node, &state->held);
	/* the scan slot is virtual, and parents' expressions are compiled for that */
	ExecForceStoreMinimalTuple(row->tuple, slot, false);
	if (state->scan)
		set_tid(state, row->tid);
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
rescan(CustomScanState *node)
{
	LookaheadState *state = (LookaheadState *) node;

	drop_all(state);
	tuya_window_restart(&state->want_window);
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
	ExplainPropertyInteger("Announced", NULL, tuya_announcer_count(state->announcer), es);
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
