/*
 * idle.c
 *		Closes the connections that nobody uses, and gives up fetchers.
 *
 * With keep_connections off they go at the end of the transaction; else when
 * the session has not used them for a minute, so that many pooled sessions do
 * not hold many times as many connections.
 *
 * A fetcher has some descriptors of its own, connections or not.  One that nobody has
 * used for a minute is given up at the end of a transaction, whatever that did; and
 * earlier, when descriptors are short.
 *
 * An idle backend runs no code of ours but a timeout's, in a signal handler.
 * That ends the connections at the socket, which the service notices; libcurl
 * gets to close them before they are used again.  The handler reads the list of
 * fetchers and what http knows of its sockets, so whoever changes these or sends
 * anything calls tuya_idle_end() before, which takes the timeout back.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include "access/xact.h"
#include "storage/fd.h"
#include "utils/timeout.h"

#include "util/clock.h"

static bool registered = false;
static TimeoutId timeout;

/* In a signal handler. */
static void
on_idle(void)
{
	dlist_iter	iter;

	dlist_foreach(iter, tuya_fetcher_list())
	{
		TuyaFetcher *fetcher = dlist_container(TuyaFetcher, node, iter.cur);

		tuya_http_shut_down(fetcher->http);
		fetcher->shut_down = true;
	}
}

void
tuya_fetcher_close_connections(TuyaFetcher *fetcher)
{
	fetcher->close_unpinned = false;
	fetcher->shut_down = false;
	fetcher->warm = false;
	if (!tuya_http_close_connections(fetcher->http))
		fetcher->broken = true;
	while (fetcher->connections > 0)
	{
		ReleaseExternalFD();
		fetcher->descriptors--;
		fetcher->connections--;
	}
}

void
tuya_idle_end(void)
{
	dlist_iter	iter;

	if (registered && get_timeout_active(timeout))
		disable_timeout(timeout, false);
	dlist_foreach(iter, tuya_fetcher_list())
	{
		TuyaFetcher *fetcher = dlist_container(TuyaFetcher, node, iter.cur);

		if (fetcher->shut_down)
			tuya_fetcher_close_connections(fetcher);
	}
}

/* The connections, as far as there are any, idle from now on. */
static void
begin(void)
{
	if (!registered)
		timeout = RegisterTimeout(USER_TIMEOUT, on_idle);
	registered = true;
	/* a transaction that used none of them leaves the clock running */
	if (!get_timeout_active(timeout))
		enable_timeout_after(timeout, IDLE_S_MAX * 1000);
}

bool
tuya_fetcher_give_up_oldest(void)
{
	TuyaFetcher *oldest = NULL;
	dlist_iter	iter;

	dlist_foreach(iter, tuya_fetcher_list())
	{
		TuyaFetcher *fetcher = dlist_container(TuyaFetcher, node, iter.cur);

		if (fetcher->pins == 0 &&
			(oldest == NULL || fetcher->unpinned_us < oldest->unpinned_us))
			oldest = fetcher;
	}
	if (oldest)
		tuya_fetcher_give_up(oldest);
	return oldest != NULL;
}

/* Gives up those that nobody has used for so long that their connections are closed. */
static void
give_up_unused(void)
{
	int64		now = tuya_clock_monotonic_us();
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, tuya_fetcher_list())
	{
		TuyaFetcher *fetcher = dlist_container(TuyaFetcher, node, iter.cur);

		if (fetcher->pins == 0 && now - fetcher->unpinned_us > IDLE_S_MAX * INT64CONST(1000000))
			tuya_fetcher_give_up(fetcher);
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
	if (dlist_is_empty(tuya_fetcher_list()))
		return;
	give_up_unused();
	dlist_foreach(iter, tuya_fetcher_list())
	{
		TuyaFetcher *fetcher = dlist_container(TuyaFetcher, node, iter.cur);

		if (fetcher->connections == 0 || fetcher->shut_down)
			continue;
		if (fetcher->settings.keep_connections)
			idle = true;
		else if (fetcher->pins > 0)
			fetcher->close_unpinned = true;
		else
			tuya_fetcher_close_connections(fetcher);
	}
	if (idle)
		begin();
}

void
tuya_idle_install(void)
{
	RegisterXactCallback(on_transaction, NULL);
}
