/*
 * attempt.c
 *		One sending of a request: signed, sent, settled or out of time.
 *
 *		queued ---- slot free ----> in flight ----> arrived ----> settled
 *		  ^                                            |
 *		  \---- stale connection ----------------------/	(signed anew, free of charge)
 *
 * A settled attempt feeds its lookup (a page, a refusal) or fails it.
 *
 * What must always hold: an attempt is in one of its fetcher's three lists
 * exactly while it is in its lookup's, and is allocated in the lookup's context;
 * all but queued attempts, and only they, have a request; all attempts of a
 * lookup are for pages of its current round.
 */
#include "postgres.h"

#include "fetcher_internal.h"

#include <time.h>

#include "storage/fd.h"
#include "utils/memutils.h"

#include "clock.h"
#include "core/retry.h"
#include "core/sign.h"
#include "execution.h"
#include "failure.h"

/*
 * Three keys of KEY_BYTES_MAX, each byte as %XY, and the options' parameters;
 * gateways refuse far shorter URLs.
 */
#define URL_BYTES_MAX (64 * 1024)

/*
 * How many stale connections one attempt may meet: as many as can be kept, each
 * of which can be stale once, and some for streams that are refused.
 */
#define STALE_MAX (CONCURRENCY_MAX + 4)

/* The same for connections that were lost: a server that always does so is down. */
#define LOST_MAX 3

#define NONCE_BYTES 16

static TuyaHttpRequest *take_off(TuyaAttempt *attempt);
static void cancel_useless(TuyaLookup *lookup);

/*
 * ---- sending ----
 */

static void
make_nonce(char nonce[NONCE_BYTES * 2 + 1])
{
	static const char digits[] = "0123456789abcdef";
	static uint8 pool[64 * NONCE_BYTES];	/* one system call for many nonces */
	static Size used = sizeof(pool);
	const uint8 *bytes;

	if (used == sizeof(pool))
	{
		if (!pg_strong_random(pool, sizeof(pool)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate a random nonce")));
		used = 0;
	}
	bytes = pool + used;
	used += NONCE_BYTES;
	for (int i = 0; i < NONCE_BYTES; i++)
	{
		nonce[2 * i] = digits[bytes[i] >> 4];
		nonce[2 * i + 1] = digits[bytes[i] & 0x0f];
	}
	nonce[NONCE_BYTES * 2] = '\0';
}

static void
add_param(TuyaParam *params, int *n, const char *name, const char *value)
{
	params[*n].name = name;
	params[*n].value = value;
	(*n)++;
}

/* Appends the signed URL of that page; false if out of memory. */
static bool
append_url(TuyaBuf *url, const TuyaFetcher *fetcher, const TuyaRequest *request, int64 page)
{
	char		nonce[NONCE_BYTES * 2 + 1];
	char		timestamp[TUYA_TIMESTAMP_SIZE];
	char		page_text[32];
	char		size_text[32];
	TuyaParam  *params = palloc(sizeof(TuyaParam) * (10 + fetcher->nextra));
	int			n = 0;
	bool		ok;

	make_nonce(nonce);
	tuya_sign_format_timestamp((int64) time(NULL), timestamp);
	snprintf(page_text, sizeof(page_text), INT64_FORMAT, page);
	snprintf(size_text, sizeof(size_text), "%d", request->page_size);

	add_param(params, &n, "Action", "ListOTAJobByDevice");
	add_param(params, &n, "CurrentPage", page_text);
	add_param(params, &n, "PageSize", size_text);
	add_param(params, &n, "AccessKeyId", fetcher->settings.access_key_id);
	add_param(params, &n, "SignatureMethod", "HMAC-SHA1");
	add_param(params, &n, "SignatureNonce", nonce);
	add_param(params, &n, "Timestamp", timestamp);
	for (int key = 0; key < TUYA_KEY_COUNT; key++)
		add_param(params, &n, request->parameter[key], request->value[key]);
	for (int i = 0; i < fetcher->nextra; i++)
		params[n++] = fetcher->extra[i];

	ok = tuya_buf_append_str(url, fetcher->settings.endpoint) &&
		tuya_buf_append_char(url, '?') &&
		tuya_sign_append_query(url, params, n, fetcher->settings.access_key_secret);
	pfree(params);
	return ok;
}

static void
count_sent(TuyaCounters *counters)
{
	counters->requests++;
	counters->in_flight++;
	counters->peak_in_flight = Max(counters->peak_in_flight, counters->in_flight);
}

/* No limit of the attempt, which goes out now, is reached before that. */
static int64
nearest_limit_us(const TuyaAttempt *attempt)
{
	const TuyaLookup *lookup = attempt->lookup;
	const TuyaSettings *settings = &lookup->fetcher->settings;
	int64		alone = Min(settings->connect_timeout, settings->request_timeout) *
	INT64CONST(1000);
	int64		lookup_left = settings->lookup_timeout * INT64CONST(1000) - lookup->spent_us;

	/* other pages of the lookup have been out for longer, and were counted then */
	return attempt->sent_us + Min(alone, Max(lookup_left, 0));
}

/* Signs the attempt and hands it to libcurl. */
static void
send_attempt(TuyaFetcher *fetcher, TuyaAttempt *attempt)
{
	TuyaBuf		url;

	tuya_buf_init(&url, URL_BYTES_MAX);
	if (append_url(&url, fetcher, &attempt->lookup->request, attempt->page))
		attempt->request = tuya_http_submit(fetcher->http, url.data, REPLY_BYTES_MAX, attempt);
	tuya_buf_free_secret(&url);
	if (attempt->request == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not send a request: out of memory")));

	attempt->sent_us = tuya_clock_us();
	dlist_delete(&attempt->node);
	dlist_push_tail(&fetcher->in_flight, &attempt->node);
	if (fetcher->nin_flight++ == 0)
		fetcher->judge_at_us = attempt->sent_us;
	fetcher->judge_at_us = Min(fetcher->judge_at_us, nearest_limit_us(attempt));
	if (attempt->lookup->nin_flight++ == 0)
		attempt->lookup->busy_since_us = attempt->sent_us;
	count_sent(attempt->lookup->counters);
}

/*
 * Whether one more request may be in flight.  While no connection stands yet,
 * one request makes it, for each of many would start a resolver thread of its
 * own.  A connection needs a descriptor; where the backend can spare none, there
 * is at least one all the same.
 */
bool
tuya_attempt_has_slot(TuyaFetcher *fetcher)
{
	bool		first = fetcher->nin_flight == 0;

	if (!first && (!fetcher->warm || fetcher->nin_flight >= fetcher->settings.concurrency))
		return false;
	if (fetcher->nin_flight < fetcher->connections)
		return true;
	if (!AcquireExternalFD())
		return first;
	fetcher->descriptors++;
	fetcher->connections++;
	return true;
}

/* The statement may send no more: whoever needs the page gets the error. */
static void
refuse_attempt(TuyaAttempt *attempt)
{
	TuyaLookup *lookup = attempt->lookup;
	MemoryContext saved = MemoryContextSwitchTo(GetMemoryChunkContext(lookup));

	(void) take_off(attempt);
	tuya_lookup_put_failure(lookup, attempt->page, tuya_failure_of_max_requests());
	pfree(attempt);
	cancel_useless(lookup);
	MemoryContextSwitchTo(saved);
}

void
tuya_attempt_send_queued(TuyaFetcher *fetcher)
{
	while (!dlist_is_empty(&fetcher->queue) && tuya_attempt_has_slot(fetcher))
	{
		TuyaAttempt *attempt = dlist_head_element(TuyaAttempt, node, &fetcher->queue);

		if (tuya_execution_count_request(attempt->lookup->execution))
			send_attempt(fetcher, attempt);
		else
			refuse_attempt(attempt);
	}
}

/* Queues an attempt for the page. */
static void
ask(TuyaLookup *lookup, int64 page)
{
	TuyaAttempt *attempt =
	MemoryContextAllocZero(GetMemoryChunkContext(lookup), sizeof(TuyaAttempt));

	attempt->lookup = lookup;
	attempt->page = page;
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

		if (attempt->request == NULL)
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

/*
 * ---- settling ----
 */

/* The time for which the lookup had anything in flight. */
static int64
lookup_spent_us(const TuyaLookup *lookup, int64 now)
{
	return lookup->spent_us + (lookup->nin_flight > 0 ? now - lookup->busy_since_us : 0);
}

/* The attempt is on the wire no longer. */
static void
leave_wire(TuyaAttempt *attempt)
{
	TuyaLookup *lookup = attempt->lookup;
	int64		now = tuya_clock_us();

	lookup->spent_us = lookup_spent_us(lookup, now);
	lookup->busy_since_us = now;
	lookup->nin_flight--;
	lookup->counters->in_flight--;
	lookup->fetcher->nin_flight--;
}

/* Takes the attempt out of all lists; its request is the caller's from now on. */
static TuyaHttpRequest *
take_off(TuyaAttempt *attempt)
{
	TuyaHttpRequest *request = attempt->request;

	if (request && !attempt->has_arrived)
		leave_wire(attempt);
	dlist_delete(&attempt->node);
	dlist_delete(&attempt->lookup_node);
	attempt->request = NULL;
	return request;
}

void
tuya_attempt_cancel_queued(TuyaLookup *lookup)
{
	dlist_iter	iter;

	dlist_foreach(iter, &lookup->attempts)
	{
		TuyaAttempt *attempt = dlist_container(TuyaAttempt, lookup_node, iter.cur);

		if (attempt->request)
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
		TuyaHttpRequest *request = take_off(attempt);

		if (request)
			tuya_http_release(request, hang_up);
		pfree(attempt);
	}
	/* what was asked for and has not come must be asked for again */
	lookup->round = 0;
}

/*
 * Whether the request is sent again free of charge: its connection was stale, or
 * was lost, which may be a pause's fault or, over HTTP/2, another request's.
 */
static bool
is_free_of_charge(TuyaAttempt *attempt, const TuyaHttpResult *result)
{
	if (result->outcome == TUYA_HTTP_STALE)
		return ++attempt->times_stale <= STALE_MAX;
	if (result->outcome == TUYA_HTTP_LOST)
		return ++attempt->times_lost <= LOST_MAX;
	return false;
}

/* Puts an attempt that was taken off back into the queue, before all others. */
static void
requeue(TuyaAttempt *attempt)
{
	attempt->has_arrived = false;
	dlist_push_head(&attempt->lookup->attempts, &attempt->lookup_node);
	dlist_push_head(&attempt->lookup->fetcher->queue, &attempt->node);
}

/* A whole reply came. */
static void
take_reply(TuyaLookup *lookup, int64 page, const TuyaHttpResult *result, TuyaReply *reply)
{
	TuyaReplyStatus status = tuya_reply_parse(result->body->data, result->body->len, page, reply);

	if (status == TUYA_REPLY_PAGE && result->status >= 200 && result->status < 300)
		tuya_lookup_put_page(lookup, page, reply);
	else if (status == TUYA_REPLY_ERROR && page > 1 &&
			 tuya_retry_classify(reply->code, result->status) == TUYA_ERROR_REQUEST)
		tuya_lookup_put_refusal(lookup, page, reply->code);
	else
		tuya_lookup_put_failure(lookup, page,
								tuya_failure_of_reply(reply, result, (int64) time(NULL)));
}

/* Feeds the lookup; or puts the attempt back into the queue, and returns false. */
static bool
take_result(TuyaLookup *lookup, TuyaAttempt *attempt, const TuyaHttpResult *result,
			TuyaReply *reply)
{
	lookup->counters->bytes_received += result->bytes_received;
	if (result->outcome == TUYA_HTTP_REPLIED)
		take_reply(lookup, attempt->page, result, reply);
	else if (is_free_of_charge(attempt, result))
	{
		requeue(attempt);
		return false;
	}
	else
		tuya_lookup_put_failure(lookup, attempt->page,
								tuya_failure_of_transport(lookup->fetcher->settings.endpoint, result,
														  (attempt->arrived_us - attempt->sent_us) / 1000));
	return true;
}

/* Takes back what an ended lookup, or an ended round, no longer wants. */
static void
cancel_useless(TuyaLookup *lookup)
{
	if (lookup->state != TUYA_LOOKUP_READING || lookup->round != tuya_lookup_round(lookup))
		tuya_attempt_cancel(lookup, false);
}

void
tuya_attempt_arrive(TuyaHttpRequest *request)
{
	TuyaAttempt *attempt = tuya_http_owner(request);

	leave_wire(attempt);
	attempt->has_arrived = true;
	attempt->arrived_us = tuya_clock_us();
	dlist_delete(&attempt->node);
	dlist_push_tail(&attempt->lookup->fetcher->arrived, &attempt->node);
}

/* Feeds the lookup, and releases the request. */
static void
settle(TuyaAttempt *attempt)
{
	TuyaLookup *lookup = attempt->lookup;
	TuyaHttpRequest *request = take_off(attempt);
	TuyaReply	reply = {0};
	volatile bool done = false;
	MemoryContext saved = MemoryContextSwitchTo(GetMemoryChunkContext(lookup));

	/* the request and the reply hold memory of malloc's */
	PG_TRY();
	{
		done = take_result(lookup, attempt, tuya_http_result(request), &reply);
	}
	PG_CATCH();
	{
		/* the round may have counted rows that were not stored */
		tuya_lookup_abandon(lookup);
		tuya_attempt_cancel(lookup, true);
		tuya_reply_free(&reply);
		tuya_http_release(request, false);
		PG_RE_THROW();
	}
	PG_END_TRY();
	tuya_reply_free(&reply);
	tuya_http_release(request, false);
	if (done)
		pfree(attempt);
	cancel_useless(lookup);
	MemoryContextSwitchTo(saved);
}

/* The first that has arrived for that execution, or NULL. */
static TuyaAttempt *
first_arrived(TuyaFetcher *fetcher, const TuyaExecution *execution)
{
	dlist_iter	iter;

	dlist_foreach(iter, &fetcher->arrived)
	{
		TuyaAttempt *attempt = dlist_container(TuyaAttempt, node, iter.cur);

		if (attempt->lookup->execution == execution)
			return attempt;
	}
	return NULL;
}

void
tuya_attempt_settle_arrived(TuyaFetcher *fetcher, const TuyaExecution *execution)
{
	TuyaAttempt *attempt;

	/* one that is settled may take others along, so each time from the beginning */
	while ((attempt = first_arrived(fetcher, execution)) != NULL)
		settle(attempt);
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
	while (!dlist_is_empty(&fetcher->queue))
		fail_first(&fetcher->queue);
}

/*
 * ---- time limits ----
 */

/* The limit that the attempt will reach next, and how far it is away. */
static int64
next_limit(const TuyaAttempt *attempt, int64 now, TuyaHttpPhase phase, TuyaLimit *limit)
{
	const TuyaSettings *settings = &attempt->lookup->fetcher->settings;
	int64		elapsed = now - attempt->sent_us;
	int64		left;
	const struct
	{
		const char *option;
		int			ms;
		int64		used_us;
	}			limits[] = {
		{"request_timeout", settings->request_timeout, elapsed},
		{"lookup_timeout", settings->lookup_timeout, lookup_spent_us(attempt->lookup, now)},
		{"connect_timeout", settings->connect_timeout, elapsed}
	};
	int			nlimits = phase == TUYA_HTTP_REPLYING ? 2 : 3;

	left = PG_INT64_MAX;
	for (int i = 0; i < nlimits; i++)
	{
		int64		this_left = limits[i].ms * INT64CONST(1000) - limits[i].used_us;

		if (this_left < left)
		{
			left = this_left;
			limit->option = limits[i].option;
			limit->ms = limits[i].ms;
		}
	}
	return left;
}

static void
time_out(TuyaAttempt *attempt, int64 now, TuyaHttpPhase phase, TuyaLimit limit)
{
	TuyaLookup *lookup = attempt->lookup;
	int64		page = attempt->page;
	int64		elapsed = strcmp(limit.option, "lookup_timeout") == 0 ?
	lookup_spent_us(lookup, now) : now - attempt->sent_us;
	MemoryContext saved = MemoryContextSwitchTo(GetMemoryChunkContext(lookup));

	tuya_http_release(take_off(attempt), true);
	pfree(attempt);
	tuya_lookup_put_failure(lookup, page,
							tuya_failure_of_timeout(lookup->fetcher->settings.endpoint, phase,
													limit, elapsed / 1000));
	cancel_useless(lookup);
	MemoryContextSwitchTo(saved);
}

/* Ends the first attempt that is over its limit; false if there is none. */
static bool
judge_first(TuyaFetcher *fetcher, int64 *nearest)
{
	int64		now = tuya_clock_us();	/* once: reading it is not free */
	dlist_iter	iter;

	*nearest = PG_INT64_MAX;
	dlist_foreach(iter, &fetcher->in_flight)
	{
		TuyaAttempt *attempt = dlist_container(TuyaAttempt, node, iter.cur);
		TuyaHttpPhase phase = tuya_http_phase(attempt->request);
		TuyaLimit	limit;
		int64		left = next_limit(attempt, now, phase, &limit);

		if (phase == TUYA_HTTP_REPLYING)
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
tuya_attempt_judge_limits(TuyaFetcher *fetcher)
{
	int64		now = tuya_clock_us();
	int64		nearest;

	if (dlist_is_empty(&fetcher->in_flight))
		return PG_INT64_MAX;
	/* that a connection stands is seen here, too */
	if (fetcher->warm && now < fetcher->judge_at_us)
		return fetcher->judge_at_us - now;

	/* one that ends may take others along, so each time from the beginning */
	while (judge_first(fetcher, &nearest))
		;
	fetcher->judge_at_us = nearest == PG_INT64_MAX ? now : now + nearest;
	return nearest;
}
