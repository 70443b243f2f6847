/*
 * deadline.c
 *		The time limits of attempts and lookups.
 *
 * connect_timeout and request_timeout are an attempt's, from when it went out.
 * lookup_timeout is a lookup's: its time runs while any attempt of it is in
 * flight or waits to be sent again, not while one waits to be sent for the first
 * time.  All on the driven clock.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include "utils/memutils.h"

#include "util/clock.h"

/* A limit of an attempt, and how much of it is used. */
typedef struct TimeLimit
{
	TuyaLimitKind kind;
	int			ms;
	int64		used_us;
} TimeLimit;

int64
tuya_deadline_spent_us(const TuyaLookup *lookup, int64 now)
{
	return lookup->spent_us + (lookup->nrunning > 0 ? now - lookup->busy_since_us : 0);
}

int64
tuya_deadline_left_us(const TuyaLookup *lookup)
{
	return lookup->fetcher->settings.lookup_timeout * INT64CONST(1000) -
		tuya_deadline_spent_us(lookup, tuya_clock_us());
}

void
tuya_deadline_begin(TuyaLookup *lookup)
{
	if (lookup->nrunning++ == 0)
		lookup->busy_since_us = tuya_clock_us();
}

void
tuya_deadline_end(TuyaLookup *lookup)
{
	int64		now = tuya_clock_us();

	lookup->spent_us = tuya_deadline_spent_us(lookup, now);
	lookup->busy_since_us = now;
	lookup->nrunning--;
}

void
tuya_deadline_set(TuyaAttempt *attempt)
{
	const TuyaLookup *lookup = attempt->lookup;
	TuyaFetcher *fetcher = lookup->fetcher;
	int64		alone_ms = Min(fetcher->settings.connect_timeout, fetcher->settings.request_timeout);
	int64		left = Max(tuya_deadline_left_us(lookup), 0);

	if (attempt->state == TUYA_ATTEMPT_IN_FLIGHT)
		left = Min(left, alone_ms * 1000);
	fetcher->judge_at_us = Min(fetcher->judge_at_us, tuya_clock_us() + left);
}

/*
 * What waits for a stream waits for a slot: its own limits run from when it has one.
 */
void
tuya_deadline_hold(TuyaFetcher *fetcher)
{
	int64		now = tuya_clock_us();
	dlist_iter	iter;

	if (tuya_http_unsent(fetcher->http) == 0)
		return;
	dlist_foreach(iter, &fetcher->in_flight)
	{
		TuyaAttempt *attempt = dlist_container(TuyaAttempt, node, iter.cur);

		if (tuya_http_phase(attempt->request) != TUYA_HTTP_WAITING)
			continue;
		attempt->sent_us = now;
		attempt->real_sent_us = tuya_clock_monotonic_us();
		tuya_deadline_set(attempt);
	}
}

/* The limit that the attempt will reach next, and how far it is away. */
static int64
next_limit(const TuyaAttempt *attempt, int64 now, TuyaHttpPhase phase, TuyaLimit *limit)
{
	const TuyaSettings *settings = &attempt->lookup->fetcher->settings;
	int64		elapsed = now - attempt->sent_us;
	int64		left = PG_INT64_MAX;
	const TimeLimit limits[] = {
		{TUYA_LIMIT_LOOKUP, settings->lookup_timeout, tuya_deadline_spent_us(attempt->lookup, now)},
		{TUYA_LIMIT_REQUEST, settings->request_timeout, elapsed},
		{TUYA_LIMIT_CONNECT, settings->connect_timeout, elapsed}
	};
	int			nlimits = attempt->state == TUYA_ATTEMPT_WAITING || phase == TUYA_HTTP_WAITING ? 1 :
	phase == TUYA_HTTP_REPLYING ? 2 : 3;

	for (int i = 0; i < nlimits; i++)
	{
		int64		this_left = limits[i].ms * INT64CONST(1000) - limits[i].used_us;

		if (this_left < left)
		{
			left = this_left;
			limit->kind = limits[i].kind;
			limit->ms = limits[i].ms;
		}
	}
	return left;
}

static void
time_out(TuyaAttempt *attempt, int64 now, TuyaHttpPhase phase, TuyaLimit limit)
{
	TuyaLookup *lookup = attempt->lookup;
	TuyaFetcher *fetcher = lookup->fetcher;
	bool		of_lookup = limit.kind == TUYA_LIMIT_LOOKUP;
	int64		elapsed = of_lookup ? tuya_deadline_spent_us(lookup, now) : now - attempt->sent_us;
	MemoryContext saved = MemoryContextSwitchTo(fetcher->scratch);
	TuyaFailure *failure = tuya_failure_of_timeout(fetcher->settings.endpoint, phase, limit,
												   elapsed / 1000);
	TuyaHttpRequest *request = tuya_attempt_take_off(attempt);
	volatile bool done = true;

	MemoryContextSwitchTo(GetMemoryChunkContext(lookup));
	if (request)
		tuya_http_time_out(request);
	PG_TRY();
	{
		if (of_lookup)
			tuya_outcome_out_of_time(attempt, failure, elapsed);
		else
			done = tuya_outcome_take_timeout(attempt, failure);
	}
	PG_CATCH();
	{
		tuya_attempt_abandon(lookup);
		PG_RE_THROW();
	}
	PG_END_TRY();
	if (done)
		tuya_attempt_free(attempt);
	tuya_attempt_cancel_useless(lookup);
	MemoryContextReset(fetcher->scratch);
	MemoryContextSwitchTo(saved);
}

/* Ends the first attempt of the list that is over its limit; false if there is none. */
static bool
judge_first(TuyaFetcher *fetcher, dlist_head *attempts, int64 *nearest)
{
	int64		now = tuya_clock_us();	/* once: reading it is not free */
	dlist_iter	iter;

	dlist_foreach(iter, attempts)
	{
		TuyaAttempt *attempt = dlist_container(TuyaAttempt, node, iter.cur);
		TuyaHttpPhase phase = attempt->request ? tuya_http_phase(attempt->request) :
		TUYA_HTTP_REPLYING;
		TuyaLimit	limit;
		int64		left = next_limit(attempt, now, phase, &limit);

		if (attempt->request && phase == TUYA_HTTP_REPLYING)
			fetcher->warm = true;
		if (left <= 0)
		{
			time_out(attempt, now, phase, limit);
			return true;
		}
		*nearest = Min(*nearest, left);
	}
	return false;
}

int64
tuya_deadline_judge(TuyaFetcher *fetcher)
{
	int64		now = tuya_clock_us();
	int64		nearest = PG_INT64_MAX;
	bool		ended = false;

	if (dlist_is_empty(&fetcher->in_flight) && dlist_is_empty(&fetcher->waiting))
		return PG_INT64_MAX;
	/* that a connection stands is seen here, too */
	if (fetcher->warm && now < fetcher->judge_at_us)
		return fetcher->judge_at_us - now;

	/* one that ends may take others along, so each time from the beginning */
	while (judge_first(fetcher, &fetcher->in_flight, &nearest) ||
		   judge_first(fetcher, &fetcher->waiting, &nearest))
		ended = true;
	fetcher->judge_at_us = nearest == PG_INT64_MAX ? now : now + nearest;
	return ended ? 0 : nearest;
}
