/*
 * explain.c
 *		What EXPLAIN shows of a foreign scan.
 *
 * The callback is not told the plan nodes above the scan, by which a nested
 * loop's parameters get their names, so ancestor.c looks for them; where it
 * finds nothing the parameter shows as $n.
 */
#include "postgres.h"

#include "executor/explain.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "nodes/plannodes.h"
#include "utils/rel.h"
#include "utils/builtins.h"
#include "utils/ruleutils.h"

#include "executor/ancestor.h"
#include "planner/key_encode.h"
#include "planner/missing.h"
#include "planner/private.h"
#include "executor/scan.h"

/*
 * ---- properties ----
 */

typedef struct KeyText
{
	ForeignScanState *node;
	List	   *values;			/* of the key expressions */
	List	   *context;		/* for deparse_expression */
	bool		prefix;
} KeyText;

static void
append_terms(StringInfo out, const KeyText *keys, List *terms)
{
	const TuyaColumns *columns = tuya_scan_columns(keys->node);
	TupleDesc	tupdesc = RelationGetDescr(tuya_scan_relation(keys->node));

	for (int term = 0; term < list_length(terms); term += TUYA_KEY_TERM_SIZE)
	{
		AttrNumber	attno = columns->key_attno[tuya_key_term_key(terms, term)];
		const char *name = quote_identifier(NameStr(TupleDescAttr(tupdesc, attno - 1)->attname));
		Node	   *expr = list_nth(keys->values, tuya_key_term_expr(terms, term));
		char	   *value = deparse_expression(expr, keys->context, keys->prefix, false);

		appendStringInfoString(out, term ? " AND " : "");
		if (exprType(expr) == JSONBOID)
			appendStringInfo(out, "%s ? %s", value, name);
		else if (exprType(expr) == JSONBARRAYOID)
			appendStringInfo(out, "to_jsonb(%s) = ANY (%s)", name, value);
		else
			appendStringInfo(out, tuya_key_term_is_array(terms, term) ? "%s = ANY (%s)" : "%s = %s", name, value);
	}
}

static char *
factor_text(const KeyText *keys, List *alternatives)
{
	bool		several = list_length(alternatives) > 1;
	StringInfoData out;
	ListCell   *lc;

	initStringInfo(&out);
	foreach(lc, alternatives)
	{
		appendStringInfoString(&out, out.len ? " OR " : "");
		appendStringInfoString(&out, several ? "(" : "");
		append_terms(&out, keys, lfirst(lc));
		appendStringInfoString(&out, several ? ")" : "");
	}
	return out.data;
}

/* Each key column with what it is compared to. */
static void
show_keys(ForeignScanState *node, ExplainState *es)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	KeyText		keys = {
		.node = node,
		.values = plan->fdw_exprs,
		.context = set_deparse_context_plan(es->deparse_cxt, (Plan *) plan,
											tuya_ancestor_find(es->pstmt, (Plan *) plan)),
		.prefix = list_length(es->rtable) > 1
	};
	TuyaPrivate private = tuya_private_get(plan);
	List	   *shown = NIL;
	ListCell   *lc;

	/* all that there is */
	if (private.keys == NIL && private.missing == NIL)
		return;
	foreach(lc, private.keys)
	{
		shown = lappend(shown, factor_text(&keys, lfirst(lc)));
	}
	ExplainPropertyList("Remote Keys", shown, es);
}

/* The key columns that have no value: the scan will fail. */
static void
show_missing(ForeignScan *plan, ExplainState *es)
{
	List	   *missing = tuya_private_get(plan).missing;

	if (missing == NIL)
		return;
	ExplainPropertyText("Missing Keys", strVal(list_nth(missing, TUYA_MISSING_KEYS)), es);
	ExplainPropertyText("Missing Keys Detail", strVal(list_nth(missing, TUYA_MISSING_DETAIL)), es);
}

static void
show_counters(const TuyaCounters *counters, bool cached, ExplainState *es)
{
	ExplainPropertyInteger("Lookups", NULL, counters->lookups, es);
	ExplainPropertyInteger("Requests", NULL, counters->requests, es);
	ExplainPropertyInteger("Deduplicated", NULL, counters->deduplicated, es);
	if (cached)
		ExplainPropertyInteger("Cache Hits", NULL, counters->cache_hits, es);
	if (!es->summary)
		return;
	/* what differs from run to run */
	if (counters->cache_hits > 0)
		ExplainPropertyFloat("Oldest Hit", "s", counters->oldest_hit_us / 1000000.0, 3, es);
	ExplainPropertyInteger("Retries", NULL, counters->retries, es);
	ExplainPropertyInteger("Throttled", NULL, counters->throttled, es);
	ExplainPropertyInteger("Rate Limit Waits", NULL, counters->held, es);
	ExplainPropertyInteger("Peak In Flight", NULL, counters->peak_in_flight, es);
	ExplainPropertyInteger("Bytes Received", NULL, counters->bytes_received, es);
	if (es->timing)
		ExplainPropertyFloat("Wait Time", "ms", counters->wait_us / 1000.0, 3, es);
}

void
tuya_ExplainForeignScan(ForeignScanState *node, ExplainState *es)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	const TuyaCounters *counters = tuya_scan_counters(node);
	const char *action = tuya_scan_columns(node)->action->name;

	if (es->verbose)
	{
		ExplainPropertyText("Remote Action",
							tuya_private_get(plan).counts ?
							psprintf("%s, for its total", action) : action, es);
		show_keys(node, es);
		show_missing(plan, es);
		if (tuya_scan_columns(node)->action->page_size_max > 0)
			ExplainPropertyInteger("Page Size", NULL, tuya_scan_settings(node)->page_size, es);
		ExplainPropertyInteger("Concurrency", NULL, tuya_scan_settings(node)->concurrency, es);
	}
	if (es->analyze && counters)
		show_counters(counters, tuya_scan_settings(node)->cache_ttl > 0, es);
}
