/*
 * spelling.c
 *		How a server's tables say that an action is to be asked for.
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

/* The option's value in a catalog's array; NULL: it has none. */
static const char *
find_option(Datum options, bool none, const char *name)
{
	ListCell   *lc;

	foreach(lc, none ? NIL : untransformRelOptions(options))
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		if (strcmp(def->defname, name) == 0)
			return defGetString(def);
	}
	return NULL;
}

/* Of the server's foreign tables of the action, or of any, the one that was made first, mostly. */
static Oid
first_table(const TuyaAction *action, Oid server_id, const TuyaAction **its_action, const char **list_path)
{
	Relation	catalog = table_open(ForeignTableRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	Oid			first = InvalidOid;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_foreign_table table = (Form_pg_foreign_table) GETSTRUCT(tuple);
		bool		none;
		Datum		options = heap_getattr(tuple, Anum_pg_foreign_table_ftoptions, RelationGetDescr(catalog), &none);
		const TuyaAction *found;

		if (table->ftserver != server_id || (OidIsValid(first) && table->ftrelid > first))
			continue;
		/* NULL: another version of the extension made it */
		found = tuya_column_find_action(none ? NIL : untransformRelOptions(options));
		if (found == NULL || (action && found != action))
			continue;
		first = table->ftrelid;
		*its_action = found;
		*list_path = find_option(options, none, "list_path");
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return first;
}

const TuyaAction *
tuya_spelling_action(Oid server_id)
{
	const TuyaAction *action = tuya_action_default();
	const char *list_path;

	if (!OidIsValid(first_table(action, server_id, &action, &list_path)))
		(void) first_table(NULL, server_id, &action, &list_path);
	return action;
}

/* The spelling that a column gives, if it does. */
static void
note_column(const TuyaAction *action, HeapTuple column, const char *parameter[TUYA_KEYS_MAX])
{
	bool		none;
	Datum		options = SysCacheGetAttr(ATTNUM, column, Anum_pg_attribute_attfdwoptions, &none);
	const char *spelled = find_option(options, none, "parameter");
	int			key = spelled ? tuya_action_find_key(action, spelled) : -1;

	if (key >= 0)
		parameter[key] = pstrdup(spelled);
}

void
tuya_spelling_of_server(TuyaQuery *query, Oid server_id)
{
	const TuyaAction *action = query->action;
	Oid			table = first_table(action, server_id, &action, &query->list_path);
	HeapTuple	column;

	for (int key = 0; key < action->nkeys; key++)
		query->parameter[key] = action->keys[key].parameter;
	for (AttrNumber attno = 1;
		 HeapTupleIsValid(column = SearchSysCache2(ATTNUM, ObjectIdGetDatum(table), Int16GetDatum(attno)));
		 attno++)
	{
		note_column(action, column, query->parameter);
		ReleaseSysCache(column);
	}
}
