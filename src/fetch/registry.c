/*
 * registry.c
 *		Which fetchers there are, who has them pinned, and how they end.
 *
 *		KEPT --- libcurl failed, say --> BROKEN ---> RETIRED ---> DESTROYED
 *		   \------ settings changed, or given up ------/    nobody has it pinned
 *
 * A fetcher has some descriptors of its own, connections or not, which are reserved with
 * PostgreSQL for as long as it lives; those of connections until these are closed.
 *
 * An idle backend runs no code of ours but a timeout's, in a signal handler.
 * That ends the connections at the socket, which the service notices; libcurl
 * gets to close them before they are used again.  The handler reads the list of
 * fetchers and what http knows of its sockets, so whoever changes these or sends
 * anything calls tuya_registry_end_idling() before, which takes the timeout back.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include "storage/fd.h"
#include "utils/memutils.h"
#include "utils/timeout.h"

#include "util/clock.h"

static dlist_head fetchers = DLIST_STATIC_INIT(fetchers);
static bool registered = false;
static TimeoutId timeout;

dlist_head *
tuya_registry_fetchers(void)
{
	return &fetchers;
}

void
tuya_registry_add(TuyaFetcher *fetcher, TuyaFetcher **holder)
{
	fetcher->state = TUYA_FETCHER_KEPT;
	fetcher->unpinned_us = tuya_clock_monotonic_us();
	dlist_push_tail(&fetchers, &fetcher->node);
	fetcher->holder = holder;
	*holder = fetcher;
}

static void
set_state(TuyaFetcher *fetcher, TuyaFetcherState state)
{
	Assert(tuya_fetcher_may_become(fetcher->state, state));
	fetcher->state = state;
}

/*
 * ---- idle connections ----
 */

/* In a signal handler. */
static void
on_idle(void)
{
	dlist_iter	iter;

	dlist_foreach(iter, &fetchers)
	{
		TuyaFetcher *fetcher = dlist_container(TuyaFetcher, node, iter.cur);

		tuya_http_shut_down(fetcher->http);
		fetcher->shut_down = true;
	}
}

/* Nothing uses them. */
static void
close_connections(TuyaFetcher *fetcher)
{
	fetcher->close_unpinned = false;
	fetcher->shut_down = false;
	fetcher->warm = false;
	if (!tuya_http_close_connections(fetcher->http))
		tuya_registry_mark_broken(fetcher);
	while (fetcher->connections > 0)
	{
		ReleaseExternalFD();
		fetcher->descriptors--;
		fetcher->connections--;
	}
}

void
tuya_registry_close_unpinned(TuyaFetcher *fetcher)
{
	if (fetcher->pins > 0)
		fetcher->close_unpinned = true;
	else
		close_connections(fetcher);
}

void
tuya_registry_note_connection(TuyaFetcher *fetcher, bool stands)
{
	fetcher->warm = stands;
}

void
tuya_registry_end_idling(void)
{
	dlist_iter	iter;

	if (registered && get_timeout_active(timeout))
		disable_timeout(timeout, false);
	dlist_foreach(iter, &fetchers)
	{
		TuyaFetcher *fetcher = dlist_container(TuyaFetcher, node, iter.cur);

		if (fetcher->shut_down)
			close_connections(fetcher);
	}
}

void
tuya_registry_begin_idling(void)
{
	if (!registered)
		timeout = RegisterTimeout(USER_TIMEOUT, on_idle);
	registered = true;
	/* a transaction that used none of them leaves the clock running */
	if (!get_timeout_active(timeout))
		enable_timeout_after(timeout, IDLE_S_MAX * 1000);
}

/*
 * ---- the end of a fetcher ----
 */

void
tuya_registry_release_all(TuyaFetcher *fetcher)
{
	while (fetcher->descriptors > 0)
	{
		ReleaseExternalFD();
		fetcher->descriptors--;
	}
}

/* Nobody has it pinned, so nothing of it is queued or in flight. */
static void
destroy(TuyaFetcher *fetcher)
{
	set_state(fetcher, TUYA_FETCHER_DESTROYED);
	tuya_registry_end_idling();
	dlist_delete(&fetcher->node);
	tuya_http_destroy(fetcher->http);
	tuya_meter_end(&fetcher->meter);
	tuya_registry_release_all(fetcher);
	tuya_signer_free(fetcher->signer);
	tuya_buf_free_secret(&fetcher->url);
	explicit_bzero(fetcher->settings.access_key_secret,
				   strlen(fetcher->settings.access_key_secret));
	MemoryContextDelete(fetcher->cxt);
}

bool
tuya_fetcher_is_broken(const TuyaFetcher *fetcher)
{
	return fetcher->state == TUYA_FETCHER_BROKEN;
}

void
tuya_registry_mark_broken(TuyaFetcher *fetcher)
{
	if (fetcher->state == TUYA_FETCHER_KEPT)
		set_state(fetcher, TUYA_FETCHER_BROKEN);
}

void
tuya_fetcher_pin(TuyaFetcher *fetcher)
{
	if (fetcher->pins++ == 0)
		tuya_meter_show(&fetcher->meter, &fetcher->remote);
	tuya_registry_end_idling();
}

void
tuya_fetcher_unpin(TuyaFetcher *fetcher)
{
	if (--fetcher->pins > 0)
		return;
	fetcher->unpinned_us = tuya_clock_monotonic_us();
	tuya_meter_hide(&fetcher->meter);
	if (fetcher->state == TUYA_FETCHER_RETIRED)
		destroy(fetcher);
	else if (fetcher->close_unpinned)
		close_connections(fetcher);
}

void
tuya_fetcher_retire(TuyaFetcher *fetcher)
{
	set_state(fetcher, TUYA_FETCHER_RETIRED);
	fetcher->holder = NULL;
	if (fetcher->pins == 0)
		destroy(fetcher);
}

void
tuya_registry_give_up(TuyaFetcher *fetcher)
{
	*fetcher->holder = NULL;
	tuya_fetcher_retire(fetcher);
}

/*
 * ---- descriptors ----
 */

bool
tuya_registry_give_up_oldest(void)
{
	TuyaFetcher *oldest = NULL;
	dlist_iter	iter;

	dlist_foreach(iter, &fetchers)
	{
		TuyaFetcher *fetcher = dlist_container(TuyaFetcher, node, iter.cur);

		if (fetcher->pins == 0 &&
			(oldest == NULL || fetcher->unpinned_us < oldest->unpinned_us))
			oldest = fetcher;
	}
	if (oldest)
		tuya_registry_give_up(oldest);
	return oldest != NULL;
}

/* One is left for Append, which makes a set of events each time that it waits for scans of ours. */
static bool
acquire_descriptor(void)
{
	bool		left;

	if (!AcquireExternalFD())
		return false;
	left = AcquireExternalFD();
	ReleaseExternalFD();
	return left;
}

bool
tuya_registry_reserve(TuyaFetcher *fetcher, bool connection)
{
	while (!acquire_descriptor())
		if (!tuya_registry_give_up_oldest())
			return false;
	fetcher->descriptors++;
	fetcher->connections += connection;
	return true;
}
