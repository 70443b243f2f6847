/*
 * too_many.c
 *		Why a list cannot be read whole, by what its first page tells, and how it can.
 *
 * The SQLSTATE is that of a key that is missing, HV00L: the remedy is the same, one more
 * condition on a key column, and no sending or waiting again helps.
 */
#include "postgres.h"

#include "rows/too_many.h"

#include "lib/stringinfo.h"

static const char *
describe_limit(const TuyaQuery *query, const TuyaRoundReport *report)
{
	const TuyaAction *action = query->action;

	if (action->reply.paging == TUYA_PAGING_TOKEN)
		return psprintf("There are " INT64_FORMAT " %s, and " INT64_FORMAT " can be read.",
						report->total, action->reply.rows, report->rows_max);
	return psprintf("There are " INT64_FORMAT " %s, and the service refuses pages where %s x %s is over " INT64_FORMAT ".",
					report->total, action->reply.rows, action->page_parameter,
					action->size_parameter, (int64) action->rows_max);
}

/* The columns, as IMPORT calls them, of keys that the lookup could have had besides: "a or b". */
static const char *
list_unbound_keys(const TuyaQuery *query)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int key = 0; key < query->action->nkeys; key++)
	{
		if (query->value[key] == NULL)
			appendStringInfo(&list, "%s%s", list.len > 0 ? " or " : "",
							 query->action->keys[key].column);
	}
	return list.data;
}

/* Whether whole pages would do, of the greatest size that divides what can be asked for. */
static bool
is_fault_of_page_size(const TuyaQuery *query, const TuyaRoundReport *report)
{
	const TuyaAction *action = query->action;

	return action->reply.paging == TUYA_PAGING_NUMBER && report->total <= action->rows_max &&
		query->page_size < action->page_size_max;
}

static const char *
advise(const TuyaQuery *query, const TuyaRoundReport *report)
{
	const char *keys = list_unbound_keys(query);

	if (is_fault_of_page_size(query, report))
		return psprintf("Set the option \"page_size\" to %d.", query->action->page_size_max);
	if (keys[0])
		return psprintf("Read them in parts, by a condition on %s: with = or IN each value is a list of its own. To count them all, count(*) is enough.",
						keys);
	return "To count them, count(*) is enough; the service has no parameter that makes it list a part of them.";
}

TuyaFailure *
tuya_too_many_failure(const TuyaQuery *query, const TuyaRoundReport *report)
{
	return tuya_failure_of_key(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION,
							   psprintf("the service has more %s than can be read as one list",
										query->action->reply.rows),
							   describe_limit(query, report), advise(query, report));
}
