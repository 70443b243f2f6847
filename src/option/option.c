/*
 * option.c
 *		The options of a server, a table and a user mapping, as values to go by.
 */
#include "postgres.h"

#include "option/internal.h"

#include "commands/defrem.h"
#include "mb/pg_wchar.h"

#include "api/column.h"

static void
apply(TuyaSettings *settings, List *defs, int where)
{
	ListCell   *lc;

	foreach(lc, defs)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const TuyaOption *option = tuya_option_find(def->defname);

		/* What an earlier version allowed and this one does not is refused, too. */
		if (option == NULL || !(option->where & where))
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("invalid option \"%s\"", def->defname)));
		tuya_option_parse(settings, option, defGetString(def));
	}
}

static void
require(const TuyaSettings *settings, int where, const char *object)
{
	for (size_t i = 0; i < tuya_option_count; i++)
	{
		const TuyaOption *option = &tuya_options[i];

		if (option->required && (option->where & where) &&
			*(char *const *) ((const char *) settings + option->field) == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
					 errmsg("%s lacks the option \"%s\"", object, option->name)));
	}
}

void
tuya_option_get(TuyaSettings *settings, ForeignServer *server,
				ForeignTable *table, UserMapping *mapping)
{
	const TuyaAction *action = table ? tuya_column_action(table->options) : NULL;

	memset(settings, 0, sizeof(*settings));
	for (size_t i = 0; i < tuya_option_count; i++)
		if (tuya_options[i].default_text)
			tuya_option_parse(settings, &tuya_options[i], tuya_options[i].default_text);

	if (action && action->rows_per_lookup > 0)
		settings->rows_per_lookup = action->rows_per_lookup;
	apply(settings, server->options, ON_SERVER);
	require(settings, ON_SERVER, psprintf("server \"%s\"", server->servername));
	if (settings->endpoint[strlen(settings->endpoint) - 1] != '/')
		settings->endpoint = psprintf("%s/", settings->endpoint);
	if (table)
		apply(settings, table->options, ON_TABLE);
	if (action && action->page_size_max > 0)
		settings->page_size = Min(settings->page_size, action->page_size_max);
	if (mapping)
	{
		apply(settings, mapping->options, ON_MAPPING);
		require(settings, ON_MAPPING,
				psprintf("user mapping for server \"%s\"", server->servername));
	}
}

static char *
copy_utf8(const char *text)
{
	char	   *utf8 = pg_server_to_any(text, (int) strlen(text), PG_UTF8);

	return utf8 == text ? pstrdup(text) : utf8;
}

void
tuya_option_copy_strings(TuyaSettings *settings)
{
	for (size_t i = 0; i < tuya_option_count; i++)
	{
		const TuyaOption *option = &tuya_options[i];
		char	  **string;

		if (option->type != OPTION_STRING || option->field == NO_FIELD)
			continue;
		string = (char **) ((char *) settings + option->field);
		if (*string)
			*string = copy_utf8(*string);
	}
}
