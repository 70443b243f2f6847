/*
 * idle.c
 *		When the connections that nobody uses are closed, and fetchers given up.
 *
 * With keep_connections off connections go at the end of the transaction; else when
 * the session has not used them for a minute, so that many pooled sessions do
 * not hold many times as many connections.
 *
 * A fetcher that nobody has used for a minute is given up at the end of a transaction,
 * whatever that did; and earlier, when descriptors are short.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include "access/xact.h"

#include "util/clock.h"

/* Gives up those that nobody has used for so long that their connections are closed. */
static void
give_up_unused(void)
{
	int64		now = tuya_clock_monotonic_us();
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, tuya_registry_fetchers())
	{
		TuyaFetcher *fetcher = dlist_container(TuyaFetcher, node, iter.cur);

		if (fetcher->pins == 0 && now - fetcher->unpinned_us > IDLE_S_MAX * INT64CONST(1000000))
			tuya_registry_give_up(fetcher);
	}
}

static void
on_transaction(XactEvent event, void *arg)
{
	dlist_iter	iter;
	bool		idle = false;

	(void) arg;
	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
		return;
	if (dlist_is_empty(tuya_registry_fetchers()))
		return;
	give_up_unused();
	dlist_foreach(iter, tuya_registry_fetchers())
	{
		TuyaFetcher *fetcher = dlist_container(TuyaFetcher, node, iter.cur);

		if (fetcher->connections == 0 || fetcher->shut_down)
			continue;
		if (fetcher->settings.keep_connections)
			idle = true;
		else
			tuya_registry_close_unpinned(fetcher);
	}
	if (idle)
		tuya_registry_begin_idling();
}

void
tuya_idle_install(void)
{
	RegisterXactCallback(on_transaction, NULL);
}
