/*
 * internal.h
 *		What the fetcher's files share: a fetcher and its page requests.
 *
 * Each knows those before it:
 *
 *		meter		counts, for the statistics and for what is shown of the statement
 *		registry	which fetchers there are, who has them pinned, how they end
 *		idle		when connections and fetchers are given up
 *		deadline	time limits: which page request is over which
 *		queues		where page requests are: the one writer of their lists and states
 *		request		the signed URL that is sent
 *		outcome		what the end of a page request means: a verdict
 *		cached		lookups from the cache, and into it
 *		ending		ends page requests, and carries the verdict out
 *		sending		what may go when
 *		driver		drives all fetchers, waits
 *		fetcher		makes fetchers, starts lookups, hands out rows
 *		probe		one request on its own
 *		connections	tells of connections, and closes them
 */
#ifndef TUYA_FETCHER_INTERNAL_H
#define TUYA_FETCHER_INTERNAL_H

#include "postgres.h"

#include "lib/ilist.h"

#include "compat.h"
#include "core/retry.h"
#include "core/sign.h"
#include "failure/failure.h"
#include "fetch/fetcher.h"
#include "fetch/limiter.h"
#include "fetch/meter.h"
#include "fetch/probe.h"
#include "http/http.h"
#include "rows/lookup.h"

/* The life of a page request; queues.c sets it. */
typedef enum TuyaPageRequestState
{
	TUYA_PAGE_NEW,				/* in no list */
	TUYA_PAGE_QUEUED,			/* never sent so far */
	TUYA_PAGE_WAITING,			/* to be sent again, not before real_due_us */
	TUYA_PAGE_IN_FLIGHT,
	TUYA_PAGE_ARRIVED,			/* the request has ended */
	TUYA_PAGE_TAKEN_OFF			/* in no list: its end is being told, or it was cancelled */
} TuyaPageRequestState;

/* Which state may follow which. */
static inline bool
tuya_page_request_may_become(TuyaPageRequestState from, TuyaPageRequestState to)
{
	static const int next[] = {
		[TUYA_PAGE_NEW] = 1 << TUYA_PAGE_QUEUED,
		[TUYA_PAGE_QUEUED] = 1 << TUYA_PAGE_IN_FLIGHT | 1 << TUYA_PAGE_TAKEN_OFF,
		[TUYA_PAGE_WAITING] = 1 << TUYA_PAGE_IN_FLIGHT | 1 << TUYA_PAGE_TAKEN_OFF,
		[TUYA_PAGE_IN_FLIGHT] = 1 << TUYA_PAGE_ARRIVED | 1 << TUYA_PAGE_TAKEN_OFF,
		[TUYA_PAGE_ARRIVED] = 1 << TUYA_PAGE_TAKEN_OFF,
		[TUYA_PAGE_TAKEN_OFF] = 1 << TUYA_PAGE_WAITING
	};

	return (next[from] & 1 << to) != 0;
}

/* Times are of the driven clock unless they are said to be real: monotonic. */
typedef struct TuyaPageRequest
{
	dlist_node	node;			/* in the TuyaFetcher's list of its state */
	dlist_node	transfer_node;	/* in TuyaTransfer.page_requests */
	TuyaTransfer *transfer;
	int64		page;
	TuyaPageRequestState state;
	TuyaHttpRequest *request;	/* while in flight or arrived, else NULL */
	int			times_sent;
	int64		first_sent_us;
	int64		sent_us;		/* when it went to libcurl */
	int64		real_sent_us;
	int64		arrived_us;
	int64		real_due_us;	/* while waiting */
	int64		timestamp_s;	/* as signed */
	int			clock_version;	/* the fetcher's, when it was signed */
	bool		held;			/* by the limiter, since it was last sent */
	TuyaRetryHistory history;
	TuyaFailure *failure;		/* why it is sent again; NULL: nothing to tell */
} TuyaPageRequest;

/* The life of a remote's fetcher; registry.c sets it. */
typedef enum TuyaFetcherState
{
	TUYA_FETCHER_KEPT,			/* for the next statement, too */
	TUYA_FETCHER_BROKEN,		/* the next statement is to have a new one */
	TUYA_FETCHER_RETIRED,		/* nobody finds it any more; lives while it is pinned */
	TUYA_FETCHER_DESTROYED
} TuyaFetcherState;

/* Which state may follow which. */
static inline bool
tuya_fetcher_may_become(TuyaFetcherState from, TuyaFetcherState to)
{
	static const int next[] = {
		[TUYA_FETCHER_KEPT] = 1 << TUYA_FETCHER_BROKEN | 1 << TUYA_FETCHER_RETIRED,
		[TUYA_FETCHER_BROKEN] = 1 << TUYA_FETCHER_RETIRED,
		[TUYA_FETCHER_RETIRED] = 1 << TUYA_FETCHER_DESTROYED,
		[TUYA_FETCHER_DESTROYED] = 0
	};

	return (next[from] & 1 << to) != 0;
}

struct TuyaFetcher
{
	/* fetcher.c's, as it was made */
	MemoryContext cxt;
	MemoryContext scratch;		/* of one reply */
	TuyaSettings settings;
	TuyaRemoteId remote;
	uint8		asker[TUYA_ASKER_BYTES];
	TuyaParam  *extra;
	int			nextra;
	TuyaLimiter *limiter;
	TuyaQuota	quota;
	TuyaHttp   *http;
	TuyaSigner *signer;			/* request.c's; NULL before the first request */
	TuyaBuf		url;			/* sending.c's, for a moment */
	TuyaMeter	meter;

	/* registry.c's */
	dlist_node	node;			/* in the registry */
	TuyaFetcher **holder;		/* who has it; NULL once it is retired */
	TuyaFetcherState state;
	int			pins;
	int64		unpinned_us;	/* when, by the monotonic clock */
	bool		warm;			/* a connection has stood */
	int			descriptors;	/* reserved for http itself and for connections */
	int			connections;	/* of which for connections */
	volatile sig_atomic_t shut_down;	/* its connections are closed */
	bool		close_unpinned; /* to be closed when nobody has it pinned */

	/* queues.c's */
	dlist_head	queue;
	dlist_head	waiting;		/* by real_due_us */
	dlist_head	in_flight;
	dlist_head	arrived;
	dlist_head	paused;			/* TuyaTransfers that do not go on ahead for want of memory */
	int			nin_flight;
	int			noutstanding;	/* queued, waiting or in flight */

	/* deadline.c's */
	int64		limit_at_us;	/* no time limit is reached before */

	/* driver.c's */
	int			unseen_starts;	/* since the sockets were last looked at */
	int64		requests_counted;	/* of those that http has sent */
	int64		connections_counted;	/* of its connections */

	/* sending.c's */
	int64		real_held_until_us; /* by the limiter */

	/* outcome.c's */
	int64		clock_offset_s; /* by how much the service's clock is ahead */
	int			clock_version;	/* how often that was changed */
};

/*
 * ---- registry.c ----
 */

/* All fetchers. */
extern dlist_head *tuya_registry_fetchers(void);

/* A new one, which *holder has from now on; never throws. */
extern void tuya_registry_add(TuyaFetcher *fetcher, TuyaFetcher **holder);

/* It is not to be used by the next statement. */
extern void tuya_registry_mark_broken(TuyaFetcher *fetcher);

/* Gives up a fetcher that nobody has pinned. */
extern void tuya_registry_give_up(TuyaFetcher *fetcher);

/*
 * Reserves a descriptor for the fetcher, for a connection or its own use; if they are
 * short, gives up others that nobody has pinned, those first that were used the longest
 * time ago.  False if there is none to be had.
 */
extern bool tuya_registry_reserve(TuyaFetcher *fetcher, bool connection);

/*
 * Gives up, of the fetchers that nobody has pinned, the one that was used the longest
 * time ago.  False if there is none.
 */
extern bool tuya_registry_give_up_oldest(void);

/* Gives back all descriptors of the fetcher. */
extern void tuya_registry_release_all(TuyaFetcher *fetcher);

/* Closes the fetcher's connections, once nobody has it pinned. */
extern void tuya_registry_close_unpinned(TuyaFetcher *fetcher);

/* A connection of the fetcher stands now; or what one was made for has failed. */
extern void tuya_registry_note_connection(TuyaFetcher *fetcher, bool stands);

/* Connections are used; from now on none are closed behind our back. */
extern void tuya_registry_end_idling(void);

/* Connections idle from now on, for IDLE_S_MAX at most. */
extern void tuya_registry_begin_idling(void);

/*
 * ---- idle.c ----
 */

/* From _PG_init(). */
extern void tuya_idle_install(void);

/*
 * ---- deadline.c ----
 */

/* A time limit that is over, and for whom. */
typedef struct TuyaOverdue
{
	TuyaPageRequest *page_request;
	TuyaTimeLimit limit;
	bool		of_lookup;		/* it is lookup_timeout */
	bool		was_sent;		/* it is in flight, else it waits to be sent again */
	int64		elapsed_us;		/* of that limit's time */
	TuyaHttpPhase phase;		/* the request's */
} TuyaOverdue;

/* What is left of the lookup's time. */
extern int64 tuya_deadline_left_us(const TuyaTransfer *transfer);

/* From now on, by tuya_clock_us(), a page request of the lookup is in flight or waiting; or no longer. */
extern void tuya_deadline_begin(TuyaTransfer *transfer, int64 now);
extern void tuya_deadline_end(TuyaTransfer *transfer, int64 now);

/* The page request goes out now, or begins to wait: its limits are to be looked at in time. */
extern void tuya_deadline_set(TuyaPageRequest *page_request, int64 now);

/* After a step: what waits for a stream of its connection has not gone out yet. */
extern void tuya_deadline_hold(TuyaFetcher *fetcher);

/*
 * The time to the next limit, in us, PG_INT64_MAX if there is none; 0 if one is over,
 * which *overdue tells of then.
 */
extern int64 tuya_deadline_next(TuyaFetcher *fetcher, TuyaOverdue *overdue);

/*
 * ---- queues.c ----
 */

/* The lists of a new fetcher. */
extern void tuya_queues_init(TuyaFetcher *fetcher);

/*
 * Queues page requests for the page that the lookup wants and for up to ahead - 1 pages
 * after it, as far as they are known to be and not under way.  urgent: before all that
 * is queued, which somebody waits for less.
 */
extern void tuya_queues_want(TuyaTransfer *transfer, int ahead, bool urgent);

/*
 * If nobody reads the lookup yet, but somebody will to its end, and its last page has come:
 * queues the next one, or has it paused while memory is short.  And lets one go on that is.
 */
extern void tuya_queues_go_ahead(TuyaTransfer *transfer);
extern void tuya_queues_resume(TuyaFetcher *fetcher);

/* Somebody reads it from now on, and asks for its pages himself. */
extern void tuya_queues_leave_to_reader(TuyaTransfer *transfer);

/* Whether nothing is to be sent, neither now nor later. */
extern bool tuya_queues_are_empty(TuyaFetcher *fetcher);

/* What is to be sent next, by now, or NULL: what was sent before goes first. */
extern TuyaPageRequest *tuya_queues_next(TuyaFetcher *fetcher, int64 real_now);

/* When the first of the waiting is due; there must be one. */
extern int64 tuya_queues_real_due_us(const TuyaFetcher *fetcher);

/* The page request is sent as that request, at the time that it has for that; or has ended so. */
extern void tuya_queues_put_in_flight(TuyaPageRequest *page_request, TuyaHttpRequest *request);
extern void tuya_queues_put_arrived(TuyaPageRequest *page_request);

/* Puts a page request that was taken off among the waiting. */
extern void tuya_queues_put_waiting(TuyaPageRequest *page_request, int64 wait_us);

/* The first that has arrived for the execution of that budget, or NULL. */
extern TuyaPageRequest *tuya_queues_first_arrived(TuyaFetcher *fetcher, const TuyaBudget *budget);

/* Any that has not arrived, or NULL. */
extern TuyaPageRequest *tuya_queues_any_under_way(TuyaFetcher *fetcher);

/*
 * Takes the page request out of all lists, as the first step of its end; its request is
 * the caller's from now on, NULL if it has none.
 */
extern TuyaHttpRequest *tuya_queues_take_off(TuyaPageRequest *page_request);

/* Frees a page request that was taken off. */
extern void tuya_queues_free(TuyaPageRequest *page_request);

/*
 * Takes off and frees all page requests of the lookup; hang_up as for
 * tuya_http_release().  Never throws.
 */
extern void tuya_queues_cancel(TuyaTransfer *transfer, bool hang_up);

/* Does so unless something was sent already. */
extern void tuya_queues_take_back(TuyaTransfer *transfer);

/* Does so if the lookup, or the round that they are for, has ended. */
extern void tuya_queues_cancel_useless(TuyaTransfer *transfer);

/* What the lookup waits for now. */
extern TuyaWait tuya_queues_awaited(TuyaTransfer *transfer);

/*
 * ---- request.c ----
 */

/*
 * Appends the URL of that page of the lookup's current round, signed anew for that time
 * (s since 1970); false if out of memory.
 */
extern bool tuya_request_append_url(TuyaBuf *url, TuyaFetcher *fetcher,
									const TuyaLookup *lookup, int64 page, int64 timestamp_s);

/*
 * ---- outcome.c ----
 */

/* What a page request has come to. */
typedef enum TuyaVerdictKind
{
	TUYA_VERDICT_PAGE,			/* the reply is the page */
	TUYA_VERDICT_REFUSAL,		/* a page after the first is refused, with the reply's code */
	TUYA_VERDICT_NO_ROWS,		/* the reply's code means that there are none */
	TUYA_VERDICT_FAILED,
	TUYA_VERDICT_AGAIN			/* to be sent again */
} TuyaVerdictKind;

typedef struct TuyaVerdict
{
	TuyaVerdictKind kind;
	const TuyaFailure *failure; /* of FAILED and AGAIN: why */
	const char *more;			/* of FAILED: what the error's detail says besides */
	TuyaErrorCount error;		/* of FAILED and AGAIN: as what it counts */
	const char *about;			/* and what is told with it; NULL: nothing */
	int64		wait_us;		/* of AGAIN: not before that time is over */
} TuyaVerdict;

/*
 * All are for a page request that was taken off, and what they return is in the current
 * context, which should be a scratch one.
 *
 * The request has ended so; the reply, which is filled, is to be freed after.
 */
extern TuyaVerdict tuya_outcome_of_result(TuyaPageRequest *page_request,
										  const TuyaHttpResult *result, TuyaReply *reply);

/* A time limit is over. */
extern TuyaVerdict tuya_outcome_of_overdue(TuyaPageRequest *page_request,
										   const TuyaOverdue *overdue);

/* It would have to wait longer to be sent again than its lookup has time. */
extern TuyaVerdict tuya_outcome_of_wait(TuyaPageRequest *page_request, int64 wait_us);

/* Its execution may send no more. */
extern TuyaVerdict tuya_outcome_of_budget(const TuyaPageRequest *page_request);

/*
 * ---- cached.c ----
 */

/* Throws if there is no memory for what is cached. */
extern void tuya_cached_prepare(void);

/*
 * Whether a new lookup is done with what is cached of it, if that is younger than that, and
 * than its query's cache_ttl; its age.  Else it will be cached once it is done.
 */
extern bool tuya_cached_get(TuyaTransfer *transfer, int64 max_age_us, int64 *age_us);

/* Has the lookup cached, of which an image is due, so that other statements have it. */
extern void tuya_cached_put(TuyaTransfer *transfer);

/*
 * ---- ending.c ----
 */

/*
 * Each ends the page request and tells its lookup, or puts it among the waiting.  If that
 * throws, the lookup fails, for nobody would ask for that page again, and its
 * round may have counted rows that were not stored.
 */
extern void tuya_ending_out_of_time(const TuyaOverdue *overdue);
extern void tuya_ending_out_of_budget(TuyaPageRequest *page_request);
extern void tuya_ending_no_time_to_wait(TuyaPageRequest *page_request, int64 wait_us);

/*
 * Ends what has arrived for the execution of that budget.  What it throws (out of
 * memory, a full disk) is that execution's own fault, which is why others' replies wait
 * for their own.
 */
extern void tuya_ending_of_arrived(TuyaFetcher *fetcher, const TuyaBudget *budget);

/* All that is wanted of the lookup has come, or it has failed. */
extern void tuya_ending_count_done(TuyaTransfer *transfer);

/* Fails the lookups of all page requests. */
extern void tuya_ending_fail_all(TuyaFetcher *fetcher);

/*
 * ---- sending.c ----
 */

/*
 * Sends what is queued, as far as there are slots, on behalf of the execution of that budget.
 * Throws if out of memory.
 */
extern void tuya_sending_go(TuyaFetcher *fetcher, const TuyaBudget *running);

/*
 * How long nothing can be sent, in us; PG_INT64_MAX if there is nothing to send
 * or no slot.
 */
extern int64 tuya_sending_pause_us(TuyaFetcher *fetcher);

/*
 * ---- driver.c ----
 */

/* How far to drive. */
typedef enum TuyaDrive
{
	TUYA_DRIVE_SEND,			/* sends what can go to the lookup's remote */
	TUYA_DRIVE_LOOK,			/* and does what can be done without waiting */
	TUYA_DRIVE_WAIT				/* and waits until something can be, if the lookup needs it */
} TuyaDrive;

/* What is needed to drive anything; throws if there are too few descriptors. */
extern void tuya_driver_prepare(void);

/* From now on, something on that descriptor ends a wait; false if out of memory. */
extern bool tuya_driver_watch(int fd);

/*
 * Drives for that lookup.  This is where the driven clock runs.  The time that is
 * waited counts in counters, which may be NULL otherwise.
 */
extern void tuya_driver_run(TuyaTransfer *transfer, TuyaDrive how, TuyaCounters *counters);

#endif							/* TUYA_FETCHER_INTERNAL_H */
