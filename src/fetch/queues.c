/*
 * queues.c
 *		Where page requests are: queued, waiting, in flight, arrived.
 *
 *		NEW --> QUEUED ---- sent ----> IN_FLIGHT ----> ARRIVED ----> TAKEN_OFF --> freed
 *		                                   ^                           |
 *		                                   \--- due ---- WAITING <-----/ to be sent again
 *
 * From each of the lists a page request can be taken off, too: when its time is over, when it
 * may not be sent, or when nobody wants it any more.
 *
 * What must always hold: a page request is in its fetcher's list of its state exactly
 * while it is in its transfer's, and is allocated in its lookup's context; it has a
 * request while it is in flight or arrived, and only then; all page requests of a
 * lookup are for pages of its current round.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include "utils/memutils.h"

#include "util/clock.h"

/*
 * ---- one page request ----
 */

/* Whether the time of a page request's lookup runs in that state. */
static bool
is_timed(TuyaPageRequestState state)
{
	return state == TUYA_PAGE_IN_FLIGHT || state == TUYA_PAGE_WAITING;
}

static bool
is_listed(TuyaPageRequestState state)
{
	return state != TUYA_PAGE_NEW && state != TUYA_PAGE_TAKEN_OFF;
}

/* Whether its reply has yet to come. */
static bool
is_outstanding(TuyaPageRequestState state)
{
	return state == TUYA_PAGE_QUEUED || is_timed(state);
}

static void
count_in_flight(TuyaPageRequest *page_request, int change)
{
	TuyaCounters *counters = page_request->transfer->counters;

	page_request->transfer->fetcher->nin_flight += change;
	tuya_meter_add(&page_request->transfer->fetcher->meter, TUYA_METRIC_IN_FLIGHT, change);
	counters->in_flight += change;
	counters->peak_in_flight = Max(counters->peak_in_flight, counters->in_flight);
}

/* The list that a page request of that state is in, behind that node. */
static void
insert(TuyaPageRequest *page_request)
{
	TuyaFetcher *fetcher = page_request->transfer->fetcher;
	dlist_node *after = &fetcher->waiting.head;
	dlist_iter	iter;

	switch (page_request->state)
	{
		case TUYA_PAGE_QUEUED:
			dlist_push_tail(&fetcher->queue, &page_request->node);
			break;
		case TUYA_PAGE_IN_FLIGHT:
			dlist_push_tail(&fetcher->in_flight, &page_request->node);
			break;
		case TUYA_PAGE_ARRIVED:
			dlist_push_tail(&fetcher->arrived, &page_request->node);
			break;
		case TUYA_PAGE_WAITING:
			dlist_foreach(iter, &fetcher->waiting)
			{
				if (dlist_container(TuyaPageRequest, node, iter.cur)->real_due_us >
					page_request->real_due_us)
					break;
				after = iter.cur;
			}
			dlist_insert_after(after, &page_request->node);
			break;
		case TUYA_PAGE_NEW:
		case TUYA_PAGE_TAKEN_OFF:
			break;
	}
}

/*
 * Moves the page request from list to list, and counts it there.  Only where the time of its
 * lookup runs, before or after, it matters what time it is.
 */
static void
set_state(TuyaPageRequest *page_request, TuyaPageRequestState state, int64 now)
{
	TuyaPageRequestState old = page_request->state;
	TuyaTransfer *transfer = page_request->transfer;

	Assert(tuya_page_request_may_become(old, state));
	page_request->state = state;
	if (is_listed(old))
		dlist_delete(&page_request->node);
	insert(page_request);
	if (is_listed(old) && !is_listed(state))
		dlist_delete(&page_request->transfer_node);
	else if (old == TUYA_PAGE_NEW)
		dlist_push_tail(&transfer->page_requests, &page_request->transfer_node);
	else if (!is_listed(old))
		dlist_push_head(&transfer->page_requests, &page_request->transfer_node);
	transfer->fetcher->noutstanding += is_outstanding(state) - is_outstanding(old);
	if (is_timed(state) && !is_timed(old))
		tuya_deadline_begin(transfer, now);
	if (is_timed(old) && !is_timed(state))
		tuya_deadline_end(transfer, now);
	if (old == TUYA_PAGE_IN_FLIGHT || state == TUYA_PAGE_IN_FLIGHT)
		count_in_flight(page_request, state == TUYA_PAGE_IN_FLIGHT ? 1 : -1);
	if (is_timed(state))
		tuya_deadline_set(page_request, now);
}

void
tuya_queues_put_in_flight(TuyaPageRequest *page_request, TuyaHttpRequest *request)
{
	page_request->request = request;
	if (tuya_lookup_state(page_request->transfer->lookup) == TUYA_LOOKUP_QUEUED)
		tuya_lookup_become(page_request->transfer->lookup, TUYA_LOOKUP_READING);
	set_state(page_request, TUYA_PAGE_IN_FLIGHT, page_request->sent_us);
}

void
tuya_queues_put_arrived(TuyaPageRequest *page_request)
{
	page_request->arrived_us = tuya_clock_us();
	set_state(page_request, TUYA_PAGE_ARRIVED, page_request->arrived_us);
}

void
tuya_queues_put_waiting(TuyaPageRequest *page_request, int64 wait_us)
{
	int64		real_now = tuya_clock_monotonic_us();

	page_request->real_due_us = real_now + wait_us;
	set_state(page_request, TUYA_PAGE_WAITING, tuya_clock_driven_us(real_now));
}

TuyaHttpRequest *
tuya_queues_take_off(TuyaPageRequest *page_request)
{
	TuyaHttpRequest *request = page_request->request;

	page_request->request = NULL;
	/* reading the clock is not free */
	set_state(page_request, TUYA_PAGE_TAKEN_OFF, is_timed(page_request->state) ? tuya_clock_us() : 0);
	return request;
}

void
tuya_queues_free(TuyaPageRequest *page_request)
{
	if (page_request->failure)
		pfree(page_request->failure);
	pfree(page_request);
}

/*
 * ---- a lookup's ----
 */

static void
enqueue(TuyaTransfer *transfer, int64 page)
{
	TuyaPageRequest *page_request =
	MemoryContextAllocZero(GetMemoryChunkContext(transfer->lookup), sizeof(TuyaPageRequest));

	page_request->transfer = transfer;
	page_request->page = page;
	set_state(page_request, TUYA_PAGE_QUEUED, 0);
}

/* Moves what is queued for the lookup before everything else. */
static void
move_to_front(TuyaTransfer *transfer)
{
	dlist_iter	iter;

	dlist_reverse_foreach(iter, &transfer->page_requests)
	{
		TuyaPageRequest *page_request = dlist_container(TuyaPageRequest, transfer_node, iter.cur);

		if (page_request->state == TUYA_PAGE_QUEUED)
			dlist_move_head(&transfer->fetcher->queue, &page_request->node);
	}
}

void
tuya_queues_want(TuyaTransfer *transfer, int ahead, bool urgent)
{
	int64		first = tuya_lookup_wanted_page(transfer->lookup);
	int64		last = Min(first + ahead - 1, tuya_lookup_last_page(transfer->lookup));

	if (transfer->round != tuya_lookup_round(transfer->lookup))
	{
		transfer->round = tuya_lookup_round(transfer->lookup);
		transfer->asked_page = 0;
	}
	for (int64 page = Max(transfer->asked_page + 1, first); page <= last; page++)
	{
		enqueue(transfer, page);
		transfer->asked_page = page;
	}
	if (tuya_lookup_is_unasked(transfer->lookup))
		tuya_lookup_become(transfer->lookup, TUYA_LOOKUP_QUEUED);
	if (urgent)
		move_to_front(transfer);
}

/*
 * ---- a lookup's that nobody reads yet ----
 */

static void
set_paused(TuyaTransfer *transfer, bool paused)
{
	if (paused && !transfer->is_paused)
		dlist_push_tail(&transfer->fetcher->paused, &transfer->paused_node);
	else if (!paused && transfer->is_paused)
		dlist_delete(&transfer->paused_node);
	transfer->is_paused = paused;
}

/* Whether there is room for a page of the lookup, which nobody reads yet. */
static bool
has_room_ahead(const TuyaTransfer *transfer)
{
	return !tuya_lookup_is_crowded(transfer->lookup) &&
		tuya_lookup_has_room_for(transfer->lookup, transfer->fetcher->noutstanding + 1 + TUYA_READER_PAGES);
}

/* Its page goes before others' first ones, or all lookups of a window would be in memory half read. */
void
tuya_queues_go_ahead(TuyaTransfer *transfer)
{
	bool		goes_on = transfer->whole && !transfer->opened && dlist_is_empty(&transfer->page_requests) &&
	tuya_lookup_state(transfer->lookup) == TUYA_LOOKUP_READING;

	set_paused(transfer, goes_on && !has_room_ahead(transfer));
	if (goes_on && !transfer->is_paused)
		tuya_queues_want(transfer, 1, true);
}

void
tuya_queues_resume(TuyaFetcher *fetcher)
{
	if (!dlist_is_empty(&fetcher->paused))
		tuya_queues_go_ahead(dlist_head_element(TuyaTransfer, paused_node, &fetcher->paused));
}

void
tuya_queues_leave_to_reader(TuyaTransfer *transfer)
{
	set_paused(transfer, false);
}

/*
 * ---- a lookup's end ----
 */

void
tuya_queues_cancel(TuyaTransfer *transfer, bool hang_up)
{
	dlist_mutable_iter iter;

	set_paused(transfer, false);
	dlist_foreach_modify(iter, &transfer->page_requests)
	{
		TuyaPageRequest *page_request = dlist_container(TuyaPageRequest, transfer_node, iter.cur);
		TuyaHttpRequest *request = tuya_queues_take_off(page_request);

		if (request)
			tuya_http_release(request, hang_up);
		tuya_queues_free(page_request);
	}
	/* what was asked for and has not come must be asked for again */
	transfer->asked_page = 0;
}

void
tuya_queues_take_back(TuyaTransfer *transfer)
{
	dlist_iter	iter;

	dlist_foreach(iter, &transfer->page_requests)
	{
		if (dlist_container(TuyaPageRequest, transfer_node, iter.cur)->state != TUYA_PAGE_QUEUED)
			return;				/* a part of a lookup is not taken back */
	}
	tuya_queues_cancel(transfer, false);
	if (tuya_lookup_state(transfer->lookup) == TUYA_LOOKUP_QUEUED)
		tuya_lookup_become(transfer->lookup, TUYA_LOOKUP_TAKEN_BACK);
}

void
tuya_queues_cancel_useless(TuyaTransfer *transfer)
{
	if (!tuya_lookup_goes_on(transfer->lookup) ||
		transfer->round != tuya_lookup_round(transfer->lookup))
		tuya_queues_cancel(transfer, false);
}

TuyaWait
tuya_queues_awaited(TuyaTransfer *transfer)
{
	int64		real_now = tuya_clock_monotonic_us();
	dlist_iter	iter;

	dlist_foreach(iter, &transfer->page_requests)
	{
		const TuyaPageRequest *page_request = dlist_container(TuyaPageRequest, transfer_node, iter.cur);

		if (page_request->page != tuya_lookup_wanted_page(transfer->lookup) || page_request->request)
			continue;
		if (page_request->state == TUYA_PAGE_WAITING && page_request->real_due_us > real_now)
			return TUYA_WAIT_BACK_OFF;
		if (transfer->fetcher->real_held_until_us > real_now)
			return TUYA_WAIT_RATE_LIMIT;
	}
	return TUYA_WAIT_REPLY;
}

/*
 * ---- a fetcher's ----
 */

void
tuya_queues_init(TuyaFetcher *fetcher)
{
	dlist_init(&fetcher->queue);
	dlist_init(&fetcher->waiting);
	dlist_init(&fetcher->in_flight);
	dlist_init(&fetcher->arrived);
	dlist_init(&fetcher->paused);
}

bool
tuya_queues_are_empty(TuyaFetcher *fetcher)
{
	return dlist_is_empty(&fetcher->queue) && dlist_is_empty(&fetcher->waiting);
}

int64
tuya_queues_real_due_us(const TuyaFetcher *fetcher)
{
	return dlist_container(TuyaPageRequest, node, fetcher->waiting.head.next)->real_due_us;
}

TuyaPageRequest *
tuya_queues_next(TuyaFetcher *fetcher, int64 real_now)
{
	if (!dlist_is_empty(&fetcher->waiting) && tuya_queues_real_due_us(fetcher) <= real_now)
		return dlist_head_element(TuyaPageRequest, node, &fetcher->waiting);
	return dlist_is_empty(&fetcher->queue) ? NULL :
		dlist_head_element(TuyaPageRequest, node, &fetcher->queue);
}

TuyaPageRequest *
tuya_queues_first_arrived(TuyaFetcher *fetcher, const TuyaBudget *budget)
{
	dlist_iter	iter;

	dlist_foreach(iter, &fetcher->arrived)
	{
		TuyaPageRequest *page_request = dlist_container(TuyaPageRequest, node, iter.cur);

		if (page_request->transfer->budget == budget)
			return page_request;
	}
	return NULL;
}

TuyaPageRequest *
tuya_queues_any_under_way(TuyaFetcher *fetcher)
{
	dlist_head *const lists[] = {&fetcher->in_flight, &fetcher->waiting, &fetcher->queue};

	for (size_t i = 0; i < lengthof(lists); i++)
		if (!dlist_is_empty(lists[i]))
			return dlist_head_element(TuyaPageRequest, node, lists[i]);
	return NULL;
}
