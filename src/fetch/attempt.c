/*
 * attempt.c
 *		The life of an attempt: queued, sent, settled.
 *
 *		queued ---- slot free, limiter agrees ----> in flight ----> arrived ----> settled
 *		                                              ^    \-- no reply in time --/  |
 *		                                              |                             |
 *		                        waiting, until due ---+---- to be sent again -------/
 *
 * A settled attempt feeds its lookup (a page, a refusal) or fails it.  Each
 * sending is signed anew.
 *
 * What must always hold: an attempt is in its fetcher's list of its state exactly
 * while it is in its lookup's, and is allocated in the lookup's context; it has a
 * request while it is in flight or arrived, and only then; all attempts of a
 * lookup are for pages of its current round.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include <time.h>

#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/memutils.h"

#include "util/clock.h"

/*
 * Three keys of KEY_BYTES_MAX, each byte as %XY, and the options' parameters;
 * gateways refuse far shorter URLs.
 */
#define URL_BYTES_MAX (64 * 1024)

/*
 * ---- sending ----
 */

static void
count_sent(TuyaCounters *counters, bool again)
{
	counters->requests++;
	counters->retries += again;
	counters->in_flight++;
	counters->peak_in_flight = Max(counters->peak_in_flight, counters->in_flight);
}

/* Hands the signed request to libcurl. */
static TuyaHttpRequest *
submit(TuyaFetcher *fetcher, TuyaAttempt *attempt)
{
	TuyaHttpRequest *request = NULL;
	TuyaBuf		url;

	tuya_buf_init(&url, URL_BYTES_MAX);
	if (tuya_request_append_url(&url, fetcher, &attempt->lookup->request, attempt->page,
								attempt->timestamp_s))
		request = tuya_http_submit(fetcher->http, url.data, REPLY_BYTES_MAX, attempt);
	tuya_buf_free_secret(&url);
	if (request == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not send a request: out of memory")));
	return request;
}

static void
send_attempt(TuyaFetcher *fetcher, TuyaAttempt *attempt)
{
	bool		again = attempt->state == TUYA_ATTEMPT_WAITING;

	attempt->timestamp_s = (int64) time(NULL) + fetcher->clock_offset_s;
	attempt->request = submit(fetcher, attempt);
	attempt->sent_us = tuya_clock_us();
	attempt->real_sent_us = tuya_clock_monotonic_us();
	if (attempt->times_sent++ == 0)
		attempt->first_sent_us = attempt->sent_us;
	attempt->clock_version = fetcher->clock_version;
	attempt->held = false;
	if (!again)
		tuya_deadline_begin(attempt->lookup);
	attempt->state = TUYA_ATTEMPT_IN_FLIGHT;
	dlist_delete(&attempt->node);
	dlist_push_tail(&fetcher->in_flight, &attempt->node);
	fetcher->nin_flight++;
	tuya_deadline_set(attempt);
	count_sent(attempt->lookup->counters, again);
}

/*
 * Whether one more request may be in flight.  While no connection stands yet,
 * one request makes it, for each of many would start a resolver thread of its
 * own.  A connection needs a descriptor; where the backend can spare none, there
 * is at least one all the same.
 */
static bool
has_slot(TuyaFetcher *fetcher)
{
	bool		first = fetcher->nin_flight == 0;
	int			slots = Min(fetcher->settings.concurrency, tuya_http_streams(fetcher->http));

	if (!first && (!fetcher->warm || fetcher->nin_flight >= slots))
		return false;
	if (fetcher->nin_flight < fetcher->connections)
		return true;
	while (!AcquireExternalFD())
		if (!tuya_fetcher_give_up_oldest())
			return first;
	fetcher->descriptors++;
	fetcher->connections++;
	return true;
}

/*
 * Ends an attempt that is queued or waits, and will not be sent: because the statement
 * may send no more, or, if wait_us is not negative, because it would have to wait so
 * long.  Whoever needs the page gets the error.
 */
static void
end_unsent(TuyaAttempt *attempt, int64 wait_us)
{
	TuyaLookup *lookup = attempt->lookup;
	MemoryContext saved = MemoryContextSwitchTo(GetMemoryChunkContext(lookup));

	(void) tuya_attempt_take_off(attempt);
	PG_TRY();
	{
		if (wait_us < 0)
			tuya_lookup_put_failure(lookup, attempt->page, tuya_budget_refusal(lookup->budget));
		else
			tuya_outcome_too_long(attempt, attempt->failure, wait_us);
	}
	PG_CATCH();
	{
		tuya_attempt_abandon(lookup);
		PG_RE_THROW();
	}
	PG_END_TRY();
	tuya_attempt_free(attempt);
	tuya_attempt_cancel_useless(lookup);
	MemoryContextSwitchTo(saved);
}

/* Whether the statement may send one more request, which then counts. */
static bool
may_send(const TuyaAttempt *attempt)
{
	const TuyaLookup *lookup = attempt->lookup;
	bool		again = attempt->times_sent > 0;

	return tuya_budget_take(lookup->budget, again,
							!again && attempt->page == 1 && tuya_lookup_round(lookup) == 1);
}

/* What is to be sent next, by now, or NULL: what was sent before goes first. */
static TuyaAttempt *
next_to_send(TuyaFetcher *fetcher, int64 real_now)
{
	if (!dlist_is_empty(&fetcher->waiting))
	{
		TuyaAttempt *attempt = dlist_head_element(TuyaAttempt, node, &fetcher->waiting);

		if (attempt->real_due_us <= real_now)
			return attempt;
	}
	return dlist_is_empty(&fetcher->queue) ? NULL :
		dlist_head_element(TuyaAttempt, node, &fetcher->queue);
}

/* Whether the limiter lets the attempt go, which then counts. */
static bool
limiter_agrees(TuyaFetcher *fetcher, TuyaAttempt *attempt, int64 real_now)
{
	int64		wait;

	if (real_now < fetcher->real_held_until_us)
		return false;
	wait = tuya_limiter_take(fetcher->limiter);
	if (wait == 0)
		return true;
	fetcher->real_held_until_us = real_now + wait;
	if (!attempt->held)
		attempt->lookup->counters->held++;
	attempt->held = true;
	return false;
}

/*
 * The limiter lets the attempt wait.  One that was sent before fails at once if its
 * lookup has no time for that.
 */
static bool
has_time_for_wait(TuyaFetcher *fetcher, TuyaAttempt *attempt, int64 real_now)
{
	TuyaLookup *lookup = attempt->lookup;
	int64		wait_us = fetcher->real_held_until_us - real_now;

	if (attempt->state != TUYA_ATTEMPT_WAITING || wait_us < tuya_deadline_left_us(lookup))
		return true;
	end_unsent(attempt, Max(wait_us, 0));
	return false;
}

void
tuya_attempt_send_queued(TuyaFetcher *fetcher)
{
	TuyaAttempt *attempt;
	int64		real_now;

	/* most often there is nothing, and the time is not free */
	if (dlist_is_empty(&fetcher->queue) && dlist_is_empty(&fetcher->waiting))
		return;
	real_now = tuya_clock_monotonic_us();
	while ((attempt = next_to_send(fetcher, real_now)) != NULL && has_slot(fetcher))
	{
		if (!limiter_agrees(fetcher, attempt, real_now))
		{
			if (has_time_for_wait(fetcher, attempt, real_now))
				break;
		}
		else if (may_send(attempt))
			send_attempt(fetcher, attempt);
		else
			end_unsent(attempt, -1);
	}
}

int64
tuya_attempt_until_send(TuyaFetcher *fetcher)
{
	int64		real_now;

	if (dlist_is_empty(&fetcher->queue) && dlist_is_empty(&fetcher->waiting))
		return PG_INT64_MAX;
	real_now = tuya_clock_monotonic_us();
	if (next_to_send(fetcher, real_now) == NULL)
		return dlist_head_element(TuyaAttempt, node, &fetcher->waiting)->real_due_us - real_now;
	if (!has_slot(fetcher))
		return PG_INT64_MAX;
	return Max(fetcher->real_held_until_us - real_now, 0);
}

/* Queues an attempt for the page. */
static void
ask(TuyaLookup *lookup, int64 page)
{
	TuyaAttempt *attempt =
	MemoryContextAllocZero(GetMemoryChunkContext(lookup), sizeof(TuyaAttempt));

	attempt->lookup = lookup;
	attempt->page = page;
	attempt->state = TUYA_ATTEMPT_QUEUED;
	dlist_push_tail(&lookup->attempts, &attempt->lookup_node);
	dlist_push_tail(&lookup->fetcher->queue, &attempt->node);
}

/* Moves what is queued for the lookup before everything else. */
static void
hurry(TuyaLookup *lookup)
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
tuya_attempt_want(TuyaLookup *lookup, int ahead, bool urgent)
{
	int64		first = tuya_lookup_page(lookup);
	int64		last = Min(first + ahead - 1, tuya_lookup_last_page(lookup));

	if (lookup->round != tuya_lookup_round(lookup))
	{
		lookup->round = tuya_lookup_round(lookup);
		lookup->asked_page = first - 1;
	}
	for (int64 page = lookup->asked_page + 1; page <= last; page++)
	{
		ask(lookup, page);
		lookup->asked_page = page;
	}
	if (urgent)
		hurry(lookup);
}

TuyaWait
tuya_attempt_awaited(TuyaLookup *lookup)
{
	int64		real_now = tuya_clock_monotonic_us();
	dlist_iter	iter;

	dlist_foreach(iter, &lookup->attempts)
	{
		const TuyaAttempt *attempt = dlist_container(TuyaAttempt, lookup_node, iter.cur);

		if (attempt->page != tuya_lookup_page(lookup) || attempt->request)
			continue;
		if (attempt->state == TUYA_ATTEMPT_WAITING && attempt->real_due_us > real_now)
			return TUYA_WAIT_BACK_OFF;
		if (lookup->fetcher->real_held_until_us > real_now)
			return TUYA_WAIT_RATE_LIMIT;
	}
	return TUYA_WAIT_REPLY;
}

/*
 * ---- settling ----
 */

/* The attempt is on the wire no longer. */
static void
leave_wire(TuyaAttempt *attempt)
{
	attempt->lookup->counters->in_flight--;
	attempt->lookup->fetcher->nin_flight--;
}

TuyaHttpRequest *
tuya_attempt_take_off(TuyaAttempt *attempt)
{
	TuyaHttpRequest *request = attempt->request;

	if (attempt->state == TUYA_ATTEMPT_IN_FLIGHT)
		leave_wire(attempt);
	if (attempt->state == TUYA_ATTEMPT_IN_FLIGHT || attempt->state == TUYA_ATTEMPT_WAITING)
		tuya_deadline_end(attempt->lookup);
	dlist_delete(&attempt->node);
	dlist_delete(&attempt->lookup_node);
	attempt->request = NULL;
	return request;
}

void
tuya_attempt_free(TuyaAttempt *attempt)
{
	if (attempt->failure)
		pfree(attempt->failure);
	pfree(attempt);
}

void
tuya_attempt_put_waiting(TuyaAttempt *attempt, int64 wait_us)
{
	TuyaLookup *lookup = attempt->lookup;
	dlist_node *after = &lookup->fetcher->waiting.head;
	dlist_iter	iter;

	attempt->state = TUYA_ATTEMPT_WAITING;
	attempt->real_due_us = tuya_clock_monotonic_us() + wait_us;
	dlist_push_head(&lookup->attempts, &attempt->lookup_node);
	dlist_foreach(iter, &lookup->fetcher->waiting)
	{
		if (dlist_container(TuyaAttempt, node, iter.cur)->real_due_us > attempt->real_due_us)
			break;
		after = iter.cur;
	}
	dlist_insert_after(after, &attempt->node);
	tuya_deadline_begin(lookup);
	tuya_deadline_set(attempt);
}

void
tuya_attempt_cancel_queued(TuyaLookup *lookup)
{
	dlist_iter	iter;

	dlist_foreach(iter, &lookup->attempts)
	{
		if (dlist_container(TuyaAttempt, lookup_node, iter.cur)->state != TUYA_ATTEMPT_QUEUED)
			return;				/* a part of a lookup is not taken back */
	}
	tuya_attempt_cancel(lookup, false);
}

void
tuya_attempt_cancel(TuyaLookup *lookup, bool hang_up)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &lookup->attempts)
	{
		TuyaAttempt *attempt = dlist_container(TuyaAttempt, lookup_node, iter.cur);
		TuyaHttpRequest *request = tuya_attempt_take_off(attempt);

		if (request)
			tuya_http_release(request, hang_up);
		tuya_attempt_free(attempt);
	}
	/* what was asked for and has not come must be asked for again */
	lookup->round = 0;
}

void
tuya_attempt_cancel_useless(TuyaLookup *lookup)
{
	if (lookup->state != TUYA_LOOKUP_READING || lookup->round != tuya_lookup_round(lookup))
		tuya_attempt_cancel(lookup, false);
}

void
tuya_attempt_abandon(TuyaLookup *lookup)
{
	tuya_lookup_abandon(lookup);
	tuya_attempt_cancel(lookup, true);
}

void
tuya_attempt_arrive(TuyaHttpRequest *request)
{
	TuyaAttempt *attempt = tuya_http_owner(request);

	const TuyaHttpResult *result = tuya_http_result(request);

	/* or each request that is sent again would make a connection of its own */
	if (result->outcome != TUYA_HTTP_REPLIED && result->cold)
		attempt->lookup->fetcher->warm = false;
	leave_wire(attempt);
	tuya_deadline_end(attempt->lookup);
	attempt->state = TUYA_ATTEMPT_ARRIVED;
	attempt->arrived_us = tuya_clock_us();
	dlist_delete(&attempt->node);
	dlist_push_tail(&attempt->lookup->fetcher->arrived, &attempt->node);
}

/* Feeds the lookup, and releases the request. */
static void
settle(TuyaAttempt *attempt)
{
	TuyaLookup *lookup = attempt->lookup;
	TuyaHttpRequest *request = tuya_attempt_take_off(attempt);
	TuyaReply	reply = {0};
	volatile bool done = false;
	MemoryContext saved = MemoryContextSwitchTo(GetMemoryChunkContext(lookup));

	/* the request and the reply hold memory of malloc's */
	PG_TRY();
	{
		done = tuya_outcome_take(attempt, tuya_http_result(request), &reply);
	}
	PG_CATCH();
	{
		tuya_attempt_abandon(lookup);
		tuya_reply_free(&reply);
		tuya_http_release(request, false);
		PG_RE_THROW();
	}
	PG_END_TRY();
	tuya_reply_free(&reply);
	tuya_http_release(request, false);
	if (done)
		tuya_attempt_free(attempt);
	tuya_attempt_cancel_useless(lookup);
	MemoryContextSwitchTo(saved);
}

/* The first that has arrived for the execution of that budget, or NULL. */
static TuyaAttempt *
first_arrived(TuyaFetcher *fetcher, const TuyaBudget *budget)
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

void
tuya_attempt_settle_arrived(TuyaFetcher *fetcher, const TuyaBudget *budget)
{
	TuyaAttempt *attempt;

	/* one that is settled may take others along, so each time from the beginning */
	while ((attempt = first_arrived(fetcher, budget)) != NULL)
	{
		settle(attempt);
		/* many large replies may have come at once */
		CHECK_FOR_INTERRUPTS();
	}
}

/* Fails the lookup of the first attempt in the list, and ends its attempts. */
static void
fail_first(dlist_head *attempts)
{
	TuyaAttempt *attempt = dlist_head_element(TuyaAttempt, node, attempts);
	TuyaLookup *lookup = attempt->lookup;
	MemoryContext saved = MemoryContextSwitchTo(GetMemoryChunkContext(lookup));

	tuya_lookup_put_failure(lookup, tuya_lookup_page(lookup), tuya_failure_of_libcurl());
	tuya_attempt_cancel(lookup, true);
	MemoryContextSwitchTo(saved);
}

void
tuya_attempt_fail_all(TuyaFetcher *fetcher)
{
	while (!dlist_is_empty(&fetcher->in_flight))
		fail_first(&fetcher->in_flight);
	while (!dlist_is_empty(&fetcher->waiting))
		fail_first(&fetcher->waiting);
	while (!dlist_is_empty(&fetcher->queue))
		fail_first(&fetcher->queue);
}
