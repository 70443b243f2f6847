/*
 * cache.c
 *		SQL: tuya_fdw_cache(), which the view of that name shows, and tuya_fdw_cache_clear().
 *
 * Who sees a row is as for tuya_fdw_stats.  Nothing tells of keys or rows.
 */
#include "postgres.h"

#include "cache/cache.h"

#include "fmgr.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "monitor/mapping.h"

/* before 16 PG_FUNCTION_INFO_V1 does not export the function itself */
PGDLLEXPORT Datum tuya_fdw_cache(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum tuya_fdw_cache_clear(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(tuya_fdw_cache);
PG_FUNCTION_INFO_V1(tuya_fdw_cache_clear);

#define COLUMNS 6

static void
add_row(ReturnSetInfo *rsinfo, const TuyaCacheSum *sum)
{
	const char *server_name;
	const char *user_name;
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS] = {0};

	if (!tuya_mapping_show(sum->server_id, sum->mapping_id, sum->user_id, &server_name, &user_name))
		return;
	values[0] = DirectFunctionCall1(namein, CStringGetDatum(server_name));
	values[1] = DirectFunctionCall1(namein, CStringGetDatum(user_name));
	values[2] = Int64GetDatum(sum->entries);
	values[3] = Int64GetDatum(sum->bytes);
	values[4] = Int64GetDatum(sum->hits);
	values[5] = TimestampTzGetDatum(sum->oldest);
	Assert(rsinfo->setDesc->natts == COLUMNS);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

Datum
tuya_fdw_cache(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, tuya_cache_sums())
	{
		add_row(rsinfo, lfirst(lc));
	}
	return (Datum) 0;
}

/* Of one server, or NULL: of all.  Returns how many lookups were dropped. */
Datum
tuya_fdw_cache_clear(PG_FUNCTION_ARGS)
{
	Oid			server_id = InvalidOid;

	if (!PG_ARGISNULL(0))
		server_id = get_foreign_server_oid(text_to_cstring(PG_GETARG_TEXT_PP(0)), false);
	PG_RETURN_INT64(tuya_cache_clear(server_id));
}
