/*
 * spelling.c
 *		How a server's tables spell the request parameters of keys.
 *
 * Read from the catalogs alone: no table is locked, so one that is being altered is not
 * waited for.
 */
#include "postgres.h"

#include "monitor/spelling.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_table.h"
#include "commands/defrem.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "api/column.h"

/* Whether a foreign table, as the catalog has it, is of the action. */
static bool
has_action(Relation catalog, HeapTuple table, const TuyaAction *action)
{
	bool		none;
	Datum		options = heap_getattr(table, Anum_pg_foreign_table_ftoptions, RelationGetDescr(catalog), &none);

	return tuya_column_action(none ? NIL : untransformRelOptions(options)) == action;
}

/* Of the server's foreign tables of the action the one that was made first, mostly; or InvalidOid. */
static Oid
first_table(const TuyaAction *action, Oid server_id)
{
	Relation	catalog = table_open(ForeignTableRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	Oid			first = InvalidOid;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_foreign_table table = (Form_pg_foreign_table) GETSTRUCT(tuple);

		if (table->ftserver == server_id && (!OidIsValid(first) || table->ftrelid < first) &&
			has_action(catalog, tuple, action))
			first = table->ftrelid;
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return first;
}

/* The spelling that a column gives, if it does. */
static void
note_column(const TuyaAction *action, HeapTuple column, const char *parameter[TUYA_KEYS_MAX])
{
	bool		none;
	Datum		options = SysCacheGetAttr(ATTNUM, column, Anum_pg_attribute_attfdwoptions, &none);
	ListCell   *lc;

	foreach(lc, none ? NIL : untransformRelOptions(options))
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		int			key = tuya_action_find_key(action, defGetString(def));

		if (strcmp(def->defname, "parameter") == 0 && key >= 0)
			parameter[key] = pstrdup(defGetString(def));
	}
}

void
tuya_spelling_of_server(const TuyaAction *action, Oid server_id,
						const char *parameter[TUYA_KEYS_MAX])
{
	Oid			table = first_table(action, server_id);
	HeapTuple	column;

	for (int key = 0; key < action->nkeys; key++)
		parameter[key] = action->keys[key].parameter;
	for (AttrNumber attno = 1;
		 HeapTupleIsValid(column = SearchSysCache2(ATTNUM, ObjectIdGetDatum(table), Int16GetDatum(attno)));
		 attno++)
	{
		note_column(action, column, parameter);
		ReleaseSysCache(column);
	}
}
