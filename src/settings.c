/*
 * settings.c
 *		The parameters of the extension.
 */
#include "postgres.h"

#include "settings.h"

#include <limits.h>

#include "utils/guc.h"

bool		tuya_enable_lookahead = true;
bool		tuya_enable_subplan_lookahead = true;
int			tuya_lookahead_rows = 1024;
int			tuya_max_requests = 0;
int			tuya_cache_size = 64 * 1024;
int			tuya_max_age = -1;

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
							NULL, &tuya_lookahead_rows, 1024, 1, 65536, PGC_USERSET, 0,
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
define_cache_size(void)
{
	DefineCustomIntVariable("tuya_fdw.cache_size",
							"Memory for what the option cache_ttl keeps, of all sessions together.",
							NULL, &tuya_cache_size, 64 * 1024, 1024, MAX_KILOBYTES, PGC_SIGHUP,
							GUC_UNIT_KB, NULL, NULL, NULL);
}

static void
define_max_age(void)
{
	DefineCustomIntVariable("tuya_fdw.max_age",
							"What is cached is taken only if it is younger; 0 means never; -1 leaves it to the option cache_ttl.",
							NULL, &tuya_max_age, -1, -1, INT_MAX, PGC_USERSET,
							GUC_UNIT_MS, NULL, NULL, NULL);
}

static void
reserve_prefix(void)
{
	MarkGUCPrefixReserved("tuya_fdw");
}

/* A parameter that is defined a second time is an error. */
void
tuya_settings_install(void)
{
	static void (*const steps[]) (void) = {
		define_enable_lookahead, define_enable_subplan_lookahead, define_lookahead_rows,
		define_max_requests, define_cache_size, define_max_age, reserve_prefix
	};
	static size_t done = 0;

	for (; done < lengthof(steps); done++)
		steps[done] ();
}
