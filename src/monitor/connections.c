/*
 * connections.c
 *		SQL: tuya_fdw_connections(), tuya_fdw_disconnect(), tuya_fdw_disconnect_all().
 *
 * They mean what postgres_fdw's functions do, and warn in its words.  What is in use here
 * is what a statement or an open cursor reads, not what a transaction has used.
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "fetch/connections.h"
#include "monitor/mapping.h"

/* before 16 PG_FUNCTION_INFO_V1 does not export the function itself */
PGDLLEXPORT Datum tuya_fdw_connections(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum tuya_fdw_disconnect(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum tuya_fdw_disconnect_all(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(tuya_fdw_connections);
PG_FUNCTION_INFO_V1(tuya_fdw_disconnect);
PG_FUNCTION_INFO_V1(tuya_fdw_disconnect_all);

#define COLUMNS 5

/* NULL if the server was dropped. */
static const char *
server_name(Oid server_id)
{
	ForeignServer *server = GetForeignServerExtended(server_id, FSV_MISSING_OK);

	return server ? server->servername : NULL;
}

Datum
tuya_fdw_connections(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, tuya_connections_list())
	{
		const TuyaConnections *one = lfirst(lc);
		const char *server = server_name(one->remote.server_id);
		const char *user = tuya_mapping_user_name(one->remote.mapping_id, one->remote.user_id);
		Datum		values[COLUMNS] = {
			server ? CStringGetTextDatum(server) : (Datum) 0,
			user ? CStringGetTextDatum(user) : (Datum) 0,
			BoolGetDatum(one->valid),
			BoolGetDatum(one->in_use),
			Int32GetDatum(one->open)
		};
		bool		nulls[COLUMNS] = {server == NULL, user == NULL};

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

static void
warn_of_use(Oid server_id)
{
	const char *name = server_name(server_id);

	if (name)
		ereport(WARNING,
				(errmsg("cannot close connection for server \"%s\" because it is still in use", name)));
	else
		ereport(WARNING,
				(errmsg("cannot close dropped server connection because it is still in use")));
}

/* InvalidOid: of all servers. */
static bool
close_all_of(Oid server_id)
{
	List	   *in_use;
	bool		closed = tuya_connections_close(server_id, &in_use);
	ListCell   *lc;

	foreach(lc, in_use)
		warn_of_use(lfirst_oid(lc));
	return closed;
}

Datum
tuya_fdw_disconnect(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));

	PG_RETURN_BOOL(close_all_of(get_foreign_server_oid(name, false)));
}

Datum
tuya_fdw_disconnect_all(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_BOOL(close_all_of(InvalidOid));
}
