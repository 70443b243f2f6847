/*
 * driver.c
 *		Drives all fetchers; the only place of the extension that waits.
 *
 * Or somebody else waits in its place, an Append, on our descriptor and others'.  It does
 * not know how long it may, so a timer of ours makes the descriptor readable in time.
 *
 * After a pause in driving the sockets get one pass before a time limit is looked at.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/latch.h"

#include "util/clock.h"

/* Lookups that are only queued before the sockets are looked at: a look costs. */
#define STARTS_UNSEEN_MAX 8

static struct
{
	int			epoll_fd;		/* readable when any fetcher is; -1 until made */
	WaitEventSet *wait_set;
	int			timer_fd;		/* watched; -1 until somebody else waits */
	bool		timer_set;
	int64		lent_us;		/* when somebody else's wait began */
}			driver = {.epoll_fd = -1,.timer_fd = -1};

/*
 * ---- what is needed ----
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

void
tuya_driver_prepare(void)
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

bool
tuya_driver_watch(int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	return epoll_ctl(driver.epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void
prepare_timer(void)
{
	int			fd;

	if (driver.timer_fd >= 0)
		return;
	fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (fd < 0 || !tuya_driver_watch(fd))
	{
		if (fd >= 0)
			close(fd);
		report_no_descriptors();
	}
	(void) AcquireExternalFD(); /* as above */
	driver.timer_fd = fd;
}

/* The descriptor is readable once that time is over; PG_INT64_MAX: no longer by the timer. */
static void
set_timer(int64 us)
{
	struct itimerspec when = {0};

	if (us != PG_INT64_MAX)
	{
		us = Max(us, 1);		/* 0 would be never */
		when.it_value.tv_sec = us / 1000000;
		when.it_value.tv_nsec = us % 1000000 * 1000;
	}
	driver.timer_set = us != PG_INT64_MAX;
	(void) timerfd_settime(driver.timer_fd, 0, &when, NULL);
}

/*
 * ---- driving ----
 */

/* The request has ended: its page request leaves the wire. */
static void
arrive(TuyaFetcher *fetcher, TuyaHttpRequest *request)
{
	const TuyaHttpResult *result = tuya_http_result(request);

	/* or each request that is sent again would make a connection of its own */
	if (result->outcome != TUYA_HTTP_REPLIED && result->cold)
		tuya_registry_note_connection(fetcher, false);
	tuya_queues_put_arrived(tuya_http_owner(request));
}

/* A connection stands if anything waits for its reply. */
static void
look_for_connection(TuyaFetcher *fetcher)
{
	dlist_iter	iter;

	if (fetcher->warm)
		return;
	dlist_foreach(iter, &fetcher->in_flight)
	{
		const TuyaPageRequest *page_request = dlist_container(TuyaPageRequest, node, iter.cur);

		if (tuya_http_phase(page_request->request) == TUYA_HTTP_REPLYING)
			tuya_registry_note_connection(fetcher, true);
	}
}

/* Counts what there is of it more than was counted. */
static void
count_up_to(TuyaFetcher *fetcher, TuyaMetric metric, int64 *counted, int64 now)
{
	if (now != *counted)
		tuya_meter_add(&fetcher->meter, metric, now - *counted);
	*counted = now;
}

static void
drive(TuyaFetcher *fetcher, const TuyaBudget *budget)
{
	TuyaHttpRequest *request;

	fetcher->unseen_starts = 0;
	tuya_sending_go(fetcher, budget);
	if (!tuya_http_step(fetcher->http))
	{
		/* others are not to suffer: its lookups fail, remote.c makes a new one */
		tuya_registry_mark_broken(fetcher);
		tuya_ending_fail_all(fetcher);
		return;
	}
	count_up_to(fetcher, TUYA_METRIC_REQUESTS, &fetcher->requests_counted,
				tuya_http_sent(fetcher->http));
	count_up_to(fetcher, TUYA_METRIC_CONNECTIONS, &fetcher->connections_counted,
				tuya_http_connections(fetcher->http));
	while ((request = tuya_http_next_done(fetcher->http)) != NULL)
		arrive(fetcher, request);
	look_for_connection(fetcher);
	tuya_deadline_hold(fetcher);
	tuya_ending_of_arrived(fetcher, budget);
}

/* Ends what is over its time limit; returns as tuya_deadline_next(), or 0 if anything was. */
static int64
end_overdue(TuyaFetcher *fetcher)
{
	TuyaOverdue overdue;
	int64		left;
	bool		ended = false;

	/* one that ends may take others along, so each time from the beginning */
	while ((left = tuya_deadline_next(fetcher, &overdue)) == 0)
	{
		tuya_ending_out_of_time(&overdue);
		ended = true;
	}
	return ended ? 0 : left;
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

	dlist_foreach(iter, tuya_registry_fetchers())
	{
		TuyaFetcher *fetcher = dlist_container(TuyaFetcher, node, iter.cur);
		int64		left;

		drive(fetcher, budget);
		left = end_overdue(fetcher);
		nearest = Min(nearest, left);
		/* what ended has made room, and a connection may stand now */
		left = tuya_sending_pause_us(fetcher);
		nearest = Min(nearest, left);
	}
	return nearest;
}

static TuyaPhase
phase_of(TuyaWait wait)
{
	static const TuyaPhase phases[] = {
		[TUYA_WAIT_REPLY] = TUYA_PHASE_REPLY,
		[TUYA_WAIT_RATE_LIMIT] = TUYA_PHASE_RATE_LIMIT,
		[TUYA_WAIT_BACK_OFF] = TUYA_PHASE_BACK_OFF
	};

	return phases[wait];
}

/* Waits until a descriptor is ready, a signal arrives, or that time is over. */
static void
wait_for_event(int64 timeout_us, TuyaWait wait, TuyaCounters *counters)
{
	/* rounded up: a limit is looked at when it is over */
	long		timeout_ms = timeout_us == PG_INT64_MAX ? -1 :
	(long) Min(timeout_us / 1000 + 1, INT_MAX);
	int64		began = tuya_clock_monotonic_us();
	WaitEvent	event;

	tuya_progress_set_phase(phase_of(wait));
	if (WaitEventSetWait(driver.wait_set, timeout_ms, &event, 1, tuya_compat_wait_event(wait)) == 1 &&
		(event.events & WL_LATCH_SET))
		ResetLatch(MyLatch);
	tuya_progress_set_phase(TUYA_PHASE_READING);
	counters->wait_us += tuya_clock_monotonic_us() - began;
}

/* Whether the slots were taken so often that it may be only because nobody has looked. */
static bool
is_unseen(TuyaFetcher *fetcher)
{
	return !dlist_is_empty(&fetcher->queue) && ++fetcher->unseen_starts >= STARTS_UNSEEN_MAX;
}

void
tuya_driver_run(TuyaTransfer *transfer, TuyaDrive how, TuyaCounters *counters)
{
	int			pages = tuya_lookup_pages_read(transfer->lookup);
	int64		left = 0;

	/* or what waits here would wake up by it */
	if (driver.timer_set)
		set_timer(PG_INT64_MAX);
	tuya_clock_resume();
	if (how == TUYA_DRIVE_SEND)
		tuya_sending_go(transfer->fetcher, transfer->budget);
	if (how != TUYA_DRIVE_SEND || is_unseen(transfer->fetcher))
		left = drive_all(transfer->budget);
	if (how == TUYA_DRIVE_WAIT && left > 0 && tuya_lookup_goes_on(transfer->lookup) &&
		tuya_lookup_pages_read(transfer->lookup) == pages && !dlist_is_empty(&transfer->page_requests))
		wait_for_event(left, tuya_queues_awaited(transfer), counters);
	tuya_clock_stop();
}

/*
 * ---- somebody else's wait ----
 */

int
tuya_fetcher_begin_wait(const TuyaFetchReader *reader)
{
	int64		left;

	prepare_timer();
	tuya_clock_resume();
	left = drive_all(reader->transfer->budget);
	tuya_clock_stop();
	set_timer(Min(left, TUYA_COMPAT_APPEND_US_MAX));
	driver.lent_us = tuya_clock_monotonic_us();
	tuya_progress_set_phase(phase_of(tuya_queues_awaited(reader->transfer)));
	return driver.epoll_fd;
}

void
tuya_fetcher_cut_wait(void)
{
	set_timer(0);
}

int64
tuya_fetcher_end_wait(void)
{
	/* what was in flight was waited for: that time counts */
	tuya_clock_stop();
	tuya_progress_set_phase(TUYA_PHASE_READING);
	return tuya_clock_monotonic_us() - driver.lent_us;
}
