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

/* Hands the signed request to libcurl. */
static TuyaHttpRequest *
submit(TuyaFetcher *fetcher, TuyaPageRequest *page_request)
{
	TuyaBuf    *url = &fetcher->url;
	TuyaHttpRequest *request = NULL;

	/* of the last one there is something left, if it has failed */
	tuya_buf_empty_secret(url);
	if (tuya_request_append_url(url, fetcher, page_request->transfer->lookup,
								page_request->page, page_request->timestamp_s))
		request = tuya_http_submit(fetcher->http, url->data, REPLY_BYTES_MAX, page_request);
	tuya_buf_empty_secret(url);
	if (request == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not send a request: out of memory")));
	return request;
}

static void
send_page_request(TuyaFetcher *fetcher, TuyaPageRequest *page_request, int64 real_now)
{
	TuyaCounters *counters = page_request->transfer->counters;
	TuyaHttpRequest *request;

	page_request->timestamp_s = (int64) time(NULL) + fetcher->clock_offset_s;
	request = submit(fetcher, page_request);
	counters->requests++;
	counters->retries += page_request->times_sent > 0;
	if (page_request->times_sent > 0)
		tuya_meter_add(&fetcher->meter, TUYA_METRIC_RETRIES, 1);
	page_request->sent_us = tuya_clock_driven_us(real_now);
	page_request->real_sent_us = real_now;
	if (page_request->times_sent++ == 0)
		page_request->first_sent_us = page_request->sent_us;
	page_request->clock_version = fetcher->clock_version;
	page_request->held = false;
	tuya_queues_put_in_flight(page_request, request);
}

/*
 * Whether one more request may be in flight, if there is a connection for it.  While none
 * stands yet, one request makes it, for each of many would start a resolver thread of its own.
 */
static bool
has_slot(const TuyaFetcher *fetcher)
{
	int			slots = Min(fetcher->settings.concurrency, tuya_http_streams(fetcher->http));

	return fetcher->nin_flight == 0 || (fetcher->warm && fetcher->nin_flight < slots);
}

/*
 * Reserves what one more in flight needs.  A connection needs a descriptor; where the
 * backend can spare none, there is at least one all the same.
 */
static bool
reserve_slot(TuyaFetcher *fetcher)
{
	return fetcher->nin_flight < fetcher->connections ||
		tuya_registry_reserve(fetcher, true) || fetcher->nin_flight == 0;
}

/* Whether the execution may send one more request, which then counts. */
static bool
budget_allows(const TuyaPageRequest *page_request, const TuyaBudget *running)
{
	const TuyaTransfer *transfer = page_request->transfer;
	bool		again = page_request->times_sent > 0;

	return tuya_budget_take(transfer->budget, running, &transfer->fetcher->quota, again,
							!again && page_request->page == 1 && tuya_lookup_round(transfer->lookup) == 1);
}

/* Whether the limiter lets the page request go, which then counts. */
static bool
limiter_agrees(TuyaFetcher *fetcher, TuyaPageRequest *page_request, int64 real_now)
{
	int64		wait;

	if (real_now < fetcher->real_held_until_us)
		return false;
	wait = tuya_limiter_take(fetcher->limiter, real_now);
	if (wait == 0)
		return true;
	fetcher->real_held_until_us = real_now + wait;
	if (!page_request->held)
		page_request->transfer->counters->held++;
	page_request->held = true;
	return false;
}

/*
 * The limiter lets the page request wait.  One that was sent before fails at once if its
 * lookup has no time for that.
 */
static bool
has_time_to_wait(TuyaFetcher *fetcher, TuyaPageRequest *page_request, int64 real_now)
{
	int64		wait_us = fetcher->real_held_until_us - real_now;

	if (page_request->state != TUYA_PAGE_WAITING ||
		wait_us < tuya_deadline_left_us(page_request->transfer))
		return true;
	tuya_ending_no_time_to_wait(page_request, Max(wait_us, 0));
	return false;
}

void
tuya_sending_go(TuyaFetcher *fetcher, const TuyaBudget *running)
{
	/* most often there is nothing, or no slot, and the time is not free */
	while (!tuya_queues_are_empty(fetcher) && has_slot(fetcher))
	{
		int64		real_now = tuya_clock_monotonic_us();
		TuyaPageRequest *page_request = tuya_queues_next(fetcher, real_now);

		if (page_request == NULL || !reserve_slot(fetcher))
			break;
		if (!limiter_agrees(fetcher, page_request, real_now))
		{
			if (has_time_to_wait(fetcher, page_request, real_now))
				break;
		}
		else if (budget_allows(page_request, running))
			send_page_request(fetcher, page_request, real_now);
		else
			tuya_ending_out_of_budget(page_request);
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
	if (!has_slot(fetcher) || !reserve_slot(fetcher))
		return PG_INT64_MAX;
	return Max(fetcher->real_held_until_us - real_now, 0);
}
