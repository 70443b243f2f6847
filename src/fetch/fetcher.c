/*
 * fetcher.c
 *		Starts lookups, drives what is in flight, hands out rows.
 *
 * Lookups ask for pages, attempts (attempt.c) send for them:
 *
 *		start ----> lookup READING <---- feeds ---- attempt settled
 *		                |   |                             ^
 *		   row is here  |   \-- wants a page --> queue -- in flight
 *		                v
 *		            next_row ---- waits, drives all fetchers
 *
 * An error is kept in its lookup and raised when a row of it is asked for, so
 * a failure of what was read ahead concerns nobody who does not need it.
 *
 * After a pause in driving the sockets get one pass before a limit is judged.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "utils/memutils.h"

#include "util/clock.h"
#include "compat.h"
#include "core/reserve.h"
#include "core/sign.h"
#include "failure/failure.h"
#include "settings.h"

/* epoll, timer and libcurl's wake-up pair */
#define FETCHER_DESCRIPTORS 4

/* Lookups that are only queued before the sockets are looked at: a look costs. */
#define STARTS_UNSEEN_MAX 8

/* What all fetchers of the backend share. */
static struct
{
	dlist_head	fetchers;
	int			epoll_fd;		/* readable when any fetcher is; -1 until made */
	WaitEventSet *wait_set;
}			driver = {DLIST_STATIC_INIT(driver.fetchers),.epoll_fd = -1};

/*
 * ---- creation and end ----
 */

static void
report_no_descriptors(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
			 errmsg("too few file descriptors for a connection to the service"),
			 errhint("%s", tuya_failure_hint_descriptors)));
}

/* CreateWaitEventSet() calls it an internal error if it gets none. */
static void
require_descriptor(void)
{
	int			fd = dup(driver.epoll_fd);

	if (fd < 0 || !AcquireExternalFD())
	{
		if (fd >= 0)
			close(fd);
		report_no_descriptors();
	}
	ReleaseExternalFD();
	close(fd);
}

static void
init_driver(void)
{
	if (driver.epoll_fd < 0)
	{
		driver.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
		if (driver.epoll_fd < 0)
			report_no_descriptors();
		(void) AcquireExternalFD(); /* a refusal changes nothing: we need it */
	}
	if (driver.wait_set == NULL)
	{
		WaitEventSet *set;

		require_descriptor();
		set = tuya_compat_wait_event_set(3);
		AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
		if (IsUnderPostmaster)
			AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
		AddWaitEventToSet(set, WL_SOCKET_READABLE, driver.epoll_fd, NULL, NULL);
		driver.wait_set = set;
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
	fetcher->settings.ignored_codes = NULL; /* a request's matter */
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
		.max_connections = settings->concurrency,
		.connect_ms = settings->connect_timeout
	};
	TuyaHttp   *http;
	struct epoll_event event = {.events = EPOLLIN};

	while ((http = tuya_http_create(&config)) == NULL && tuya_fetcher_give_up_oldest())
		;
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

static void
release_descriptors(TuyaFetcher *fetcher)
{
	while (fetcher->descriptors > 0)
	{
		ReleaseExternalFD();
		fetcher->descriptors--;
	}
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

/* Makes room, if there are too many; that there is none changes nothing. */
static void
reserve_descriptors(TuyaFetcher *fetcher)
{
	while (fetcher->descriptors < FETCHER_DESCRIPTORS)
	{
		if (AcquireExternalFD())
			fetcher->descriptors++;
		else if (!tuya_fetcher_give_up_oldest())
			break;
	}
}

void
tuya_fetcher_create(const TuyaSettings *settings, TuyaFetcher **holder)
{
	MemoryContext cxt;
	MemoryContext saved;
	TuyaFetcher *fetcher;

	tuya_idle_end();
	init_driver();
	prepare_libraries();
	/* below the caller's context until nothing can throw any more */
	cxt = AllocSetContextCreate(CurrentMemoryContext, "tuya_fdw fetcher", ALLOCSET_SMALL_SIZES);
	saved = MemoryContextSwitchTo(cxt);
	fetcher = palloc0(sizeof(TuyaFetcher));
	fetcher->cxt = cxt;
	fetcher->scratch = AllocSetContextCreate(cxt, "tuya_fdw reply", ALLOCSET_SMALL_SIZES);
	dlist_init(&fetcher->queue);
	dlist_init(&fetcher->waiting);
	dlist_init(&fetcher->in_flight);
	dlist_init(&fetcher->arrived);
	copy_settings(fetcher, settings);
	fetcher->limiter = tuya_limiter_create(&fetcher->settings);
	fetcher->unpinned_us = tuya_clock_monotonic_us();
	reserve_descriptors(fetcher);
	PG_TRY();
	{
		fetcher->http = create_http(settings);
	}
	PG_CATCH();
	{
		release_descriptors(fetcher);
		PG_RE_THROW();
	}
	PG_END_TRY();
	dlist_push_tail(&driver.fetchers, &fetcher->node);
	MemoryContextSetParent(cxt, TopMemoryContext);
	MemoryContextSwitchTo(saved);
	fetcher->holder = holder;
	*holder = fetcher;
}

/* Nobody has it pinned, so nothing of it is queued or in flight. */
static void
destroy(TuyaFetcher *fetcher)
{
	tuya_idle_end();
	dlist_delete(&fetcher->node);
	tuya_http_destroy(fetcher->http);
	release_descriptors(fetcher);
	explicit_bzero(fetcher->settings.access_key_secret,
				   strlen(fetcher->settings.access_key_secret));
	MemoryContextDelete(fetcher->cxt);
}

bool
tuya_fetcher_is_broken(const TuyaFetcher *fetcher)
{
	return fetcher->broken;
}

void
tuya_fetcher_pin(TuyaFetcher *fetcher)
{
	fetcher->pins++;
	tuya_idle_end();
}

dlist_head *
tuya_fetcher_list(void)
{
	return &driver.fetchers;
}

void
tuya_fetcher_install(void)
{
	tuya_idle_install();		/* may throw, so it is first */
	tuya_limiter_install();
}

void
tuya_fetcher_unpin(TuyaFetcher *fetcher)
{
	if (--fetcher->pins > 0)
		return;
	fetcher->unpinned_us = tuya_clock_monotonic_us();
	if (fetcher->retired)
		destroy(fetcher);
	else if (fetcher->close_unpinned)
		tuya_fetcher_close_connections(fetcher);
}

void
tuya_fetcher_retire(TuyaFetcher *fetcher)
{
	fetcher->retired = true;
	fetcher->holder = NULL;
	if (fetcher->pins == 0)
		destroy(fetcher);
}

void
tuya_fetcher_give_up(TuyaFetcher *fetcher)
{
	*fetcher->holder = NULL;
	tuya_fetcher_retire(fetcher);
}

/*
 * ---- driving ----
 */

static void
drive(TuyaFetcher *fetcher, const TuyaBudget *budget)
{
	TuyaHttpRequest *request;

	fetcher->unseen_starts = 0;
	tuya_attempt_send_queued(fetcher);
	if (!tuya_http_step(fetcher->http))
	{
		/* others are not to suffer: its lookups fail, remote.c makes a new one */
		fetcher->broken = true;
		tuya_attempt_fail_all(fetcher);
		return;
	}
	while ((request = tuya_http_next_done(fetcher->http)) != NULL)
		tuya_attempt_arrive(request);
	tuya_deadline_hold(fetcher);
	tuya_attempt_settle_arrived(fetcher, budget);
}

/*
 * One pass over all fetchers, on behalf of the execution of that budget; returns the time to
 * the nearest limit, in us.
 */
static int64
drive_all(const TuyaBudget *budget)
{
	int64		nearest = PG_INT64_MAX;
	dlist_iter	iter;

	dlist_foreach(iter, &driver.fetchers)
	{
		TuyaFetcher *fetcher = dlist_container(TuyaFetcher, node, iter.cur);
		int64		left;

		drive(fetcher, budget);
		left = tuya_deadline_judge(fetcher);
		nearest = Min(nearest, left);
		/* what ended has made room, and a connection may stand now */
		left = tuya_attempt_until_send(fetcher);
		nearest = Min(nearest, left);
	}
	return nearest;
}

/* Waits until a descriptor is ready, a signal arrives, or that time is over. */
static void
wait_for_event(int64 timeout_us, TuyaWait wait, TuyaCounters *counters)
{
	/* rounded up: a limit is judged when it is over */
	long		timeout_ms = timeout_us == PG_INT64_MAX ? -1 :
	(long) Min(timeout_us / 1000 + 1, INT_MAX);
	int64		began = tuya_clock_monotonic_us();
	WaitEvent	event;

	if (WaitEventSetWait(driver.wait_set, timeout_ms, &event, 1, tuya_compat_wait_event(wait)) == 1 &&
		(event.events & WL_LATCH_SET))
		ResetLatch(MyLatch);
	counters->wait_us += tuya_clock_monotonic_us() - began;
}

/* How many pages the lookup may ask for beyond what its reader consumes. */
static int
pages_ahead(const TuyaLookup *lookup)
{
	return Max(tuya_store_pages_left(lookup->store, lookup->pages.size), 1);
}

/* One round of driving for the lookup; waits if nothing of it can go on. */
static void
drive_for(TuyaLookup *lookup, TuyaCounters *counters)
{
	int64		chunks = lookup->nchunks;
	int			round = lookup->round;
	int64		left;

	CHECK_FOR_INTERRUPTS();
	tuya_attempt_want(lookup, pages_ahead(lookup), true);
	left = drive_all(lookup->budget);
	if (lookup->state == TUYA_LOOKUP_READING && lookup->nchunks == chunks &&
		lookup->round == round && !dlist_is_empty(&lookup->attempts) && left > 0)
		wait_for_event(left, tuya_attempt_awaited(lookup), counters);
	tuya_clock_stop();
}

/* Drives everything until the reader has a row or its lookup has ended. */
static bool
wait_for_row(TuyaReader *reader, TuyaRow *row)
{
	TuyaLookup *lookup = reader->lookup;
	bool		found = false;

	tuya_clock_resume();
	while (!found && lookup->state == TUYA_LOOKUP_READING)
	{
		drive_for(lookup, reader->counters);
		found = tuya_lookup_read(reader, row);
	}
	return found || tuya_lookup_read(reader, row);
}

/*
 * A page is being consumed: keeps the next ones coming, without waiting.  Not
 * before the window allows it: the page being consumed is its first.
 */
static void
read_ahead(const TuyaReader *reader)
{
	TuyaLookup *lookup = reader->lookup;
	int64		ahead;

	if (lookup->state != TUYA_LOOKUP_READING)
		return;
	ahead = reader->next_chunk - lookup->chunks_before + pages_ahead(lookup) -
		tuya_lookup_page(lookup);
	if (ahead <= 0)
		return;
	tuya_clock_resume();
	tuya_attempt_want(lookup, (int) ahead, false);
	(void) drive_all(lookup->budget);
	tuya_clock_stop();
}

/*
 * ---- the seam ----
 */

/* Whether nothing has been sent for the lookup, and nothing will be by itself. */
static bool
is_unsent(TuyaLookup *lookup)
{
	return lookup->state == TUYA_LOOKUP_READING && lookup->nchunks == 0 && !lookup->opened &&
		dlist_is_empty(&lookup->attempts) && dlist_is_empty(&lookup->parked) &&
		tuya_lookup_page(lookup) == 1;
}

void
tuya_fetcher_start(TuyaLookup *lookup)
{
	TuyaFetcher *fetcher = lookup->fetcher;

	if (!is_unsent(lookup))
		return;
	tuya_clock_resume();
	tuya_attempt_want(lookup, 1, false);
	tuya_attempt_send_queued(fetcher);
	/* all slots are taken: perhaps only because nobody has looked for a while */
	if (!dlist_is_empty(&fetcher->queue) && ++fetcher->unseen_starts >= STARTS_UNSEEN_MAX)
		(void) drive_all(lookup->budget);
	tuya_clock_stop();
}

void
tuya_fetcher_take_back(TuyaLookup *lookup)
{
	if (!lookup->opened)
		tuya_attempt_cancel_queued(lookup);
}

void
tuya_fetcher_cancel(TuyaLookup *lookup, bool after_error)
{
	tuya_attempt_cancel(lookup, after_error);
}

void
tuya_fetcher_init_reader(TuyaReader *reader, TuyaCounters *counters, bool early_stop)
{
	reader->lookup = NULL;
	reader->next_chunk = 0;
	reader->counters = counters;
	reader->early_stop = early_stop;
	reader->once = false;
	tuya_store_init_reader(&reader->rows);
}

void
tuya_fetcher_open(TuyaReader *reader, TuyaLookup *lookup)
{
	tuya_store_open(&reader->rows, NULL);
	reader->lookup = lookup;
	reader->next_chunk = 0;
	if (lookup && !lookup->opened)
	{
		lookup->opened = true;
		tuya_window_init(&lookup->pages, lookup->fetcher->settings.concurrency, tuya_lookahead_rows,
						 reader->early_stop);
	}
}

static void
raise_failure(const TuyaLookup *lookup)
{
	if (lookup->state == TUYA_LOOKUP_FAILED)
		tuya_failure_raise(lookup->failure);
}

bool
tuya_fetcher_next_row(TuyaReader *reader, TuyaRow *row)
{
	TuyaLookup *lookup = reader->lookup;
	int			chunk = reader->next_chunk;

	if (tuya_lookup_read(reader, row) ||
		(lookup->state == TUYA_LOOKUP_READING && wait_for_row(reader, row)))
	{
		if (reader->next_chunk != chunk)
			read_ahead(reader);
		return true;
	}
	raise_failure(lookup);
	return false;
}

int64
tuya_fetcher_count(TuyaReader *reader)
{
	TuyaLookup *lookup = reader->lookup;
	int64		count;

	tuya_clock_resume();
	while (!tuya_lookup_count(lookup, &count))
	{
		raise_failure(lookup);
		drive_for(lookup, reader->counters);
	}
	tuya_clock_stop();
	return count;
}
