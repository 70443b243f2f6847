/*
 * scan.c
 *		Execution of a foreign scan: begin, iterate, rescan, end.
 *
 * Begin resolves options and credentials, since the plan has none, and makes no
 * request.  The keys are evaluated when the first row is asked for; then the
 * scan starts their lookup and reads it.  A rescan evaluates them again; the
 * execution knows what was asked before.
 *
 * The EState's memory context owns the state.
 */
#include "postgres.h"

#include "scan.h"

#include "executor/executor.h"
#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "compat.h"
#include "convert.h"
#include "execution.h"
#include "failure.h"
#include "plan.h"
#include "remote.h"

typedef struct TuyaScan
{
	Relation	relation;
	TuyaColumns *columns;
	TuyaSettings settings;		/* server's and table's */
	List	   *keys;			/* TuyaKeyIds of key_states */
	List	   *key_states;		/* ExprState */
	TuyaExecution *execution;	/* NULL: EXPLAIN only */
	TuyaFetcher *fetcher;
	TuyaCounters *counters;
	TuyaConverter *converter;
	TuyaReader	reader;
	bool		opened;			/* keys are evaluated */
	bool		exhausted;		/* no more rows for these keys */
	MemoryContext key_cxt;		/* of key and what is made from it */
	MemoryContext row_cxt;		/* of the row in the slot */
	Datum		key[TUYA_KEY_COUNT];	/* text, not toasted */
} TuyaScan;

/*
 * ---- begin ----
 */

static void
begin_reading(ForeignScanState *node, TuyaScan *state, ForeignTable *table,
			  ForeignServer *server)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	UserMapping *mapping = GetUserMapping(tuya_compat_scan_user(node), table->serverid);

	state->execution = tuya_execution_enter(node->ss.ps.state);
	state->fetcher = tuya_remote_get(server, mapping);
	tuya_execution_pin(state->execution, state->fetcher);
	state->counters = MemoryContextAllocZero(tuya_execution_context(state->execution),
											 sizeof(TuyaCounters));
	tuya_fetcher_init_reader(&state->reader, state->counters);
	state->converter = tuya_convert_create(state->relation, state->columns,
										   list_nth(plan->fdw_private, TUYA_PLAN_ATTRIBUTES));
	state->key_states = ExecInitExprList(plan->fdw_exprs, &node->ss.ps);
	state->key_cxt = AllocSetContextCreate(CurrentMemoryContext, "tuya_fdw key",
										   ALLOCSET_SMALL_SIZES);
	state->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "tuya_fdw row",
										   ALLOCSET_SMALL_SIZES);
}

void
tuya_BeginForeignScan(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	TuyaScan   *state = palloc0(sizeof(TuyaScan));
	ForeignTable *table;
	ForeignServer *server;

	node->fdw_state = state;
	state->relation = node->ss.ss_currentRelation;
	table = GetForeignTable(RelationGetRelid(state->relation));
	server = GetForeignServer(table->serverid);
	tuya_option_get(&state->settings, server, table, NULL);
	state->columns = tuya_column_get(state->relation);
	state->keys = list_nth(plan->fdw_private, TUYA_PLAN_KEYS);
	if (!(eflags & EXEC_FLAG_EXPLAIN_ONLY))
		begin_reading(node, state, table, server);
}

/*
 * ---- keys ----
 */

static const char *
key_column_name(const TuyaScan *state, int key)
{
	AttrNumber	attno = state->columns->key_attno[key];

	if (attno == 0)
		return tuya_column_key_name(key);
	return NameStr(TupleDescAttr(RelationGetDescr(state->relation), attno - 1)->attname);
}

/* "j.product_key = i.product_key AND ..." for the hint. */
static const char *
lateral_condition(const TuyaScan *state)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int key = 0; key < TUYA_KEY_COUNT; key++)
		appendStringInfo(&text, "%sj.%s = i.%s", key ? " AND " : "",
						 quote_identifier(key_column_name(state, key)),
						 tuya_column_key_name(key));
	return text.data;
}

static void
refuse_missing_keys(const TuyaScan *state)
{
	const char *table = RelationGetRelationName(state->relation);
	StringInfoData missing;
	bool		no_column = false;

	initStringInfo(&missing);
	for (int key = 0; key < TUYA_KEY_COUNT; key++)
		if (!list_member_int(state->keys, key))
		{
			appendStringInfo(&missing, "%s%s", missing.len ? ", " : "",
							 key_column_name(state, key));
			no_column |= state->columns->key_attno[key] == 0;
		}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
			 errmsg("key of foreign table \"%s\" is missing", table),
			 no_column ?
			 errdetail("The table lacks a column for at least one of: %s.", missing.data) :
			 errdetail("No usable condition says what is equal to: %s.", missing.data),
			 errhint("The service is asked by product key, device name and firmware id, so each needs a condition \"column = value\"."
					 " Where a join cannot pass them through GROUP BY, DISTINCT, window functions, LIMIT or an outer join, write"
					 " FROM inventory i CROSS JOIN LATERAL (SELECT ... FROM %s j WHERE %s) x.",
					 quote_identifier(table), lateral_condition(state))));
}

/* Throws unless the key may be sent. */
static void
check_key(const TuyaScan *state, int key, const char *utf8)
{
	size_t		len = strlen(utf8);

	if (len > 0 && len <= KEY_BYTES_MAX)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("value for key column \"%s\" of foreign table \"%s\" is %s",
					key_column_name(state, key), RelationGetRelationName(state->relation),
					len == 0 ? "empty" : "too long"),
			 len == 0 ? 0 : errdetail("It has %zu bytes in UTF-8, and %d are allowed.",
									  len, KEY_BYTES_MAX)));
}

/* Evaluates the keys into state->key; false if one is NULL. */
static bool
evaluate_keys(ForeignScanState *node, TuyaScan *state)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	ListCell   *id;
	ListCell   *expr;

	forboth(id, state->keys, expr, state->key_states)
	{
		MemoryContext saved;
		bool		isnull;
		Datum		value = ExecEvalExprSwitchContext(lfirst(expr), econtext, &isnull);

		if (isnull)
			return false;
		saved = MemoryContextSwitchTo(state->key_cxt);
		state->key[lfirst_int(id)] = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
		MemoryContextSwitchTo(saved);
	}
	return true;
}

static void
make_request(TuyaScan *state, TuyaRequest *request)
{
	for (int key = 0; key < TUYA_KEY_COUNT; key++)
	{
		char	   *value = TextDatumGetCString(state->key[key]);
		char	   *utf8 = pg_server_to_any(value, strlen(value), PG_UTF8);

		check_key(state, key, utf8);
		request->parameter[key] = state->columns->key_parameter[key];
		request->value[key] = utf8;
	}
	request->page_size = state->settings.page_size;
	request->on_incomplete = state->settings.on_incomplete;
}

/* Starts the lookup of the current keys and opens it for reading. */
static void
open_lookup(ForeignScanState *node, TuyaScan *state)
{
	MemoryContext saved;
	TuyaRequest request;

	state->opened = true;
	state->exhausted = true;
	if (list_length(state->keys) < TUYA_KEY_COUNT)
		refuse_missing_keys(state);
	MemoryContextReset(state->key_cxt);
	if (!evaluate_keys(node, state))
		return;

	saved = MemoryContextSwitchTo(state->key_cxt);
	make_request(state, &request);
	MemoryContextSwitchTo(saved);
	tuya_fetcher_open(&state->reader,
					  tuya_fetcher_start(state->fetcher, state->execution, &request,
										 state->counters));
	state->exhausted = false;
}

/*
 * ---- rows ----
 */

/* For which table and key something failed. */
static void
add_context(void *arg)
{
	TuyaScan   *state = arg;
	StringInfoData names;
	StringInfoData values;

	initStringInfo(&names);
	initStringInfo(&values);
	for (int key = 0; key < TUYA_KEY_COUNT; key++)
	{
		char	   *value = TextDatumGetCString(state->key[key]);

		value[pg_mbcliplen(value, strlen(value), REMOTE_TEXT_BYTES_MAX)] = '\0';
		for (char *p = value; *p; p++)
			if ((unsigned char) *p < ' ' || *p == 0x7f)
				*p = '?';
		appendStringInfo(&names, "%s%s", key ? ", " : "", key_column_name(state, key));
		appendStringInfo(&values, "%s\"%s\"", key ? ", " : "", value);
	}
	errcontext("lookup in foreign table \"%s\" of (%s) = (%s)",
			   RelationGetRelationName(state->relation), names.data, values.data);
}

static bool
next_row(TuyaScan *state, TuyaRow *row)
{
	ErrorContextCallback callback = {
		.callback = add_context,.arg = state,.previous = error_context_stack
	};
	bool		found;

	error_context_stack = &callback;
	found = tuya_fetcher_next_row(&state->reader, row);
	error_context_stack = callback.previous;
	return found;
}

TupleTableSlot *
tuya_IterateForeignScan(ForeignScanState *node)
{
	TuyaScan   *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	MemoryContext saved;
	TuyaRow		row;

	/* in this order: the slot points into both contexts */
	ExecClearTuple(slot);
	MemoryContextReset(state->row_cxt);
	if (!state->opened)
		open_lookup(node, state);
	if (state->exhausted)
		return slot;

	saved = MemoryContextSwitchTo(state->row_cxt);
	if (next_row(state, &row))
		tuya_convert_row(state->converter, &row, state->key, slot);
	else
		state->exhausted = true;
	MemoryContextSwitchTo(saved);
	return slot;
}

void
tuya_ReScanForeignScan(ForeignScanState *node)
{
	TuyaScan   *state = node->fdw_state;

	state->opened = false;
}

void
tuya_EndForeignScan(ForeignScanState *node)
{
	TuyaScan   *state = node->fdw_state;

	if (state == NULL || state->execution == NULL)
		return;
	tuya_fetcher_open(&state->reader, NULL);
	tuya_execution_leave(state->execution);
}

/*
 * ---- for EXPLAIN ----
 */

const TuyaColumns *
tuya_scan_columns(ForeignScanState *node)
{
	return ((TuyaScan *) node->fdw_state)->columns;
}

const TuyaSettings *
tuya_scan_settings(ForeignScanState *node)
{
	return &((TuyaScan *) node->fdw_state)->settings;
}

const TuyaCounters *
tuya_scan_counters(ForeignScanState *node)
{
	return ((TuyaScan *) node->fdw_state)->counters;
}
