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

#include "executor/async.h"
#include "executor/explain.h"
#include "executor/scan.h"
#include "fetch/fetcher.h"
#include "lookahead/hook.h"
#include "planner/altered.h"
#include "planner/comments.h"
#include "planner/count.h"
#include "planner/hook.h"
#include "planner/parents.h"
#include "planner/import.h"
#include "planner/plan.h"
#include "planner/view_path.h"
#include "settings.h"

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

/* before 16 PG_FUNCTION_INFO_V1 does not export the function itself */
PGDLLEXPORT Datum tuya_fdw_handler(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(tuya_fdw_handler);

static void
install_parents(void)
{
	tuya_parents_install(CppAsString(tuya_fdw_handler));
}

/*
 * Where this fails, for lack of memory, the next statement calls it again; what was
 * done by then must not be done twice.
 */
void
_PG_init(void)
{
	static void (*const steps[]) (void) = {
		tuya_settings_install, tuya_fetcher_install, tuya_lookahead_install, tuya_view_install,
		install_parents, tuya_planner_install, tuya_comments_install, tuya_altered_install
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
	routine->IsForeignPathAsyncCapable = tuya_IsForeignPathAsyncCapable;
	routine->ForeignAsyncRequest = tuya_ForeignAsyncRequest;
	routine->ForeignAsyncConfigureWait = tuya_ForeignAsyncConfigureWait;
	routine->ForeignAsyncNotify = tuya_ForeignAsyncNotify;
	PG_RETURN_POINTER(routine);
}
