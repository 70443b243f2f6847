/*
 * fetcher.c
 *		Starts lookups, drives what is in flight, hands out rows.
 *
 * A page is asked for by an attempt:
 *
 *		queued ---- slot free ----> in flight ----> settled
 *		  ^                            |
 *		  \---- stale connection ------/		(signed anew, free of charge)
 *
 * A settled attempt feeds its lookup (a page, a refusal) or fails it.  An
 * error is kept in the lookup and raised when a row of it is asked for.
 *
 * Time limits are judged on the driven clock, which stands still while the
 * backend is not in here: an idle cursor or a slow sort costs nobody's time.
 * After such a pause the sockets get one pass before a limit is judged.
 *
 * What must always hold: an attempt is in its fetcher's queue or in_flight
 * list exactly while its lookup points to it, and is allocated in the lookup's
 * context; in_flight attempts, and only they, have a request.
 */
#include "postgres.h"

#include "fetcher.h"

#include <sys/epoll.h>
#include <time.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "utils/memutils.h"

#include "compat.h"
#include "core/retry.h"
#include "core/sign.h"
#include "execution.h"
#include "failure.h"
#include "http.h"
#include "lookup.h"

/* Requests in flight at once, for each fetcher. */
#define CONCURRENCY 16

/*
 * Three keys of KEY_BYTES_MAX, each byte as %XY, and the options' parameters;
 * gateways refuse far shorter URLs.
 */
#define URL_BYTES_MAX (64 * 1024)

/*
 * How many stale connections one page may meet: as many as are kept, each of
 * which can be stale once, and some for streams that are refused.
 */
#define STALE_IN_ROW_MAX (CONCURRENCY + 4)

/* A gap in driving from which on a lost connection is the pause's fault. */
#define PAUSE_US_MIN INT64CONST(1000000)

/* epoll, timer and libcurl's wake-up pair */
#define FETCHER_DESCRIPTORS 4

#define NONCE_BYTES 16

typedef struct TuyaAttempt
{
	dlist_node	node;			/* in TuyaFetcher.queue or in_flight */
	TuyaLookup *lookup;
	int64		page;
	TuyaHttpRequest *request;	/* NULL while queued */
	int64		sent_us;		/* when it went to libcurl, on the driven clock */
	uint64		pauses;			/* driver.pauses then */
} TuyaAttempt;

struct TuyaFetcher
{
	dlist_node	node;			/* in driver.fetchers */
	MemoryContext cxt;
	TuyaSettings settings;
	TuyaParam  *extra;
	int			nextra;
	int			pins;
	bool		retired;
	TuyaHttp   *http;
	bool		warm;			/* a connection has stood */
	int			descriptors;	/* reserved for http itself and for connections */
	int			connections;	/* of which for connections */
	dlist_head	queue;
	dlist_head	in_flight;
	int			nin_flight;
};

/* What all fetchers of the backend share. */
static struct
{
	dlist_head	fetchers;
	int			epoll_fd;		/* readable when any fetcher is; -1 until made */
	WaitEventSet *wait_set;
	int64		paused_us;		/* how long nothing was driven, in all */
	int64		driven_until_us;	/* when driving last stopped */
	uint64		pauses;			/* gaps of at least PAUSE_US_MIN */
}			driver = {DLIST_STATIC_INIT(driver.fetchers), .epoll_fd = -1};

/*
 * ---- the driven clock ----
 *
 * Every way into driving resumes it, every way out stops it.  An error that
 * is thrown in between leaves it as it was last stopped, which is at the latest
 * when the latest wait ended.
 */

static int64
monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64
driven_us(void)
{
	return monotonic_us() - driver.paused_us;
}

/* Driving begins again: what has passed since it stopped does not count. */
static void
resume_clock(void)
{
	int64		gap = monotonic_us() - driver.driven_until_us;

	driver.paused_us += gap;
	if (gap >= PAUSE_US_MIN)
		driver.pauses++;
}

static void
stop_clock(void)
{
	driver.driven_until_us = monotonic_us();
}

/*
 * ---- creation and end ----
 */

static void
init_driver(void)
{
	if (driver.epoll_fd < 0)
	{
		driver.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
		if (driver.epoll_fd < 0)
			ereport(ERROR, (errmsg("epoll_create1 failed: %m")));
		(void) AcquireExternalFD(); /* a refusal changes nothing: we need it */
	}
	if (driver.wait_set == NULL)
	{
		WaitEventSet *set = tuya_compat_wait_event_set(3);

		AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
		AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
		AddWaitEventToSet(set, WL_SOCKET_READABLE, driver.epoll_fd, NULL, NULL);
		driver.wait_set = set;
		driver.driven_until_us = monotonic_us();
	}
}

static char *
copy_utf8(const char *text)
{
	char	   *utf8 = pg_server_to_any(text, strlen(text), PG_UTF8);

	return utf8 == text ? pstrdup(text) : utf8;
}

static void
copy_settings(TuyaFetcher *fetcher, const TuyaSettings *settings)
{
	fetcher->settings = *settings;
	fetcher->settings.endpoint = pstrdup(settings->endpoint);
	fetcher->settings.ca_file = NULL;	/* http has its own copies */
	fetcher->settings.proxy = NULL;
	fetcher->settings.extra_parameters = NULL;
	fetcher->settings.access_key_id = copy_utf8(settings->access_key_id);
	fetcher->settings.access_key_secret = copy_utf8(settings->access_key_secret);
	fetcher->nextra = tuya_option_parse_extra(settings->extra_parameters, &fetcher->extra);
}

static TuyaHttp *
create_http(const TuyaSettings *settings)
{
	TuyaHttpConfig config = {
		.ca_file = settings->ca_file,
		.proxy = settings->proxy,
		.user_agent = "tuya_fdw/" TUYA_FDW_VERSION,
		.cleartext = pg_strncasecmp(settings->endpoint, "http:", 5) == 0,
		.max_connections = CONCURRENCY
	};
	TuyaHttp   *http = tuya_http_create(&config);
	struct epoll_event event = {.events = EPOLLIN};

	if (http == NULL ||
		epoll_ctl(driver.epoll_fd, EPOLL_CTL_ADD, tuya_http_fd(http), &event) != 0)
	{
		if (http)
			tuya_http_destroy(http);
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("could not set up libcurl: out of memory or descriptors")));
	}
	return http;
}

TuyaFetcher *
tuya_fetcher_create(const TuyaSettings *settings)
{
	MemoryContext cxt;
	MemoryContext saved;
	TuyaFetcher *fetcher;

	init_driver();
	/* below the caller's context until nothing can throw any more */
	cxt = AllocSetContextCreate(CurrentMemoryContext, "tuya_fdw fetcher", ALLOCSET_SMALL_SIZES);
	saved = MemoryContextSwitchTo(cxt);
	fetcher = palloc0(sizeof(TuyaFetcher));
	fetcher->cxt = cxt;
	dlist_init(&fetcher->queue);
	dlist_init(&fetcher->in_flight);
	copy_settings(fetcher, settings);
	fetcher->http = create_http(settings);
	while (fetcher->descriptors < FETCHER_DESCRIPTORS && AcquireExternalFD())
		fetcher->descriptors++;
	dlist_push_tail(&driver.fetchers, &fetcher->node);
	MemoryContextSetParent(cxt, TopMemoryContext);
	MemoryContextSwitchTo(saved);
	return fetcher;
}

/* Nobody has it pinned, so nothing of it is queued or in flight. */
static void
destroy(TuyaFetcher *fetcher)
{
	dlist_delete(&fetcher->node);
	tuya_http_destroy(fetcher->http);
	while (fetcher->descriptors-- > 0)
		ReleaseExternalFD();
	explicit_bzero(fetcher->settings.access_key_secret,
				   strlen(fetcher->settings.access_key_secret));
	MemoryContextDelete(fetcher->cxt);
}

void
tuya_fetcher_pin(TuyaFetcher *fetcher)
{
	fetcher->pins++;
}

void
tuya_fetcher_unpin(TuyaFetcher *fetcher)
{
	if (--fetcher->pins == 0 && fetcher->retired)
		destroy(fetcher);
}

void
tuya_fetcher_retire(TuyaFetcher *fetcher)
{
	fetcher->retired = true;
	if (fetcher->pins == 0)
		destroy(fetcher);
}

/*
 * ---- sending ----
 */

static void
make_nonce(char nonce[NONCE_BYTES * 2 + 1])
{
	static const char digits[] = "0123456789abcdef";
	uint8		bytes[NONCE_BYTES];

	if (!pg_strong_random(bytes, sizeof(bytes)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate a random nonce")));
	for (int i = 0; i < NONCE_BYTES; i++)
	{
		nonce[2 * i] = digits[bytes[i] >> 4];
		nonce[2 * i + 1] = digits[bytes[i] & 0x0f];
	}
	nonce[NONCE_BYTES * 2] = '\0';
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

	params[n++] = (TuyaParam) {"Action", "ListOTAJobByDevice"};
	params[n++] = (TuyaParam) {"CurrentPage", page_text};
	params[n++] = (TuyaParam) {"PageSize", size_text};
	params[n++] = (TuyaParam) {"AccessKeyId", fetcher->settings.access_key_id};
	params[n++] = (TuyaParam) {"SignatureMethod", "HMAC-SHA1"};
	params[n++] = (TuyaParam) {"SignatureNonce", nonce};
	params[n++] = (TuyaParam) {"Timestamp", timestamp};
	for (int key = 0; key < TUYA_KEY_COUNT; key++)
		params[n++] = (TuyaParam) {request->parameter[key], request->value[key]};
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

	attempt->sent_us = driven_us();
	attempt->pauses = driver.pauses;
	dlist_delete(&attempt->node);
	dlist_push_tail(&fetcher->in_flight, &attempt->node);
	fetcher->nin_flight++;
	count_sent(attempt->lookup->counters);
}

/*
 * Whether one more request may be in flight.  While no connection stands yet,
 * one request makes it, for each of many would start a resolver thread of its
 * own.  A connection needs a descriptor; where the backend can spare none, there
 * is at least one.
 */
static bool
has_slot(TuyaFetcher *fetcher)
{
	if (fetcher->nin_flight == 0)
		return true;
	if (!fetcher->warm || fetcher->nin_flight >= CONCURRENCY)
		return false;
	if (fetcher->nin_flight < fetcher->connections)
		return true;
	if (!AcquireExternalFD())
		return false;
	fetcher->descriptors++;
	fetcher->connections++;
	return true;
}

static void
send_queued(TuyaFetcher *fetcher)
{
	while (!dlist_is_empty(&fetcher->queue) && has_slot(fetcher))
		send_attempt(fetcher, dlist_head_element(TuyaAttempt, node, &fetcher->queue));
}

/* Asks for the page that the lookup wants, unless that is under way. */
static void
want_page(TuyaLookup *lookup)
{
	TuyaAttempt *attempt;

	if (lookup->attempt)
		return;
	attempt = MemoryContextAllocZero(GetMemoryChunkContext(lookup), sizeof(TuyaAttempt));
	attempt->lookup = lookup;
	attempt->page = tuya_lookup_page(lookup);
	lookup->attempt = attempt;
	dlist_push_tail(&lookup->fetcher->queue, &attempt->node);
}

/*
 * ---- settling ----
 */

static int64
elapsed_us(const TuyaAttempt *attempt)
{
	return driven_us() - attempt->sent_us;
}

/* Takes the attempt off the wire; its request is the caller's from now on. */
static TuyaHttpRequest *
take_off(TuyaAttempt *attempt)
{
	TuyaLookup *lookup = attempt->lookup;
	TuyaHttpRequest *request = attempt->request;

	dlist_delete(&attempt->node);
	lookup->attempt = NULL;
	if (request)
	{
		lookup->fetcher->nin_flight--;
		lookup->counters->in_flight--;
		lookup->spent_us += elapsed_us(attempt);
		attempt->request = NULL;
	}
	return request;
}

void
tuya_fetcher_forget(TuyaLookup *lookup)
{
	TuyaHttpRequest *request;

	if (lookup->attempt == NULL)
		return;
	request = take_off(lookup->attempt);
	if (request)
		tuya_http_release(request);
}

/*
 * Whether the request may be sent again free of charge: its connection was
 * stale, or was lost during a pause of our own making.
 */
static bool
is_free_of_charge(const TuyaAttempt *attempt, const TuyaHttpResult *result)
{
	if (attempt->lookup->stale_in_row >= STALE_IN_ROW_MAX)
		return false;
	return result->outcome == TUYA_HTTP_STALE ||
		(result->outcome == TUYA_HTTP_LOST && attempt->pauses != driver.pauses);
}

/* A whole reply came. */
static void
take_reply(TuyaLookup *lookup, int64 page, const TuyaHttpResult *result, TuyaReply *reply)
{
	TuyaReplyStatus status = tuya_reply_parse(result->body->data, result->body->len, page, reply);

	if (status == TUYA_REPLY_PAGE && result->status >= 200 && result->status < 300)
		tuya_lookup_add_page(lookup, reply);
	else if (status == TUYA_REPLY_ERROR && page > 1 &&
			 tuya_retry_classify(reply->code, result->status) == TUYA_ERROR_REQUEST)
		tuya_lookup_add_refusal(lookup, reply->code);
	else
		tuya_lookup_fail(lookup,
						 tuya_failure_of_reply(lookup->fetcher->settings.endpoint, reply,
											   result, (int64) time(NULL)));
}

static void
take_result(TuyaLookup *lookup, const TuyaAttempt *attempt, const TuyaHttpResult *result,
			int64 elapsed, TuyaReply *reply)
{
	lookup->counters->bytes_received += result->bytes_received;
	if (result->outcome == TUYA_HTTP_REPLIED)
	{
		lookup->stale_in_row = 0;
		take_reply(lookup, attempt->page, result, reply);
	}
	else if (is_free_of_charge(attempt, result))
	{
		lookup->stale_in_row++;
		want_page(lookup);
	}
	else
		tuya_lookup_fail(lookup,
						 tuya_failure_of_transport(lookup->fetcher->settings.endpoint, result,
												   elapsed / 1000));
}

/* The request has ended: feeds its lookup. */
static void
settle(TuyaHttpRequest *request)
{
	TuyaAttempt *attempt = tuya_http_owner(request);
	TuyaLookup *lookup = attempt->lookup;
	int64		elapsed = elapsed_us(attempt);
	TuyaReply	reply = {0};
	MemoryContext saved = MemoryContextSwitchTo(GetMemoryChunkContext(lookup));

	take_off(attempt);
	/* the request and the reply hold memory of malloc's */
	PG_TRY();
	{
		take_result(lookup, attempt, tuya_http_result(request), elapsed, &reply);
	}
	PG_CATCH();
	{
		/* the round may have counted rows that were not stored */
		tuya_lookup_abandon(lookup);
		tuya_reply_free(&reply);
		tuya_http_release(request);
		PG_RE_THROW();
	}
	PG_END_TRY();
	tuya_reply_free(&reply);
	tuya_http_release(request);
	pfree(attempt);
	MemoryContextSwitchTo(saved);
}

/*
 * ---- time limits ----
 */

/* The limit that the attempt will reach next, and how far it is away. */
static int64
next_limit(const TuyaAttempt *attempt, TuyaHttpPhase phase, TuyaLimit *limit)
{
	const TuyaSettings *settings = &attempt->lookup->fetcher->settings;
	int64		elapsed = elapsed_us(attempt);
	int64		left;
	const struct
	{
		const char *option;
		int			ms;
		int64		used_us;
	}			limits[] = {
		{"request_timeout", settings->request_timeout, elapsed},
		{"lookup_timeout", settings->lookup_timeout, attempt->lookup->spent_us + elapsed},
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
time_out(TuyaAttempt *attempt, TuyaHttpPhase phase, TuyaLimit limit)
{
	TuyaLookup *lookup = attempt->lookup;
	int64		elapsed = elapsed_us(attempt);
	MemoryContext saved = MemoryContextSwitchTo(GetMemoryChunkContext(lookup));

	if (strcmp(limit.option, "lookup_timeout") == 0)
		elapsed += lookup->spent_us;
	tuya_http_release(take_off(attempt));
	pfree(attempt);
	tuya_lookup_fail(lookup, tuya_failure_of_timeout(lookup->fetcher->settings.endpoint, phase,
													 limit, elapsed / 1000));
	MemoryContextSwitchTo(saved);
}

/* Ends what is over its limit; returns the time to the next, in us. */
static int64
judge_limits(TuyaFetcher *fetcher)
{
	int64		nearest = PG_INT64_MAX;
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &fetcher->in_flight)
	{
		TuyaAttempt *attempt = dlist_container(TuyaAttempt, node, iter.cur);
		TuyaHttpPhase phase = tuya_http_phase(attempt->request);
		TuyaLimit	limit;
		int64		left = next_limit(attempt, phase, &limit);

		if (phase == TUYA_HTTP_REPLYING)
			fetcher->warm = true;
		if (left <= 0)
			time_out(attempt, phase, limit);
		else
			nearest = Min(nearest, left);
	}
	return nearest;
}

/*
 * ---- driving ----
 */

static void
drive(TuyaFetcher *fetcher)
{
	TuyaHttpRequest *request;

	send_queued(fetcher);
	if (!tuya_http_step(fetcher->http))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("libcurl failed"),
				 errhint("Reconnect to the database.")));
	while ((request = tuya_http_next_done(fetcher->http)) != NULL)
		settle(request);
}

/* One pass over all fetchers; returns the time to the nearest limit, in us. */
static int64
drive_all(void)
{
	int64		nearest = PG_INT64_MAX;
	dlist_iter	iter;

	dlist_foreach(iter, &driver.fetchers)
	{
		TuyaFetcher *fetcher = dlist_container(TuyaFetcher, node, iter.cur);
		int64		left;

		drive(fetcher);
		left = judge_limits(fetcher);
		nearest = Min(nearest, left);
		/* what ended has made room, and a connection may stand now */
		if (!dlist_is_empty(&fetcher->queue) && has_slot(fetcher))
			nearest = 0;
	}
	return nearest;
}

/* Waits until a descriptor is ready, a signal arrives, or that time is over. */
static void
wait_for_event(int64 timeout_us, TuyaCounters *counters)
{
	/* rounded up: a limit is judged when it is over */
	long		timeout_ms = timeout_us == PG_INT64_MAX ? -1 :
		(long) Min(timeout_us / 1000 + 1, INT_MAX);
	int64		began = monotonic_us();
	WaitEvent	event;

	WaitEventSetWait(driver.wait_set, timeout_ms, &event, 1, tuya_compat_wait_event());
	if (event.events & WL_LATCH_SET)
		ResetLatch(MyLatch);
	counters->wait_us += monotonic_us() - began;
}

/* Drives everything until the reader has a row or its lookup has ended. */
static bool
wait_for_row(TuyaReader *reader, TuyaRow *row)
{
	TuyaLookup *lookup = reader->lookup;
	bool		found = false;

	resume_clock();
	while (!found && lookup->state == TUYA_LOOKUP_READING)
	{
		int64		left;

		CHECK_FOR_INTERRUPTS();
		want_page(lookup);
		left = drive_all();
		found = tuya_lookup_read(reader, row);
		if (!found && lookup->attempt && left > 0)
			wait_for_event(left, reader->counters);
		stop_clock();
	}
	return found || tuya_lookup_read(reader, row);
}

/*
 * ---- the seam ----
 */

TuyaLookup *
tuya_fetcher_start(TuyaFetcher *fetcher, TuyaExecution *execution,
				   const TuyaRequest *request, TuyaCounters *counters)
{
	bool		found;
	TuyaLookup *lookup = tuya_execution_lookup(execution, fetcher, request, &found);

	if (found)
	{
		counters->deduplicated++;
		return lookup;
	}
	lookup->counters = counters;
	counters->lookups++;
	resume_clock();
	want_page(lookup);
	send_queued(fetcher);
	stop_clock();
	return lookup;
}

void
tuya_fetcher_init_reader(TuyaReader *reader, TuyaCounters *counters)
{
	reader->lookup = NULL;
	reader->next_chunk = 0;
	reader->counters = counters;
	tuya_store_init_reader(&reader->rows);
}

void
tuya_fetcher_open(TuyaReader *reader, TuyaLookup *lookup)
{
	tuya_store_open(&reader->rows, NULL);
	reader->lookup = lookup;
	reader->next_chunk = 0;
}

bool
tuya_fetcher_next_row(TuyaReader *reader, TuyaRow *row)
{
	TuyaLookup *lookup = reader->lookup;

	if (tuya_lookup_read(reader, row))
		return true;
	if (lookup->state == TUYA_LOOKUP_READING && wait_for_row(reader, row))
		return true;
	if (lookup->failure == NULL)
		return false;

	if (lookup->state == TUYA_LOOKUP_FAILED)
		tuya_failure_report(lookup->failure, ERROR);
	tuya_failure_report(lookup->failure, WARNING);
	lookup->failure = NULL;
	return false;
}
