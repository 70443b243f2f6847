/*
 * tuya_fdw.c
 *		Module start: settings, hooks, and the handler.
 *
 * INSERT, UPDATE, DELETE, TRUNCATE and ANALYZE have no callbacks, so PostgreSQL
 * refuses them in its own words.
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/fdwapi.h"
#include "utils/guc.h"

#include "planner/count.h"
#include "executor/explain.h"
#include "fetch/fetcher.h"
#include "planner/import.h"
#include "lookahead/hook.h"
#include "lookahead/lookahead.h"
#include "planner/plan.h"
#include "planner/hook.h"
#include "executor/scan.h"
#include "util/window.h"

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

/* before 16 PG_FUNCTION_INFO_V1 does not export the function itself */
PGDLLEXPORT Datum tuya_fdw_handler(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(tuya_fdw_handler);

bool		tuya_enable_lookahead = true;
bool		tuya_enable_subplan_lookahead = true;
int			tuya_lookahead_rows = 256;
int			tuya_max_requests = 0;

static void
define_enable_lookahead(void)
{
	DefineCustomBoolVariable("tuya_fdw.enable_lookahead",
							 "Reads the outer rows of joins ahead, so that their requests overlap.",
							 NULL, &tuya_enable_lookahead, true, PGC_USERSET, 0,
							 NULL, NULL, NULL);
}

static void
define_enable_subplan_lookahead(void)
{
	DefineCustomBoolVariable("tuya_fdw.enable_subplan_lookahead",
							 "Does so also for correlated subqueries.",
							 NULL, &tuya_enable_subplan_lookahead, true, PGC_USERSET, 0,
							 NULL, NULL, NULL);
}

static void
define_lookahead_rows(void)
{
	DefineCustomIntVariable("tuya_fdw.lookahead_rows",
							"How many rows, keys or pages are read ahead at most.",
							NULL, &tuya_lookahead_rows, 256, 1, 65536, PGC_USERSET, 0,
							NULL, NULL, NULL);
}

static void
define_max_requests(void)
{
	DefineCustomIntVariable("tuya_fdw.max_requests",
							"A statement that would send more requests fails; 0 means no limit.",
							NULL, &tuya_max_requests, 0, 0, INT_MAX, PGC_USERSET, 0,
							NULL, NULL, NULL);
}

static void
reserve_prefix(void)
{
	MarkGUCPrefixReserved("tuya_fdw");
}

/*
 * Where this fails, for lack of memory, the next statement calls it again; what was
 * done by then must not be done twice.
 */
void
_PG_init(void)
{
	static void (*const steps[]) (void) = {
		define_enable_lookahead, define_enable_subplan_lookahead, define_lookahead_rows,
		define_max_requests, tuya_fetcher_install, tuya_lookahead_install,
		tuya_planner_install, reserve_prefix
	};
	static size_t done = 0;

	for (; done < lengthof(steps); done++)
		steps[done] ();
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
	routine->RecheckForeignScan = tuya_RecheckForeignScan;
	routine->ReScanForeignScan = tuya_ReScanForeignScan;
	routine->EndForeignScan = tuya_EndForeignScan;
	routine->ExplainForeignScan = tuya_ExplainForeignScan;
	routine->GetForeignUpperPaths = tuya_GetForeignUpperPaths;
	routine->ImportForeignSchema = tuya_ImportForeignSchema;
	PG_RETURN_POINTER(routine);
}
