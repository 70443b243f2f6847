/*
 * parents.c
 *		Which relations have tables of ours as partitions, or as other children.
 *
 * They are found from the tables upwards, once, and found anew when what they depend on has
 * changed: a foreign table, server or wrapper, or what one of the tables or of their parents is a
 * child of.
 */
#include "postgres.h"

#include "planner/parents.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "foreign/foreign.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* A table of ours, or a parent; in CacheMemoryContext. */
typedef struct Relative
{
	Oid			relid;			/* the hash's key */
	bool		is_parent;
} Relative;

static const char *handler = NULL;
static HTAB *relatives = NULL;
static bool is_current = false;
static uint32 nchanges = 0;

/*
 * ---- changes ----
 */

static void
on_catalog_change(Datum arg, int cache, uint32 hash)
{
	(void) arg;
	(void) cache;
	(void) hash;
	is_current = false;
	nchanges++;
}

static void
on_relation_change(Datum arg, Oid relid)
{
	(void) arg;
	nchanges++;
	if (is_current && (!OidIsValid(relid) || hash_search(relatives, &relid, HASH_FIND, NULL)))
		is_current = false;
}

/*
 * ---- the catalogs ----
 */

/* Known by its name: other wrappers' handlers are not called, whose libraries may be gone. */
static bool
is_our_handler(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		result = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	if (((Form_pg_proc) GETSTRUCT(tuple))->prolang == ClanguageId)
	{
		bool		isnull;
		Datum		symbol = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);

		result = !isnull && strcmp(TextDatumGetCString(symbol), handler) == 0;
	}
	ReleaseSysCache(tuple);
	return result;
}

static bool
is_our_server(Oid serverid)
{
	ForeignServer *server = GetForeignServerExtended(serverid, FSV_MISSING_OK);
	ForeignDataWrapper *wrapper = server ? GetForeignDataWrapperExtended(server->fdwid, FDW_MISSING_OK) : NULL;

	return wrapper && OidIsValid(wrapper->fdwhandler) && is_our_handler(wrapper->fdwhandler);
}

static List *
our_tables(void)
{
	Relation	catalog = table_open(ForeignTableRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	List	   *result = NIL;
	Oid			server = InvalidOid;
	bool		is_ours = false;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_foreign_table table = (Form_pg_foreign_table) GETSTRUCT(tuple);

		if (table->ftserver != server)
		{
			server = table->ftserver;
			is_ours = is_our_server(server);
		}
		if (is_ours)
			result = lappend_oid(result, table->ftrelid);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return result;
}

/* The list with what the relation is a child of, and what that is a child of. */
static List *
add_parents(List *parents, Relation inherits, Oid relid)
{
	ScanKeyData key;
	SysScanDesc scan;
	List	   *found = NIL;
	ListCell   *lc;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		found = lappend_oid(found, ((Form_pg_inherits) GETSTRUCT(tuple))->inhparent);
	systable_endscan(scan);
	foreach(lc, found)
	{
		if (!list_member_oid(parents, lfirst_oid(lc)))
			parents = add_parents(lappend_oid(parents, lfirst_oid(lc)), inherits, lfirst_oid(lc));
	}
	return parents;
}

static List *
parents_of(List *tables)
{
	Relation	inherits = table_open(InheritsRelationId, AccessShareLock);
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, tables)
	{
		result = add_parents(result, inherits, lfirst_oid(lc));
	}
	table_close(inherits, AccessShareLock);
	return result;
}

/*
 * ---- what was found ----
 */

static void
enter(List *relids, bool are_parents)
{
	ListCell   *lc;

	foreach(lc, relids)
	{
		Relative   *relative = hash_search(relatives, &lfirst_oid(lc), HASH_ENTER, NULL);

		relative->is_parent = are_parents;
	}
}

static void
fill(List *tables, List *parents)
{
	HASHCTL		ctl = {.keysize = sizeof(Oid),.entrysize = sizeof(Relative),.hcxt = CacheMemoryContext};

	if (relatives)
		hash_destroy(relatives);
	relatives = NULL;
	relatives = hash_create("tuya_fdw parents", Max(16, list_length(tables)), &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	enter(tables, false);
	enter(parents, true);
}

/* What changes meanwhile is found the next time. */
static void
find_anew(void)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "tuya_fdw parents", ALLOCSET_SMALL_SIZES);
	MemoryContext saved = MemoryContextSwitchTo(cxt);
	uint32		before;
	List	   *tables;

	before = nchanges;
	tables = our_tables();
	fill(tables, parents_of(tables));
	is_current = nchanges == before;
	MemoryContextSwitchTo(saved);
	MemoryContextDelete(cxt);
}

bool
tuya_parents_has(Oid relid)
{
	const Relative *relative;

	if (!is_current)
		find_anew();
	relative = hash_search(relatives, &relid, HASH_FIND, NULL);
	return relative && relative->is_parent;
}

void
tuya_parents_install(const char *our_handler)
{
	handler = our_handler;
	CacheRegisterSyscacheCallback(FOREIGNTABLEREL, on_catalog_change, (Datum) 0);
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, on_catalog_change, (Datum) 0);
	CacheRegisterSyscacheCallback(FOREIGNDATAWRAPPEROID, on_catalog_change, (Datum) 0);
	CacheRegisterRelcacheCallback(on_relation_change, (Datum) 0);
}
