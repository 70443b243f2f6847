/*
 * own.c
 *		Which foreign tables are of this wrapper.
 *
 * The wrapper is known by one of its callbacks, that of IMPORT FOREIGN SCHEMA, which
 * calls nothing of the planner's.
 */
#include "postgres.h"

#include "planner/own.h"

#include "catalog/pg_class.h"
#include "foreign/fdwapi.h"
#include "foreign/foreign.h"

#include "planner/import.h"
#include "planner/parents.h"
#include "planner/query_tree.h"

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
tuya_own_server(Oid server)
{
	return is_own(GetFdwRoutineByServerId(server));
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

bool
tuya_own_entry(const RangeTblEntry *rte)
{
	if (rte->rtekind != RTE_RELATION)
		return false;
	return rte->relkind == RELKIND_FOREIGN_TABLE ? tuya_own_table(rte->relid) : rte->inh && tuya_parents_has(rte->relid);
}

/* A TuyaRelationTest. */
static bool
is_own_entry(const RangeTblEntry *rte, void *arg)
{
	(void) arg;
	return tuya_own_entry(rte);
}

bool
tuya_own_query(Query *query)
{
	return tuya_query_tree_search((Node *) query, is_own_entry, NULL);
}

bool
tuya_own_may_have(RangeTblEntry *rte)
{
	switch (rte->rtekind)
	{
		case RTE_RELATION:
			return tuya_own_entry(rte);
		case RTE_SUBQUERY:
			return tuya_own_query(rte->subquery);
		case RTE_FUNCTION:
		case RTE_TABLEFUNC:
		case RTE_VALUES:
		case RTE_NAMEDTUPLESTORE:
		case RTE_RESULT:
			return false;
		default:
			/* a join, a query of WITH, or groups */
			return true;
	}
}
