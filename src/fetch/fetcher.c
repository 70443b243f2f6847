/*
 * fetcher.c
 *		Starts lookups, drives what is in flight, hands out rows.
 *
 * Lookups want pages, page requests (queues.c) fetch them:
 *
 *		start ----> lookup READING <---- feeds ---- page request ended
 *		                |   |                             ^
 *		   row is here  |   \-- wants a page --> queue -- in flight
 *		                v
 *		            next_row ---- waits, drives all fetchers (driver.c)
 *
 * An error is kept in its lookup and raised when a row of it is asked for, so
 * a failure of what was read ahead concerns nobody who does not need it.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "cache/cache.h"
#include "core/reserve.h"
#include "core/sign.h"
#include "fetch/account.h"
#include "settings.h"

/* epoll, timer and libcurl's wake-up pair */
#define FETCHER_DESCRIPTORS 4

/*
 * Three keys of KEY_BYTES_MAX and a token of REPLY_TOKEN_BYTES_MAX, each byte as %XY, and
 * the options' parameters; gateways refuse far shorter URLs.
 */
#define URL_BYTES_MAX (64 * 1024)

/*
 * ---- creation ----
 */

static TuyaHttp *
create_http(const TuyaSettings *settings, TuyaHttpTrace *trace)
{
	TuyaHttpConfig config = {
		.ca_file = settings->ca_file,
		.proxy = settings->proxy,
		.user_agent = "tuya_fdw/" TUYA_FDW_VERSION,
		.cleartext = pg_strncasecmp(settings->endpoint, "http:", 5) == 0,
		.max_connections = settings->concurrency,
		.connect_ms = settings->connect_timeout,
		.trace = trace
	};
	TuyaHttp   *http;

	while ((http = tuya_http_create(&config)) == NULL && tuya_registry_give_up_oldest())
		;
	if (http == NULL || !tuya_driver_watch(tuya_http_fd(http)))
	{
		if (http)
			tuya_http_destroy(http);
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("could not set up libcurl: out of memory or descriptors")));
	}
	return http;
}

/*
 * OpenSSL and json-c do not bear that memory fails them; see core/sign.h and
 * core/reserve.h.
 */
static void
prepare_libraries(void)
{
	static bool prepared = false;

	if (!prepared)
		prepared = tuya_reserve_lend(SIGN_PREPARE_BYTES) && tuya_sign_prepare();
	if (!tuya_reply_reserve() || !prepared)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("Failed on setting memory aside for requests to the service.")));
}

/* Reserves as many as can be had; with fewer the fetcher is used all the same. */
static void
reserve_descriptors(TuyaFetcher *fetcher)
{
	while (fetcher->descriptors < FETCHER_DESCRIPTORS && tuya_registry_reserve(fetcher, false))
		;
}

void
tuya_fetcher_create(const TuyaSettings *settings, const TuyaRemoteId *remote,
					TuyaHttpTrace *trace, TuyaFetcher **holder)
{
	MemoryContext cxt;
	MemoryContext saved;
	TuyaFetcher *fetcher;

	tuya_registry_end_idling();
	tuya_driver_prepare();
	prepare_libraries();
	/* below the caller's context until nothing can throw any more */
	cxt = AllocSetContextCreate(CurrentMemoryContext, "tuya_fdw fetcher", ALLOCSET_SMALL_SIZES);
	saved = MemoryContextSwitchTo(cxt);
	fetcher = palloc0(sizeof(TuyaFetcher));
	fetcher->cxt = cxt;
	fetcher->scratch = AllocSetContextCreate(cxt, "tuya_fdw reply", ALLOCSET_SMALL_SIZES);
	tuya_queues_init(fetcher);
	fetcher->settings = *settings;
	tuya_option_copy_strings(&fetcher->settings);
	fetcher->remote = *remote;
	tuya_buf_init(&fetcher->url, URL_BYTES_MAX);
	fetcher->nextra = tuya_option_parse_extra(settings->extra_parameters, &fetcher->extra);
	tuya_account_hash_asker(settings, remote->mapping_id, fetcher->asker);
	fetcher->limiter = tuya_limiter_create(&fetcher->settings);
	tuya_quota_init(&fetcher->quota, settings, remote->server_id);
	tuya_meter_begin(&fetcher->meter, remote, tuya_limiter_account(fetcher->limiter),
					 settings->rate_limit);
	reserve_descriptors(fetcher);
	PG_TRY();
	{
		fetcher->http = create_http(settings, trace);
	}
	PG_CATCH();
	{
		tuya_registry_release_all(fetcher);
		tuya_meter_end(&fetcher->meter);
		PG_RE_THROW();
	}
	PG_END_TRY();
	tuya_registry_add(fetcher, holder);
	MemoryContextSetParent(cxt, TopMemoryContext);
	MemoryContextSwitchTo(saved);
}

const unsigned char *
tuya_fetcher_asker(const TuyaFetcher *fetcher)
{
	return fetcher->asker;
}

void
tuya_fetcher_install(void)
{
	tuya_idle_install();		/* may throw, so it is first */
	tuya_limiter_install();
	tuya_quota_install();
	tuya_stats_install();
	tuya_progress_install();
	tuya_cache_install();
}

void
tuya_fetcher_count_lookup(TuyaFetcher *fetcher)
{
	tuya_meter_add(&fetcher->meter, TUYA_METRIC_LOOKUPS, 1);
}

void
tuya_fetcher_count_deduplicated(TuyaFetcher *fetcher, int64 n)
{
	tuya_meter_add(&fetcher->meter, TUYA_METRIC_DEDUPLICATED, n);
}

/*
 * ---- lookups ----
 */

/* How many pages the lookup may ask for beyond what its reader consumes. */
static int
pages_ahead(const TuyaTransfer *transfer)
{
	if (!tuya_lookup_has_room_for(transfer->lookup, transfer->fetcher->noutstanding + 1))
		return 1;
	return Max(tuya_lookup_pages_left(transfer->lookup, transfer->pages.size), 1);
}

/* Whether nothing of the lookup can go on before something has come. */
static bool
must_wait(TuyaTransfer *transfer)
{
	return tuya_lookup_goes_on(transfer->lookup) && tuya_fetcher_is_under_way(transfer);
}

/* One round of driving for the lookup; waits if nothing of it can go on, or says so. */
static void
drive_for(TuyaFetchReader *reader)
{
	TuyaTransfer *transfer = reader->transfer;

	CHECK_FOR_INTERRUPTS();
	tuya_queues_resume(transfer->fetcher);
	tuya_queues_want(transfer, pages_ahead(transfer), true);
	tuya_driver_run(transfer, reader->never_waits ? TUYA_DRIVE_LOOK : TUYA_DRIVE_WAIT,
					reader->counters);
	reader->pending = reader->never_waits && must_wait(transfer);
	reader->pages_known = tuya_lookup_pages_read(transfer->lookup);
}

/* Drives everything until the reader has a row, or its lookup has ended, or it is pending. */
static bool
wait_for_row(TuyaFetchReader *reader, TuyaRow *row)
{
	TuyaTransfer *transfer = reader->transfer;
	bool		found = false;

	while (!found && !reader->pending && tuya_lookup_goes_on(transfer->lookup))
	{
		drive_for(reader);
		found = tuya_lookup_read(&reader->rows, row);
	}
	return found || tuya_lookup_read(&reader->rows, row);
}

/* Drives everything until the reader's lookup has ended; false if the reader is pending. */
static bool
wait_for_end(TuyaFetchReader *reader)
{
	while (!reader->pending && tuya_lookup_goes_on(reader->transfer->lookup))
		drive_for(reader);
	return !reader->pending;
}

/*
 * A page is being consumed: keeps the next ones coming, without waiting.  Not
 * before the window allows it: the page being consumed is its first.
 */
static void
read_ahead(const TuyaFetchReader *reader)
{
	TuyaTransfer *transfer = reader->transfer;
	int64		ahead;

	if (!tuya_lookup_goes_on(transfer->lookup))
		return;
	ahead = tuya_lookup_pages_consumed(&reader->rows) + pages_ahead(transfer) -
		tuya_lookup_wanted_page(transfer->lookup);
	if (ahead <= 0)
		return;
	tuya_queues_want(transfer, (int) ahead, false);
	tuya_driver_run(transfer, TUYA_DRIVE_LOOK, reader->counters);
}

/*
 * ---- the seam ----
 */

void
tuya_fetcher_init_transfer(TuyaTransfer *transfer, TuyaLookup *lookup, TuyaFetcher *fetcher,
						   TuyaBudget *budget)
{
	memset(transfer, 0, sizeof(*transfer));
	transfer->lookup = lookup;
	transfer->fetcher = fetcher;
	transfer->budget = budget;
	dlist_init(&transfer->page_requests);
}

void
tuya_fetcher_prepare_cache(void)
{
	tuya_cached_prepare();
}

void
tuya_fetcher_look_in_cache(TuyaTransfer *transfer, int64 max_age_us, TuyaCounters *counters)
{
	int64		age_us;

	if (!tuya_cached_get(transfer, max_age_us, &age_us))
		return;
	counters->cache_hits++;
	counters->oldest_hit_us = Max(counters->oldest_hit_us, age_us);
	tuya_meter_add(&transfer->fetcher->meter, TUYA_METRIC_CACHE_HITS, 1);
	tuya_ending_count_done(transfer);
}

void
tuya_fetcher_start(TuyaTransfer *transfer, TuyaCounters *counters)
{
	if (transfer->counters == NULL)
		transfer->counters = counters;
	if (!tuya_lookup_is_unasked(transfer->lookup))
		return;
	tuya_queues_want(transfer, 1, false);
	tuya_driver_run(transfer, TUYA_DRIVE_SEND, transfer->counters);
}

void
tuya_fetcher_want_whole(TuyaTransfer *transfer)
{
	transfer->whole = true;
	tuya_queues_go_ahead(transfer);
}

bool
tuya_fetcher_is_idle(TuyaFetcher *fetcher)
{
	return fetcher->nin_flight < fetcher->settings.concurrency && tuya_queues_are_empty(fetcher);
}

int
tuya_fetcher_outstanding(const TuyaFetcher *fetcher)
{
	return fetcher->noutstanding;
}

bool
tuya_fetcher_is_under_way(TuyaTransfer *transfer)
{
	return !dlist_is_empty(&transfer->page_requests);
}

void
tuya_fetcher_take_back(TuyaTransfer *transfer)
{
	transfer->whole = false;
	if (!transfer->opened)
		tuya_queues_take_back(transfer);
}

void
tuya_fetcher_cancel(TuyaTransfer *transfer, bool after_error)
{
	tuya_queues_cancel(transfer, after_error);
}

void
tuya_fetcher_init_reader(TuyaFetchReader *reader, TuyaCounters *counters, bool early_stop,
						 bool softens)
{
	tuya_lookup_init_reader(&reader->rows);
	reader->transfer = NULL;
	reader->taken = false;
	reader->counters = counters;
	/* within a lookup it does not stop then: its rows wait for its last page */
	reader->early_stop = early_stop && !softens;
	reader->softens = softens;
	reader->never_waits = false;
	reader->pending = false;
}

void
tuya_fetcher_open(TuyaFetchReader *reader, TuyaTransfer *transfer)
{
	tuya_lookup_open(&reader->rows, transfer ? transfer->lookup : NULL);
	reader->transfer = transfer;
	reader->taken = false;
	reader->pending = false;
	if (transfer && !transfer->opened)
	{
		transfer->opened = true;
		tuya_queues_leave_to_reader(transfer);
		tuya_window_init(&transfer->pages, transfer->fetcher->settings.concurrency,
						 tuya_lookahead_rows, reader->early_stop);
	}
}

static void
raise_failure(const TuyaLookup *lookup)
{
	const TuyaFailure *failure = tuya_lookup_failure(lookup);

	if (failure)
		tuya_failure_raise(failure);
}

/* The failure of the reader's lookup, if that is not to be raised. */
static const TuyaFailure *
softened(const TuyaFetchReader *reader)
{
	const TuyaFailure *failure = tuya_lookup_failure(reader->transfer->lookup);

	return failure && failure->of_key && reader->softens ? failure : NULL;
}

/*
 * The next row that may be handed out, waiting for it if need be.  What has come of a
 * lookup does not count where it may still fail as a whole.
 */
static bool
read_or_wait(TuyaFetchReader *reader, TuyaRow *row)
{
	const TuyaLookup *lookup = reader->transfer->lookup;

	if (reader->softens && (!wait_for_end(reader) || tuya_lookup_failure(lookup)))
		return false;
	return tuya_lookup_read(&reader->rows, row) ||
		(tuya_lookup_goes_on(lookup) && wait_for_row(reader, row));
}

bool
tuya_fetcher_next_row(TuyaFetchReader *reader, TuyaRow *row)
{
	TuyaTransfer *transfer = reader->transfer;
	int			chunk = reader->rows.next_chunk;

	reader->pending = false;
	if (read_or_wait(reader, row))
	{
		/* each page has a row at least, so it went to the next, not further */
		if (reader->rows.next_chunk != chunk)
		{
			if (chunk > 0)
				tuya_window_consume(&transfer->pages);
			read_ahead(reader);
		}
		reader->pending = false;
		tuya_progress_add_row(transfer->fetcher->meter.progress);
		return true;
	}
	if (softened(reader) == NULL)
		raise_failure(transfer->lookup);
	return false;
}

const TuyaFailure *
tuya_fetcher_take_softened(TuyaFetchReader *reader)
{
	const TuyaFailure *failure = reader->taken ? NULL : softened(reader);

	reader->taken = true;
	if (failure)
		tuya_progress_add_row(reader->transfer->fetcher->meter.progress);
	return failure;
}

bool
tuya_fetcher_count(TuyaFetchReader *reader, int64 *count)
{
	const TuyaLookup *lookup = reader->transfer->lookup;
	bool		found;

	reader->pending = false;
	while (!(found = tuya_lookup_count(lookup, count)) && !reader->pending)
	{
		raise_failure(lookup);
		drive_for(reader);
	}
	reader->pending = !found;
	if (found)
		tuya_ending_count_done(reader->transfer);
	return found;
}

/*
 * ---- waiting elsewhere ----
 */

bool
tuya_fetcher_can_go_on(const TuyaFetchReader *reader)
{
	return !must_wait(reader->transfer) ||
		tuya_lookup_pages_read(reader->transfer->lookup) != reader->pages_known;
}
