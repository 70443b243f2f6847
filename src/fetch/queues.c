/*
 * queues.c
 *		Where attempts are: queued, waiting, in flight, arrived.
 *
 *		NEW --> QUEUED ---- sent ----> IN_FLIGHT ----> ARRIVED ----> TAKEN_OFF --> freed
 *		                                   ^                           |
 *		                                   \--- due ---- WAITING <-----/ to be sent again
 *
 * From each of the lists an attempt can be taken off, too: when its time is over, when it
 * may not be sent, or when nobody wants it any more.
 *
 * What must always hold: an attempt is in its fetcher's list of its state exactly
 * while it is in its lookup's, and is allocated in the lookup's context; it has a
 * request while it is in flight or arrived, and only then; all attempts of a
 * lookup are for pages of its current round.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include "utils/memutils.h"

#include "util/clock.h"

/*
 * ---- one attempt ----
 */

/* Whether the time of an attempt's lookup runs in that state. */
static bool
is_timed(TuyaAttemptState state)
{
	return state == TUYA_ATTEMPT_IN_FLIGHT || state == TUYA_ATTEMPT_WAITING;
}

static bool
is_listed(TuyaAttemptState state)
{
	return state != TUYA_ATTEMPT_NEW && state != TUYA_ATTEMPT_TAKEN_OFF;
}

static void
count_in_flight(TuyaAttempt *attempt, int change)
{
	TuyaCounters *counters = attempt->lookup->counters;

	attempt->lookup->fetcher->nin_flight += change;
	counters->in_flight += change;
	counters->peak_in_flight = Max(counters->peak_in_flight, counters->in_flight);
}

/* The list that an attempt of that state is in, behind that node. */
static void
insert(TuyaAttempt *attempt)
{
	TuyaFetcher *fetcher = attempt->lookup->fetcher;
	dlist_node *after = &fetcher->waiting.head;
	dlist_iter	iter;

	switch (attempt->state)
	{
		case TUYA_ATTEMPT_QUEUED:
			dlist_push_tail(&fetcher->queue, &attempt->node);
			break;
		case TUYA_ATTEMPT_IN_FLIGHT:
			dlist_push_tail(&fetcher->in_flight, &attempt->node);
			break;
		case TUYA_ATTEMPT_ARRIVED:
			dlist_push_tail(&fetcher->arrived, &attempt->node);
			break;
		case TUYA_ATTEMPT_WAITING:
			dlist_foreach(iter, &fetcher->waiting)
			{
				if (dlist_container(TuyaAttempt, node, iter.cur)->real_due_us > attempt->real_due_us)
					break;
				after = iter.cur;
			}
			dlist_insert_after(after, &attempt->node);
			break;
		case TUYA_ATTEMPT_NEW:
		case TUYA_ATTEMPT_TAKEN_OFF:
			break;
	}
}

/* Moves the attempt from list to list, and counts it there. */
static void
set_state(TuyaAttempt *attempt, TuyaAttemptState state)
{
	TuyaAttemptState old = attempt->state;
	TuyaLookup *lookup = attempt->lookup;

	Assert(tuya_attempt_may_become(old, state));
	attempt->state = state;
	if (is_listed(old))
		dlist_delete(&attempt->node);
	insert(attempt);
	if (is_listed(old) && !is_listed(state))
		dlist_delete(&attempt->lookup_node);
	else if (old == TUYA_ATTEMPT_NEW)
		dlist_push_tail(&lookup->attempts, &attempt->lookup_node);
	else if (!is_listed(old))
		dlist_push_head(&lookup->attempts, &attempt->lookup_node);
	if (is_timed(state) && !is_timed(old))
		tuya_deadline_begin(lookup);
	if (is_timed(old) && !is_timed(state))
		tuya_deadline_end(lookup);
	if (old == TUYA_ATTEMPT_IN_FLIGHT || state == TUYA_ATTEMPT_IN_FLIGHT)
		count_in_flight(attempt, state == TUYA_ATTEMPT_IN_FLIGHT ? 1 : -1);
	if (is_timed(state))
		tuya_deadline_set(attempt);
}

void
tuya_queues_put_in_flight(TuyaAttempt *attempt, TuyaHttpRequest *request)
{
	attempt->request = request;
	if (attempt->lookup->state == TUYA_LOOKUP_QUEUED)
		tuya_lookup_become(attempt->lookup, TUYA_LOOKUP_READING);
	set_state(attempt, TUYA_ATTEMPT_IN_FLIGHT);
}

void
tuya_queues_put_arrived(TuyaAttempt *attempt)
{
	attempt->arrived_us = tuya_clock_us();
	set_state(attempt, TUYA_ATTEMPT_ARRIVED);
}

void
tuya_queues_put_waiting(TuyaAttempt *attempt, int64 wait_us)
{
	attempt->real_due_us = tuya_clock_monotonic_us() + wait_us;
	set_state(attempt, TUYA_ATTEMPT_WAITING);
}

TuyaHttpRequest *
tuya_queues_take_off(TuyaAttempt *attempt)
{
	TuyaHttpRequest *request = attempt->request;

	attempt->request = NULL;
	set_state(attempt, TUYA_ATTEMPT_TAKEN_OFF);
	return request;
}

void
tuya_queues_free(TuyaAttempt *attempt)
{
	if (attempt->failure)
		pfree(attempt->failure);
	pfree(attempt);
}

/*
 * ---- a lookup's ----
 */

static void
enqueue(TuyaLookup *lookup, int64 page)
{
	TuyaAttempt *attempt =
	MemoryContextAllocZero(GetMemoryChunkContext(lookup), sizeof(TuyaAttempt));

	attempt->lookup = lookup;
	attempt->page = page;
	set_state(attempt, TUYA_ATTEMPT_QUEUED);
}

/* Moves what is queued for the lookup before everything else. */
static void
move_to_front(TuyaLookup *lookup)
{
	dlist_iter	iter;

	dlist_reverse_foreach(iter, &lookup->attempts)
	{
		TuyaAttempt *attempt = dlist_container(TuyaAttempt, lookup_node, iter.cur);

		if (attempt->state == TUYA_ATTEMPT_QUEUED)
			dlist_move_head(&lookup->fetcher->queue, &attempt->node);
	}
}

void
tuya_queues_want(TuyaLookup *lookup, int ahead, bool urgent)
{
	int64		first = tuya_lookup_wanted_page(lookup);
	int64		last = Min(first + ahead - 1, tuya_lookup_last_page(lookup));

	if (lookup->round != tuya_lookup_round(lookup))
	{
		lookup->round = tuya_lookup_round(lookup);
		lookup->asked_page = 0;
	}
	for (int64 page = Max(lookup->asked_page + 1, first); page <= last; page++)
	{
		enqueue(lookup, page);
		lookup->asked_page = page;
	}
	if (tuya_lookup_is_unasked(lookup))
		tuya_lookup_become(lookup, TUYA_LOOKUP_QUEUED);
	if (urgent)
		move_to_front(lookup);
}

void
tuya_queues_cancel(TuyaLookup *lookup, bool hang_up)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &lookup->attempts)
	{
		TuyaAttempt *attempt = dlist_container(TuyaAttempt, lookup_node, iter.cur);
		TuyaHttpRequest *request = tuya_queues_take_off(attempt);

		if (request)
			tuya_http_release(request, hang_up);
		tuya_queues_free(attempt);
	}
	/* what was asked for and has not come must be asked for again */
	lookup->asked_page = 0;
}

void
tuya_queues_take_back(TuyaLookup *lookup)
{
	dlist_iter	iter;

	dlist_foreach(iter, &lookup->attempts)
	{
		if (dlist_container(TuyaAttempt, lookup_node, iter.cur)->state != TUYA_ATTEMPT_QUEUED)
			return;				/* a part of a lookup is not taken back */
	}
	tuya_queues_cancel(lookup, false);
	if (lookup->state == TUYA_LOOKUP_QUEUED)
		tuya_lookup_become(lookup, TUYA_LOOKUP_TAKEN_BACK);
}

void
tuya_queues_cancel_useless(TuyaLookup *lookup)
{
	if (!tuya_lookup_goes_on(lookup) || lookup->round != tuya_lookup_round(lookup))
		tuya_queues_cancel(lookup, false);
}

TuyaWait
tuya_queues_awaited(TuyaLookup *lookup)
{
	int64		real_now = tuya_clock_monotonic_us();
	dlist_iter	iter;

	dlist_foreach(iter, &lookup->attempts)
	{
		const TuyaAttempt *attempt = dlist_container(TuyaAttempt, lookup_node, iter.cur);

		if (attempt->page != tuya_lookup_wanted_page(lookup) || attempt->request)
			continue;
		if (attempt->state == TUYA_ATTEMPT_WAITING && attempt->real_due_us > real_now)
			return TUYA_WAIT_BACK_OFF;
		if (lookup->fetcher->real_held_until_us > real_now)
			return TUYA_WAIT_RATE_LIMIT;
	}
	return TUYA_WAIT_REPLY;
}

/*
 * ---- a fetcher's ----
 */

bool
tuya_queues_are_empty(TuyaFetcher *fetcher)
{
	return dlist_is_empty(&fetcher->queue) && dlist_is_empty(&fetcher->waiting);
}

int64
tuya_queues_real_due_us(const TuyaFetcher *fetcher)
{
	return dlist_container(TuyaAttempt, node, fetcher->waiting.head.next)->real_due_us;
}

TuyaAttempt *
tuya_queues_next(TuyaFetcher *fetcher, int64 real_now)
{
	if (!dlist_is_empty(&fetcher->waiting) && tuya_queues_real_due_us(fetcher) <= real_now)
		return dlist_head_element(TuyaAttempt, node, &fetcher->waiting);
	return dlist_is_empty(&fetcher->queue) ? NULL :
		dlist_head_element(TuyaAttempt, node, &fetcher->queue);
}

TuyaAttempt *
tuya_queues_first_arrived(TuyaFetcher *fetcher, const TuyaBudget *budget)
{
	dlist_iter	iter;

	dlist_foreach(iter, &fetcher->arrived)
	{
		TuyaAttempt *attempt = dlist_container(TuyaAttempt, node, iter.cur);

		if (attempt->lookup->budget == budget)
			return attempt;
	}
	return NULL;
}

TuyaAttempt *
tuya_queues_any_under_way(TuyaFetcher *fetcher)
{
	dlist_head *const lists[] = {&fetcher->in_flight, &fetcher->waiting, &fetcher->queue};

	for (int i = 0; i < lengthof(lists); i++)
		if (!dlist_is_empty(lists[i]))
			return dlist_head_element(TuyaAttempt, node, lists[i]);
	return NULL;
}
