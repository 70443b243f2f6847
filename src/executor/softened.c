/*
 * softened.c
 *		What of an execution's lookups was no error though it might have been.
 */
#include "postgres.h"

#include "executor/softened.h"

#include "lib/stringinfo.h"

#include "core/round.h"

static int64 failures = 0;		/* see tuya_softened_failures() */

/* How many keys were answered with that code, or failed with it. */
typedef struct CodeCount
{
	char	   *code;
	int64		count;
} CodeCount;

int64
tuya_softened_failures(void)
{
	return failures;
}

/* Counts one more, in the list in which it is or is added to. */
static List *
count_code(MemoryContext cxt, List *counts, const char *code)
{
	MemoryContext saved;
	CodeCount  *fresh;
	ListCell   *lc;

	foreach(lc, counts)
	{
		CodeCount  *known = lfirst(lc);

		if (pg_strcasecmp(known->code, code) == 0)
		{
			known->count++;
			return counts;
		}
	}
	saved = MemoryContextSwitchTo(cxt);
	fresh = palloc(sizeof(CodeCount));
	fresh->code = pstrdup(code);
	fresh->count = 1;
	counts = lappend(counts, fresh);
	MemoryContextSwitchTo(saved);
	return counts;
}

/* "CODE: 3, OTHER: 1" */
static const char *
describe_codes(const List *counts)
{
	StringInfoData codes;
	ListCell   *lc;

	initStringInfo(&codes);
	foreach(lc, counts)
	{
		const CodeCount *counted = lfirst(lc);

		appendStringInfo(&codes, "%s%s: " INT64_FORMAT, codes.len ? ", " : "", counted->code,
						 counted->count);
	}
	return codes.data;
}

/*
 * ---- ignored codes ----
 */

void
tuya_softened_add_ignored(TuyaSoftened *softened, const char *code)
{
	softened->nignored++;
	softened->ignored = count_code(softened->cxt, softened->ignored, code);
}

static void
warn_of_ignored(const TuyaSoftened *softened)
{
	if (softened->nignored == 0)
		return;
	ereport(WARNING,
			(errmsg_plural("%lld key was answered with an ignored error code, and has no rows",
						   "%lld keys were answered with an ignored error code, and have no rows",
						   softened->nignored, (long long) softened->nignored),
			 errdetail_internal("%s.", describe_codes(softened->ignored))));
}

/*
 * ---- incomplete lookups ----
 */

void
tuya_softened_add_incomplete(TuyaSoftened *softened, const TuyaQuery *query,
							 const TuyaFailure *failure)
{
	MemoryContext saved;
	StringInfoData key;

	failures++;
	if (softened->nincomplete++ > 0)
		return;
	saved = MemoryContextSwitchTo(softened->cxt);
	initStringInfo(&key);
	for (int i = 0; i < query->action->nkeys; i++)
		if (query->value[i])
			appendStringInfo(&key, "%s%s", key.len ? ", " : "", tuya_failure_quote(query->value[i]));
	softened->incomplete_rows = query->action->reply.rows;
	softened->incomplete = psprintf("(%s): %s", key.data, failure->detail);
	MemoryContextSwitchTo(saved);
}

static void
warn_of_incomplete(const TuyaSoftened *softened)
{
	if (softened->nincomplete == 0)
		return;
	ereport(WARNING,
			(errmsg_plural("the service's pages do not add up for %lld key, also when read %d times",
						   "the service's pages do not add up for %lld keys, also when read %d times",
						   softened->nincomplete, (long long) softened->nincomplete, ROUNDS_MAX),
			 softened->nincomplete == 1 ? errdetail_internal("%s", softened->incomplete) :
			 errdetail_internal("The first is %s", softened->incomplete),
			 errhint("The result has the %s that could be read.", softened->incomplete_rows)));
}

/*
 * ---- errors as rows ----
 */

/* The failure of one key more than may fail. */
static _Noreturn void
raise_beyond_limit(const TuyaSoftened *softened, const TuyaFailure *failure)
{
	static const char *const hint =
	"If the service is well and so many keys may fail, raise the option \"on_error_limit\" of the server or the table.";
	const char *before = psprintf(" Before it " INT64_FORMAT " %s of the statement failed (%s), and the option \"on_error_limit\" allows no more.",
								  softened->nfailed, softened->nfailed == 1 ? "key" : "keys",
								  describe_codes(softened->failed));
	TuyaFailure *last = tuya_failure_copy(failure, before);

	last->hint = last->hint ? psprintf("%s %s", last->hint, hint) : hint;
	tuya_failure_raise(last);
}

void
tuya_softened_add_failed(TuyaSoftened *softened, const TuyaFailure *failure, int limit)
{
	if (softened->nfailed >= limit)
		raise_beyond_limit(softened, failure);
	failures++;
	softened->nfailed++;
	softened->failed = count_code(softened->cxt, softened->failed, tuya_failure_code(failure));
}

static void
warn_of_failed(const TuyaSoftened *softened)
{
	if (softened->nfailed == 0)
		return;
	ereport(WARNING,
			(errmsg_plural("%lld key failed, and has a row that tells its error",
						   "%lld keys failed, and each has a row that tells its error",
						   softened->nfailed, (long long) softened->nfailed),
			 errdetail_internal("%s.", describe_codes(softened->failed))));
}

void
tuya_softened_warn(const TuyaSoftened *softened)
{
	warn_of_ignored(softened);
	warn_of_incomplete(softened);
	warn_of_failed(softened);
}
