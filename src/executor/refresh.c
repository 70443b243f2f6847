/*
 * refresh.c
 *		Whether a materialized view is being refreshed, which is to ask the service.
 *
 * A refresh runs a query whose rows go to a table that is yet to become the view's.  What
 * functions of that query execute is a part of it.  It ends when the query's memory goes.
 */
#include "postgres.h"

#include "executor/refresh.h"

#include "tcop/dest.h"
#include "utils/memutils.h"

#include "settings.h"

static int	running = 0;		/* such queries, one within the other */

static void
on_reset(void *arg)
{
	(void) arg;
	running--;
}

void
tuya_refresh_started(QueryDesc *query)
{
	MemoryContextCallback *callback;
	MemoryContext cxt;

	if (query->dest == NULL || query->dest->mydest != DestTransientRel)
		return;
	cxt = query->estate->es_query_cxt;
	callback = MemoryContextAllocZero(cxt, sizeof(MemoryContextCallback));
	callback->func = on_reset;
	MemoryContextRegisterResetCallback(cxt, callback);
	running++;
}

int64
tuya_refresh_max_age_us(void)
{
	if (tuya_max_age >= 0)
		return tuya_max_age * INT64CONST(1000);
	return running > 0 ? 0 : PG_INT64_MAX;
}
