/*
 * scan.c
 *		Execution of a foreign scan: begin, iterate, rescan, end.
 *
 * Begin resolves options and credentials, since the plan has none, and makes no
 * request.  The keys are evaluated when the first row is asked for; then the
 * scan starts their lookups, a window ahead of the one that it reads.  A rescan
 * evaluates them again; the execution knows what was asked before.
 *
 * The EState's memory context owns the state.
 */
#include "postgres.h"

#include "executor/scan.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "executor/executor.h"
#include "foreign/foreign.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "executor/address.h"
#include "executor/ancestor.h"
#include "executor/certain.h"
#include "compat.h"
#include "executor/convert.h"
#include "executor/execution.h"
#include "executor/gatekeeper.h"
#include "planner/gate.h"
#include "planner/key_encode.h"
#include "executor/keyset.h"
#include "executor/keytype.h"
#include "planner/missing.h"
#include "planner/partition.h"
#include "executor/membership.h"
#include "planner/private.h"
#include "fetch/remote.h"
#include "settings.h"
#include "util/window.h"

/* A lookup that is being read, or will be. */
typedef struct StartedLookup
{
	dlist_node	node;			/* in TuyaScan.started */
	TuyaEntry  *lookup;			/* NULL: it cannot be, which is for its turn to say */
	Datum		key[TUYA_KEYS_MAX]; /* the key set's */
} StartedLookup;

typedef struct TuyaScan
{
	Relation	relation;
	bool		own_relation;	/* opened here: the plan node has none */
	bool		counts;			/* hands out how many rows there are */
	bool		counted;		/* has done so */
	TuyaColumns *columns;
	TuyaSettings settings;		/* server's and table's */
	TuyaAddressing from;		/* these three, and whose rows they are */
	int			keys;			/* 1 << TuyaKeyId of those that the plan binds */
	TuyaExecution *execution;	/* NULL: EXPLAIN only */
	TuyaFetcher *fetcher;
	TuyaCounters *counters;
	TuyaConverter *converter;
	TuyaKeySet *keyset;
	TuyaKeyType *keytype;		/* NULL: the key columns hold any text */
	TuyaMembership *membership; /* NULL: the table is none */
	TuyaGatekeeper *gatekeeper;
	TuyaFetchReader reader;
	bool		may_rescan;
	bool		asked;			/* for a row */
	bool		evaluated;		/* keyset is, unless ... */
	bool		shut;			/* ... no key at all can have rows */
	bool		announced;		/* a lookahead node starts the lookups before */
	TuyaWindow	window;			/* how many lookups to start ahead */
	dlist_head	started;		/* StartedLookups, the one being read first */
	int			nstarted;
	MemoryContext cxt;			/* of the state */
	MemoryContext request_cxt;	/* of one request, while it is made */
	MemoryContext row_cxt;		/* of the row in the slot */
} TuyaScan;

/*
 * ---- begin ----
 */

static void
begin_reading(ForeignScanState *node, TuyaScan *state, ForeignTable *table)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	TuyaPrivate private = tuya_private_get(plan);
	bool		early_stop = tuya_ancestor_may_stop_early(node->ss.ps.state->es_plannedstmt,
														  (Plan *) plan);

	state->execution = tuya_execution_enter(node->ss.ps.state);
	tuya_execution_add_scan(state->execution, plan->scan.plan.plan_node_id, node);
	state->fetcher = tuya_remote_get(tuya_compat_scan_user(node), table->serverid);
	tuya_execution_pin_fetcher(state->execution, state->fetcher);
	state->from.asker = tuya_fetcher_asker(state->fetcher);
	state->counters = MemoryContextAllocZero(tuya_execution_context(state->execution),
											 sizeof(TuyaCounters));
	tuya_fetcher_init_reader(&state->reader, state->counters, early_stop);
	tuya_window_init(&state->window, state->settings.concurrency, tuya_lookahead_rows, early_stop);
	if (!state->counts)
		state->converter =
			tuya_convert_create(state->relation, state->columns,
								list_concat(tuya_partition_attributes(state->relation, state->columns),
											private.attributes));
	state->keyset = tuya_keyset_create(private.keys, tuya_gate_refer_to_key(plan->fdw_exprs, plan),
									   &node->ss.ps);
	state->keytype = tuya_keytype_create(state->relation, state->columns, node->ss.ps.state);
	state->membership = tuya_membership_create(state->relation, state->columns, node->ss.ps.state);
	state->gatekeeper = tuya_gatekeeper_create(tuya_gate_row_quals(plan),
											   tuya_gate_refer_to_key(tuya_gate_key_quals(plan), plan),
											   &node->ss.ps);
	dlist_init(&state->started);
	state->cxt = CurrentMemoryContext;
	state->request_cxt = AllocSetContextCreate(CurrentMemoryContext, "tuya_fdw request",
											   ALLOCSET_SMALL_SIZES);
	state->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "tuya_fdw row",
										   ALLOCSET_SMALL_SIZES);
}

/* A scan that counts has no relation of its own in the plan. */
static void
find_relation(ForeignScanState *node, TuyaScan *state)
{
	Index		rti = tuya_compat_scan_rti((ForeignScan *) node->ss.ps.plan);

	state->relation = node->ss.ss_currentRelation;
	if (state->relation)
		return;
	/* the executor has it locked */
	state->relation = table_open(exec_rt_fetch(rti, node->ss.ps.state)->relid, NoLock);
	state->own_relation = true;
}

/* Whether the statement reads the table in one place only. */
static bool
is_only_scan(const TuyaScan *state, const PlannedStmt *pstmt)
{
	int			count = 0;
	ListCell   *lc;

	foreach(lc, pstmt->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_RELATION && rte->relid == RelationGetRelid(state->relation))
			count++;
	}
	return count == 1;
}

/*
 * A page no larger than the action has, nor than a LIMIT needs; but another scan of
 * the table asks for whole pages, and the two should share them.
 */
static void
shrink_page(ForeignScanState *node, TuyaScan *state)
{
	int			limit = tuya_private_get((ForeignScan *) node->ss.ps.plan).limit;
	int			most = state->columns->action->page_size_max;

	if (most > 0)
		state->settings.page_size = Min(state->settings.page_size, most);
	if (limit > 0 && is_only_scan(state, node->ss.ps.state->es_plannedstmt))
		state->settings.page_size = Min(state->settings.page_size, limit);
}

void
tuya_BeginForeignScan(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	TuyaPrivate private = tuya_private_get(plan);
	TuyaScan   *state = palloc0(sizeof(TuyaScan));
	ForeignTable *table;

	node->fdw_state = state;
	find_relation(node, state);
	table = GetForeignTable(RelationGetRelid(state->relation));
	tuya_option_get(&state->settings, GetForeignServer(table->serverid), table, NULL);
	state->columns = tuya_column_get(state->relation);
	shrink_page(node, state);
	state->from.relation = state->relation;
	state->from.columns = state->columns;
	state->from.settings = &state->settings;
	state->keys = tuya_key_encoded_keys(private.keys);
	state->counts = private.counts;
	if (!(eflags & EXEC_FLAG_EXPLAIN_ONLY))
	{
		begin_reading(node, state, table);
		state->may_rescan = (eflags & (EXEC_FLAG_REWIND | EXEC_FLAG_BACKWARD)) != 0 ||
			tuya_ancestor_may_rescan(node->ss.ps.state->es_plannedstmt, (Plan *) plan);
	}
}

/*
 * ---- keys ----
 */

/*
 * Starts the lookup of that key.  When it is only announced and may not be sent,
 * that is for the scan to say, if it comes to it: NULL.
 */
static TuyaEntry *
start_lookup(TuyaScan *state, const Datum key[TUYA_KEYS_MAX], bool announce)
{
	MemoryContext saved = MemoryContextSwitchTo(state->request_cxt);
	TuyaEntry  *lookup = NULL;
	TuyaQuery	query;
	int			wrong = tuya_address_make(&state->from, key, &query);
	bool		found = false;

	if (wrong < 0)
		lookup = tuya_execution_start(state->execution, state->fetcher, &query,
									  state->counters, &found);
	else if (!announce)
		tuya_address_refuse(&state->from, key, wrong, query.value[wrong]);
	if (found && (announce || !state->announced))
		state->counters->deduplicated++;
	MemoryContextSwitchTo(saved);
	MemoryContextReset(state->request_cxt);
	return lookup;
}

/*
 * ---- lookups ----
 */

static void
evaluate_keys(ForeignScanState *node, TuyaScan *state)
{
	if (!tuya_key_suffices(state->columns, state->keys))
		tuya_missing_refuse(RelationGetRelationName(state->relation),
							tuya_private_get((ForeignScan *) node->ss.ps.plan).missing);
	state->shut = !tuya_gatekeeper_is_open(state->gatekeeper, NULL);
	if (!state->shut)
		tuya_keyset_evaluate(state->keyset, state->columns->action, node->ss.ps.ps_ExprContext);
	state->evaluated = true;
	/* by now all scans of the execution are there */
	state->reader.rows.once = tuya_execution_set_reads_once(state->execution, !state->may_rescan);
}

/* Whether the table may show rows of that key; if not, nobody is asked. */
static bool
may_have_rows(const TuyaScan *state, const Datum key[TUYA_KEYS_MAX])
{
	return (state->keytype == NULL || tuya_keytype_holds(state->keytype, key)) &&
		(state->membership == NULL || tuya_membership_may_have(state->membership, key));
}

/* The next key that is worth asking for; false after the last. */
static bool
next_key(TuyaScan *state, Datum key[TUYA_KEYS_MAX])
{
	while (!state->shut && tuya_keyset_next(state->keyset, key))
	{
		if (may_have_rows(state, key) && tuya_gatekeeper_is_open_for(state->gatekeeper, key, NULL))
			return true;
		CHECK_FOR_INTERRUPTS();
	}
	return false;
}

static void
start_next(TuyaScan *state, const Datum key[TUYA_KEYS_MAX], bool announce)
{
	StartedLookup *started = MemoryContextAlloc(state->cxt, sizeof(StartedLookup));

	memcpy(started->key, key, sizeof(started->key));
	started->lookup = start_lookup(state, key, announce);
	if (started->lookup)
		(void) tuya_execution_pin_lookup(state->execution, started->lookup);
	dlist_push_tail(&state->started, &started->node);
	state->nstarted++;
}

/* Starts lookups as far as the window goes, but one at least. */
static void
fill_window(TuyaScan *state)
{
	Datum		key[TUYA_KEYS_MAX];

	while (state->nstarted < state->window.size &&
		   (state->nstarted == 0 || tuya_execution_has_room(state->execution)) &&
		   next_key(state, key))
		start_next(state, key, false);
}

/* Starts so many lookups at most of a scan that is not asked for a row yet. */
static void
fill_ahead(ForeignScanState *node, int most)
{
	TuyaScan   *state = node->fdw_state;
	Datum		key[TUYA_KEYS_MAX];

	if (!state->evaluated)
		evaluate_keys(node, state);
	while (state->nstarted < Min(most, state->window.size) &&
		   tuya_execution_has_room(state->execution) && next_key(state, key))
		start_next(state, key, true);
}

/* Finds those scans that will certainly be read as well as this one. */
static void
find_expected(ForeignScanState *node, TuyaScan *state)
{
	const EState *estate = node->ss.ps.state;
	Bitmapset  *ids;
	int			id = -1;

	if (!tuya_enable_lookahead || estate->es_epq_active)
		return;
	ids = tuya_certain_scans(estate->es_plannedstmt, node->ss.ps.plan->plan_node_id,
							 tuya_ancestor_is_cursor());
	while ((id = bms_next_member(ids, id)) >= 0)
	{
		ForeignScanState *other = tuya_execution_scan(state->execution, id);

		if (other && !((TuyaScan *) other->fdw_state)->asked)
			tuya_execution_expect(state->execution, other);
	}
}

/* The scan is asked for its first row. */
static void
come_to(ForeignScanState *node, TuyaScan *state)
{
	state->asked = true;
	if (!tuya_execution_has_come(state->execution, node))
		find_expected(node, state);
}

/* Starts what others will ask for after this one, all together as far as a window goes. */
static void
start_expected(TuyaScan *state)
{
	int			left = state->window.max - state->nstarted;
	ListCell   *lc;

	foreach(lc, tuya_execution_expected(state->execution))
	{
		ForeignScanState *other = lfirst(lc);

		if (left <= 0)
			break;
		fill_ahead(other, left);
		left -= ((TuyaScan *) other->fdw_state)->nstarted;
	}
}

static StartedLookup *
current_lookup(const TuyaScan *state)
{
	return dlist_container(StartedLookup, node, state->started.head.next);
}

static void
drop_current(TuyaScan *state)
{
	StartedLookup *current = current_lookup(state);

	tuya_execution_open(&state->reader, NULL);
	dlist_delete(&current->node);
	state->nstarted--;
	if (current->lookup)
		tuya_execution_unpin_lookup(state->execution, current->lookup);
	pfree(current);
}

/* Makes the next lookup the current one; false if there are no more. */
static bool
next_lookup(TuyaScan *state)
{
	if (state->reader.transfer)
	{
		drop_current(state);
		tuya_window_consume(&state->window);
	}
	fill_window(state);
	start_expected(state);
	if (state->nstarted == 0)
		return false;
	/* that key may not be sent, which is said now */
	if (current_lookup(state)->lookup == NULL)
		(void) start_lookup(state, current_lookup(state)->key, false);
	tuya_execution_open(&state->reader, current_lookup(state)->lookup);
	return true;
}

/*
 * ---- rows ----
 */

/* For which table and key something failed. */
static void
add_context(void *arg)
{
	TuyaScan   *state = arg;

	errcontext("lookup in foreign table \"%s\" of %s",
			   RelationGetRelationName(state->relation), tuya_address_describe(&state->from, current_lookup(state)->key));
}

/* The next row of the current lookup. */
static bool
next_row_of_lookup(TuyaScan *state, TuyaRow *row)
{
	ErrorContextCallback callback = {
		.callback = add_context,.arg = state,.previous = error_context_stack
	};
	bool		found;

	error_context_stack = &callback;
	found = tuya_execution_next_row(state->execution, &state->reader, row);
	error_context_stack = callback.previous;
	return found;
}

static int64
count_lookup(TuyaScan *state)
{
	ErrorContextCallback callback = {
		.callback = add_context,.arg = state,.previous = error_context_stack
	};
	int64		count;

	error_context_stack = &callback;
	count = tuya_execution_count(state->execution, &state->reader);
	error_context_stack = callback.previous;
	return count;
}

static bool
next_row(TuyaScan *state, TuyaRow *row)
{
	while (state->reader.transfer || next_lookup(state))
	{
		if (next_row_of_lookup(state, row))
			return true;
		if (!next_lookup(state))
			return false;
	}
	return false;
}

/* Hands out one row, how many rows the lookups of all keys have. */
static void
count_rows(TuyaScan *state, TupleTableSlot *slot)
{
	int64		count = 0;

	if (state->counted)
		return;
	state->counted = true;
	while (next_lookup(state))
		count += count_lookup(state);
	/* count(*), count(1) and the like: the same in each column */
	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
	{
		slot->tts_values[i] = Int64GetDatum(count);
		slot->tts_isnull[i] = false;
	}
	ExecStoreVirtualTuple(slot);
}

/* System columns can be read of a heap tuple only; they say nothing here. */
static void
make_heap_tuple(TupleTableSlot *slot)
{
	HeapTuple	tuple = heap_form_tuple(slot->tts_tupleDescriptor, slot->tts_values,
										slot->tts_isnull);

	/* what else would show is how the tuple was made */
	HeapTupleHeaderSetXmax(tuple->t_data, InvalidTransactionId);
	HeapTupleHeaderSetXmin(tuple->t_data, InvalidTransactionId);
	HeapTupleHeaderSetCmin(tuple->t_data, InvalidTransactionId);
	ExecStoreHeapTuple(tuple, slot, false);
}

TupleTableSlot *
tuya_IterateForeignScan(ForeignScanState *node)
{
	TuyaScan   *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	MemoryContext saved;
	TuyaRow		row;

	/* in this order: the slot points into the row's context and the key set's */
	ExecClearTuple(slot);
	MemoryContextReset(state->row_cxt);
	if (!state->asked)
		come_to(node, state);
	if (!state->evaluated)
		evaluate_keys(node, state);
	if (state->counts)
	{
		count_rows(state, slot);
		return slot;
	}

	saved = MemoryContextSwitchTo(state->row_cxt);
	while (next_row(state, &row))
	{
		tuya_convert_row(state->converter, &row, current_lookup(state)->key, slot);
		if (state->membership == NULL || tuya_membership_has(state->membership, slot))
			break;
		ExecClearTuple(slot);
	}
	if (!TupIsNull(slot) && ((ForeignScan *) node->ss.ps.plan)->fsSystemCol)
		make_heap_tuple(slot);
	MemoryContextSwitchTo(saved);
	return slot;
}

/*
 * EvalPlanQual may ask this of a scan without a relation in place of the next
 * row, in a subquery that is not being rechecked, too: there is no row of
 * another time to check, so it is the next row in either case.
 */
bool
tuya_RecheckForeignScan(ForeignScanState *node, TupleTableSlot *slot)
{
	MemoryContext saved;

	if (((ForeignScan *) node->ss.ps.plan)->scan.scanrelid > 0)
		return true;
	saved = MemoryContextSwitchTo(node->ss.ps.ps_ExprContext->ecxt_per_tuple_memory);
	tuya_IterateForeignScan(node);
	MemoryContextSwitchTo(saved);
	return !TupIsNull(slot);
}

void
tuya_ReScanForeignScan(ForeignScanState *node)
{
	TuyaScan   *state = node->fdw_state;

	while (state->nstarted > 0)
		drop_current(state);
	tuya_window_restart(&state->window);
	state->evaluated = false;
	state->counted = false;
	state->may_rescan = true;
}

void
tuya_EndForeignScan(ForeignScanState *node)
{
	TuyaScan   *state = node->fdw_state;

	if (state == NULL)
		return;
	if (state->execution)
	{
		tuya_ReScanForeignScan(node);
		tuya_execution_leave(state->execution);
	}
	if (state->own_relation)
		table_close(state->relation, NoLock);
}

/*
 * ---- for lookahead ----
 */

void
tuya_scan_set_announced(ForeignScanState *node)
{
	((TuyaScan *) node->fdw_state)->announced = true;
}

void
tuya_scan_count_duplicates(ForeignScanState *node, int n)
{
	((TuyaScan *) node->fdw_state)->counters->deduplicated += n;
}

TuyaEntry *
tuya_scan_announce(ForeignScanState *node, const Datum key[TUYA_KEYS_MAX])
{
	TuyaScan   *state = node->fdw_state;

	if (!may_have_rows(state, key))
		return NULL;
	return start_lookup(state, key, true);
}

/*
 * ---- for EXPLAIN and lookahead ----
 */

const TuyaColumns *
tuya_scan_columns(ForeignScanState *node)
{
	return ((TuyaScan *) node->fdw_state)->columns;
}

Relation
tuya_scan_relation(ForeignScanState *node)
{
	return ((TuyaScan *) node->fdw_state)->relation;
}

const TuyaSettings *
tuya_scan_settings(ForeignScanState *node)
{
	return &((TuyaScan *) node->fdw_state)->settings;
}

TuyaFetcher *
tuya_scan_fetcher(ForeignScanState *node)
{
	return ((TuyaScan *) node->fdw_state)->fetcher;
}

const TuyaCounters *
tuya_scan_counters(ForeignScanState *node)
{
	return ((TuyaScan *) node->fdw_state)->counters;
}
