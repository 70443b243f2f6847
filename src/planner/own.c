/*
 * own.c
 *		Which foreign tables are of this wrapper.
 *
 * The wrapper is known by one of its callbacks, that of IMPORT FOREIGN SCHEMA, which
 * calls nothing of the planner's.
 */
#include "postgres.h"

#include "planner/own.h"

#include "foreign/fdwapi.h"
#include "foreign/foreign.h"

#include "planner/import.h"

static bool
is_own(const FdwRoutine *routine)
{
	return routine->ImportForeignSchema == tuya_ImportForeignSchema;
}

bool
tuya_own_table(Oid relid)
{
	ForeignServer *server = GetForeignServer(GetForeignServerIdByRelId(relid));
	Oid			handler = GetForeignDataWrapper(server->fdwid)->fdwhandler;

	return OidIsValid(handler) && is_own(GetFdwRoutine(handler));
}

bool
tuya_own_scan(const ForeignScan *scan)
{
	return OidIsValid(scan->fs_server) && is_own(GetFdwRoutineByServerId(scan->fs_server));
}

bool
tuya_own_relation(const RelOptInfo *rel)
{
	return rel->fdwroutine && is_own(rel->fdwroutine);
}
