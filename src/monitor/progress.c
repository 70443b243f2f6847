/*
 * progress.c
 *		SQL: tuya_fdw_progress(), which the view of that name shows.
 *
 * As pg_stat_activity has it: a session's rows are for members of its role and of
 * pg_read_all_stats.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "fetch/progress.h"
#include "monitor/mapping.h"

/* before 16 PG_FUNCTION_INFO_V1 does not export the function itself */
PGDLLEXPORT Datum tuya_fdw_progress(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(tuya_fdw_progress);

#define COLUMNS 13

static void
add_row(ReturnSetInfo *rsinfo, const TuyaProgressRow *row)
{
	static const char *const phases[] = {
		[TUYA_PHASE_READING] = "reading",
		[TUYA_PHASE_REPLY] = "waiting for a reply",
		[TUYA_PHASE_RATE_LIMIT] = "rate limit",
		[TUYA_PHASE_BACK_OFF] = "back-off"
	};
	Datum		values[COLUMNS] = {
		Int32GetDatum(row->pid),
		ObjectIdGetDatum(row->database_id),
		ObjectIdGetDatum(row->user_id),
		DirectFunctionCall1(namein, CStringGetDatum(row->server_name)),
		TimestampTzGetDatum(row->statement_start),
		CStringGetTextDatum(phases[row->phase]),
		Int64GetDatum(row->count[TUYA_METRIC_LOOKUPS]),
		Int64GetDatum(row->done),
		Int64GetDatum(row->rows_out),
		Int64GetDatum(row->count[TUYA_METRIC_REQUESTS]),
		Int64GetDatum(row->count[TUYA_METRIC_IN_FLIGHT]),
		Int64GetDatum(row->count[TUYA_METRIC_RETRIES]),
		Int64GetDatum(row->count[TUYA_METRIC_BYTES])
	};
	bool		nulls[COLUMNS] = {false};

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

Datum
tuya_fdw_progress(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TuyaProgressRow row;
	int			place = 0;

	InitMaterializedSRF(fcinfo, 0);
	while (tuya_progress_read(&place, &row))
		if (tuya_mapping_may_see(row.user_id))
			add_row(rsinfo, &row);
	return (Datum) 0;
}
