/*
 * tuya_fdw.c
 *		Module start and the handler.
 *
 * INSERT, UPDATE, DELETE, TRUNCATE and ANALYZE have no callbacks, so PostgreSQL
 * refuses them in its own words.
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/fdwapi.h"
#include "utils/guc.h"

#include "explain.h"
#include "import.h"
#include "plan.h"
#include "scan.h"

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

/* before 16 PG_FUNCTION_INFO_V1 does not export the function itself */
PGDLLEXPORT Datum tuya_fdw_handler(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(tuya_fdw_handler);

void
_PG_init(void)
{
	MarkGUCPrefixReserved("tuya_fdw");
}

Datum
tuya_fdw_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	(void) fcinfo;
	routine->GetForeignRelSize = tuya_GetForeignRelSize;
	routine->GetForeignPaths = tuya_GetForeignPaths;
	routine->GetForeignPlan = tuya_GetForeignPlan;
	routine->BeginForeignScan = tuya_BeginForeignScan;
	routine->IterateForeignScan = tuya_IterateForeignScan;
	routine->ReScanForeignScan = tuya_ReScanForeignScan;
	routine->EndForeignScan = tuya_EndForeignScan;
	routine->ExplainForeignScan = tuya_ExplainForeignScan;
	routine->ImportForeignSchema = tuya_ImportForeignSchema;
	PG_RETURN_POINTER(routine);
}
