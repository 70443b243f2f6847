/*
 * stats.c
 *		SQL: tuya_fdw_stats(), which the view of that name shows, and its reset.
 *
 * A row is for those who may see the mapping: members of its role, for PUBLIC's of the
 * server's owner, and of pg_read_all_stats.  Rows of what was dropped are not shown.
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "fetch/limiter.h"
#include "fetch/quota.h"
#include "fetch/stats.h"
#include "monitor/mapping.h"

/* before 16 PG_FUNCTION_INFO_V1 does not export the function itself */
PGDLLEXPORT Datum tuya_fdw_stats(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum tuya_fdw_stats_reset(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(tuya_fdw_stats);
PG_FUNCTION_INFO_V1(tuya_fdw_stats_reset);

#define COLUMNS 28

/* A row that is being filled, column by column. */
typedef struct RowBuilder
{
	int			n;
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];
} RowBuilder;

static void
put(RowBuilder *row, Datum value)
{
	row->values[row->n++] = value;
}

static void
put_null(RowBuilder *row)
{
	row->nulls[row->n] = true;
	put(row, (Datum) 0);
}

static void
put_name(RowBuilder *row, const char *name)
{
	put(row, DirectFunctionCall1(namein, CStringGetDatum(name)));
}

static void
put_count(RowBuilder *row, int64 count)
{
	put(row, Int64GetDatum(count));
}

static void
put_ms(RowBuilder *row, int64 us)
{
	put(row, Float8GetDatum((double) us / 1000.0));
}

/* Requests/s; 0 is none, or unknown. */
static void
put_rate(RowBuilder *row, double rate)
{
	if (rate > 0)
		put(row, Float8GetDatum(rate));
	else
		put_null(row);
}

static void
put_reply_times(RowBuilder *row, const TuyaStatsRow *stats)
{
	Datum		counts[TUYA_REPLY_TIMES];

	for (int i = 0; i < TUYA_REPLY_TIMES; i++)
		counts[i] = Int64GetDatum(stats->count[TUYA_METRIC_REPLY_TIMES + i]);
	put(row, PointerGetDatum(construct_array(counts, TUYA_REPLY_TIMES, INT8OID, sizeof(int64),
											 FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
}

static void
put_rates(RowBuilder *row, const TuyaStatsRow *stats)
{
	double		rate;
	double		learned;

	tuya_limiter_look(stats->notes.account, stats->notes.rate_limit, &rate, &learned);
	put_rate(row, rate);
	put_rate(row, learned);
}

/* Of the server, by all its mappings. */
static void
put_today(RowBuilder *row, Oid server_id)
{
	int64		requests = tuya_quota_today(server_id);

	if (requests < 0)
		put_null(row);
	else
		put_count(row, requests);
}

static void
put_error(RowBuilder *row, const TuyaStatsNotes *notes)
{
	if (notes->error_time == 0)
	{
		put_null(row);
		put_null(row);
		return;
	}
	put(row, CStringGetTextDatum(notes->error));
	put(row, TimestampTzGetDatum(notes->error_time));
}

/* The columns of sql/tuya_fdw--1.0--1.1.sql, in their order. */
static void
fill(RowBuilder *row, const TuyaStatsRow *stats, const char *server_name, const char *user_name)
{
	static const TuyaMetric counts[] = {
		TUYA_METRIC_LOOKUPS, TUYA_METRIC_DEDUPLICATED, TUYA_METRIC_CACHE_HITS,
		TUYA_METRIC_REQUESTS, TUYA_METRIC_RETRIES, TUYA_METRIC_THROTTLED,
		TUYA_METRIC_ERRORS + TUYA_COUNT_CREDENTIALS, TUYA_METRIC_ERRORS + TUYA_COUNT_CLOCK,
		TUYA_METRIC_ERRORS + TUYA_COUNT_REQUEST, TUYA_METRIC_ERRORS + TUYA_COUNT_SERVICE,
		TUYA_METRIC_ERRORS + TUYA_COUNT_TRANSPORT, TUYA_METRIC_ERRORS + TUYA_COUNT_MALFORMED,
		TUYA_METRIC_ROWS, TUYA_METRIC_BYTES, TUYA_METRIC_CONNECTIONS
	};

	put_name(row, server_name);
	put_name(row, user_name);
	for (size_t i = 0; i < lengthof(counts); i++)
		put_count(row, stats->count[counts[i]]);
	put_ms(row, stats->count[TUYA_METRIC_REPLY_US]);
	put_ms(row, stats->reply_us_max);
	put_reply_times(row, stats);
	put_count(row, stats->count[TUYA_METRIC_IN_FLIGHT]);
	put_rates(row, stats);
	put_today(row, stats->server_id);
	put_error(row, &stats->notes);
	put(row, TimestampTzGetDatum(stats->notes.since));
	put(row, CStringGetTextDatum(tuya_stats_are_shared() ? "shared" : "session"));
}

static void
add_row(ReturnSetInfo *rsinfo, const TuyaStatsRow *stats)
{
	const char *server_name;
	const char *user_name;
	RowBuilder	row = {0};

	if (!tuya_mapping_show(stats->server_id, stats->mapping_id, stats->user_id, &server_name, &user_name))
		return;
	fill(&row, stats, server_name, user_name);
	Assert(row.n == rsinfo->setDesc->natts);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row.values, row.nulls);
}

Datum
tuya_fdw_stats(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TuyaStatsRow stats;
	int			place = 0;

	InitMaterializedSRF(fcinfo, 0);
	while (tuya_stats_read(&place, &stats))
		add_row(rsinfo, &stats);
	return (Datum) 0;
}

/* Of one server, or NULL: of all. */
Datum
tuya_fdw_stats_reset(PG_FUNCTION_ARGS)
{
	Oid			server_id = InvalidOid;

	if (!PG_ARGISNULL(0))
		server_id = get_foreign_server_oid(text_to_cstring(PG_GETARG_TEXT_PP(0)), false);
	tuya_stats_reset(server_id);
	PG_RETURN_VOID();
}
