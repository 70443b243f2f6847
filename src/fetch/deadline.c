/*
 * deadline.c
 *		The time limits of page requests and lookups: which is over, never what then.
 *
 * connect_timeout and request_timeout are a page request's, from when it went out.
 * lookup_timeout is a lookup's: its time runs while any page request of it is in
 * flight or waits to be sent again, not while one waits to be sent for the first
 * time.  All on the driven clock.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include "util/clock.h"

/* A limit of a page request, and how much of it is used. */
typedef struct TimeLimit
{
	TuyaLimitKind kind;
	int			ms;
	int64		used_us;
} TimeLimit;

/* The time for which the lookup had anything in flight or waiting. */
static int64
spent_us(const TuyaTransfer *transfer, int64 now)
{
	return transfer->spent_us + (transfer->nrunning > 0 ? now - transfer->busy_since_us : 0);
}

static int64
left_us(const TuyaTransfer *transfer, int64 now)
{
	return transfer->fetcher->settings.lookup_timeout * INT64CONST(1000) - spent_us(transfer, now);
}

int64
tuya_deadline_left_us(const TuyaTransfer *transfer)
{
	return left_us(transfer, tuya_clock_us());
}

void
tuya_deadline_begin(TuyaTransfer *transfer, int64 now)
{
	if (transfer->nrunning++ == 0)
		transfer->busy_since_us = now;
}

void
tuya_deadline_end(TuyaTransfer *transfer, int64 now)
{
	transfer->spent_us = spent_us(transfer, now);
	transfer->busy_since_us = now;
	transfer->nrunning--;
}

void
tuya_deadline_set(TuyaPageRequest *page_request, int64 now)
{
	const TuyaTransfer *transfer = page_request->transfer;
	TuyaFetcher *fetcher = transfer->fetcher;
	int64		alone_ms = Min(fetcher->settings.connect_timeout, fetcher->settings.request_timeout);
	int64		left = Max(left_us(transfer, now), 0);

	if (page_request->state == TUYA_PAGE_IN_FLIGHT)
		left = Min(left, alone_ms * 1000);
	fetcher->limit_at_us = Min(fetcher->limit_at_us, now + left);
}

/*
 * What waits for a stream waits for a slot: its own limits run from when it has one.
 */
void
tuya_deadline_hold(TuyaFetcher *fetcher)
{
	int64		real_now;
	dlist_iter	iter;

	if (tuya_http_unsent(fetcher->http) == 0)
		return;
	real_now = tuya_clock_monotonic_us();
	dlist_foreach(iter, &fetcher->in_flight)
	{
		TuyaPageRequest *page_request = dlist_container(TuyaPageRequest, node, iter.cur);

		if (tuya_http_phase(page_request->request) != TUYA_HTTP_WAITING)
			continue;
		page_request->sent_us = tuya_clock_driven_us(real_now);
		page_request->real_sent_us = real_now;
		tuya_deadline_set(page_request, page_request->sent_us);
	}
}

/* Fills the limit that the page request will reach next; returns how far it is away. */
static int64
next_limit(const TuyaPageRequest *page_request, int64 now, TuyaOverdue *next)
{
	const TuyaSettings *settings = &page_request->transfer->fetcher->settings;
	int64		elapsed = now - page_request->sent_us;
	int64		left = PG_INT64_MAX;
	const TimeLimit limits[] = {
		{TUYA_LIMIT_LOOKUP, settings->lookup_timeout, spent_us(page_request->transfer, now)},
		{TUYA_LIMIT_REQUEST, settings->request_timeout, elapsed},
		{TUYA_LIMIT_CONNECT, settings->connect_timeout, elapsed}
	};
	bool		waits = page_request->state == TUYA_PAGE_WAITING || next->phase == TUYA_HTTP_WAITING;
	int			nlimits = waits ? 1 : next->phase == TUYA_HTTP_REPLYING ? 2 : 3;

	for (int i = 0; i < nlimits; i++)
	{
		int64		this_left = limits[i].ms * INT64CONST(1000) - limits[i].used_us;

		if (this_left < left)
		{
			left = this_left;
			next->limit.kind = limits[i].kind;
			next->limit.ms = limits[i].ms;
			next->of_lookup = i == 0;
			next->elapsed_us = limits[i].used_us;
		}
	}
	return left;
}

/*
 * The time to the next limit of the page requests in the list, if it is before nearest; not
 * more than 0 if one is over, which *overdue tells of then.
 */
static int64
nearest_limit(dlist_head *page_requests, int64 now, int64 nearest, TuyaOverdue *overdue)
{
	dlist_iter	iter;

	dlist_foreach(iter, page_requests)
	{
		TuyaPageRequest *page_request = dlist_container(TuyaPageRequest, node, iter.cur);
		int64		left;

		overdue->page_request = page_request;
		overdue->was_sent = page_request->request != NULL;
		overdue->phase = page_request->request ? tuya_http_phase(page_request->request) :
			TUYA_HTTP_REPLYING;
		left = next_limit(page_request, now, overdue);
		nearest = Min(nearest, left);
		if (left <= 0)
			break;
	}
	return nearest;
}

int64
tuya_deadline_next(TuyaFetcher *fetcher, TuyaOverdue *overdue)
{
	int64		now;
	int64		nearest;

	if (dlist_is_empty(&fetcher->in_flight) && dlist_is_empty(&fetcher->waiting))
		return PG_INT64_MAX;
	now = tuya_clock_us();		/* once: reading it is not free */
	if (now < fetcher->limit_at_us)
		return fetcher->limit_at_us - now;
	nearest = nearest_limit(&fetcher->in_flight, now, PG_INT64_MAX, overdue);
	if (nearest > 0)
		nearest = nearest_limit(&fetcher->waiting, now, nearest, overdue);
	fetcher->limit_at_us = now + Max(nearest, 0);
	return Max(nearest, 0);
}
