/*
 * sending.c
 *		What may go when: slots, descriptors, the limiter, the execution's budget.
 *
 * Each sending is signed anew.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include <time.h>

#include "util/clock.h"

/*
 * Three keys of KEY_BYTES_MAX, each byte as %XY, and the options' parameters;
 * gateways refuse far shorter URLs.
 */
#define URL_BYTES_MAX (64 * 1024)

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
	TuyaCounters *counters = attempt->lookup->counters;
	TuyaHttpRequest *request;

	attempt->timestamp_s = (int64) time(NULL) + fetcher->clock_offset_s;
	request = submit(fetcher, attempt);
	counters->requests++;
	counters->retries += attempt->times_sent > 0;
	attempt->sent_us = tuya_clock_us();
	attempt->real_sent_us = tuya_clock_monotonic_us();
	if (attempt->times_sent++ == 0)
		attempt->first_sent_us = attempt->sent_us;
	attempt->clock_version = fetcher->clock_version;
	attempt->held = false;
	tuya_queues_put_in_flight(attempt, request);
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
	return fetcher->nin_flight < fetcher->connections ||
		tuya_registry_reserve(fetcher, true) || first;
}

/* Whether the execution may send one more request, which then counts. */
static bool
budget_allows(const TuyaAttempt *attempt)
{
	const TuyaLookup *lookup = attempt->lookup;
	bool		again = attempt->times_sent > 0;

	return tuya_budget_take(lookup->budget, again,
							!again && attempt->page == 1 && tuya_lookup_round(lookup) == 1);
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
has_time_to_wait(TuyaFetcher *fetcher, TuyaAttempt *attempt, int64 real_now)
{
	int64		wait_us = fetcher->real_held_until_us - real_now;

	if (attempt->state != TUYA_ATTEMPT_WAITING || wait_us < tuya_deadline_left_us(attempt->lookup))
		return true;
	tuya_ending_no_time_to_wait(attempt, Max(wait_us, 0));
	return false;
}

void
tuya_sending_go(TuyaFetcher *fetcher)
{
	TuyaAttempt *attempt;
	int64		real_now;

	/* most often there is nothing, and the time is not free */
	if (tuya_queues_are_empty(fetcher))
		return;
	real_now = tuya_clock_monotonic_us();
	while ((attempt = tuya_queues_next(fetcher, real_now)) != NULL && has_slot(fetcher))
	{
		if (!limiter_agrees(fetcher, attempt, real_now))
		{
			if (has_time_to_wait(fetcher, attempt, real_now))
				break;
		}
		else if (budget_allows(attempt))
			send_attempt(fetcher, attempt);
		else
			tuya_ending_out_of_budget(attempt);
	}
}

int64
tuya_sending_pause_us(TuyaFetcher *fetcher)
{
	int64		real_now;

	if (tuya_queues_are_empty(fetcher))
		return PG_INT64_MAX;
	real_now = tuya_clock_monotonic_us();
	if (tuya_queues_next(fetcher, real_now) == NULL)
		return tuya_queues_real_due_us(fetcher) - real_now;
	if (!has_slot(fetcher))
		return PG_INT64_MAX;
	return Max(fetcher->real_held_until_us - real_now, 0);
}
