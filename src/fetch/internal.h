/*
 * internal.h
 *		What the fetcher's files share: a fetcher and its attempts.
 *
 * fetcher.c drives, attempt.c has an attempt's life, request.c its URL,
 * outcome.c what its end means, deadline.c its time limits, idle.c the connections
 * that nobody uses.
 */
#ifndef TUYA_FETCHER_INTERNAL_H
#define TUYA_FETCHER_INTERNAL_H

#include "postgres.h"

#include "lib/ilist.h"

#include "compat.h"
#include "core/retry.h"
#include "failure/failure.h"
#include "fetch/fetcher.h"
#include "http/http.h"
#include "fetch/limiter.h"
#include "rows/lookup.h"

typedef enum TuyaAttemptState
{
	TUYA_ATTEMPT_QUEUED,		/* never sent so far */
	TUYA_ATTEMPT_WAITING,		/* to be sent again, not before due_us */
	TUYA_ATTEMPT_IN_FLIGHT,
	TUYA_ATTEMPT_ARRIVED		/* the request has ended */
} TuyaAttemptState;

/* Times are of the driven clock unless they are said to be real: monotonic. */
typedef struct TuyaAttempt
{
	dlist_node	node;			/* in the TuyaFetcher's list of its state */
	dlist_node	lookup_node;	/* in TuyaLookup.attempts */
	TuyaLookup *lookup;
	int64		page;
	TuyaAttemptState state;
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
} TuyaAttempt;

struct TuyaFetcher
{
	dlist_node	node;			/* in driver.fetchers */
	TuyaFetcher **holder;		/* who has it; NULL once it is retired */
	int64		unpinned_us;	/* when, by the monotonic clock */
	MemoryContext cxt;
	MemoryContext scratch;		/* of one reply */
	TuyaSettings settings;
	TuyaParam  *extra;
	int			nextra;
	int			pins;
	bool		retired;
	bool		broken;			/* the next statement is to have a new one */
	TuyaHttp   *http;
	bool		warm;			/* a connection has stood */
	int			descriptors;	/* reserved for http itself and for connections */
	int			connections;	/* of which for connections */
	dlist_head	queue;
	dlist_head	waiting;		/* by real_due_us */
	dlist_head	in_flight;
	dlist_head	arrived;
	int			nin_flight;
	int64		judge_at_us;	/* no time limit is reached before */
	int			unseen_starts;	/* since the sockets were last looked at */
	TuyaLimiter *limiter;
	int64		real_held_until_us; /* by the limiter */
	int64		clock_offset_s; /* by how much the service's clock is ahead */
	int			clock_version;	/* how often that was changed */
	volatile	sig_atomic_t shut_down; /* idle.c: its connections are closed */
	bool		close_unpinned; /* idle.c: to be closed when nobody has it pinned */
};

/*
 * ---- request.c ----
 */

/* Appends the URL of that page, signed anew for that time (s since 1970); false if out of memory. */
extern bool tuya_request_append_url(TuyaBuf *url, const TuyaFetcher *fetcher,
									const TuyaRequest *request, int64 page, int64 timestamp_s);

/*
 * ---- attempt.c ----
 */

/*
 * Asks for the page that the lookup wants and for up to ahead - 1 pages after
 * it, as far as they are known to be and not under way.  urgent: before all that
 * is queued, which somebody waits for less.
 */
extern void tuya_attempt_want(TuyaLookup *lookup, int ahead, bool urgent);

/*
 * Takes back what is queued or in flight for the lookup; hang_up as for
 * tuya_http_release().  Never throws.
 */
extern void tuya_attempt_cancel(TuyaLookup *lookup, bool hang_up);

/* Takes back what is queued for the lookup, unless something was sent already. */
extern void tuya_attempt_cancel_queued(TuyaLookup *lookup);

/* Takes back what an ended lookup, or an ended round, no longer wants. */
extern void tuya_attempt_cancel_useless(TuyaLookup *lookup);

/*
 * Takes the attempt out of all lists, as the first step of its end; its request is
 * the caller's from now on, NULL if it has none.  The caller releases it, too, if
 * anything throws, and then abandons the lookup.
 */
extern TuyaHttpRequest *tuya_attempt_take_off(TuyaAttempt *attempt);

/* Frees an attempt that was taken off. */
extern void tuya_attempt_free(TuyaAttempt *attempt);

/*
 * An attempt of the lookup was taken off, and an error keeps its end from being told:
 * the lookup fails, for nobody would ask for that page again, and its round may have
 * counted rows that were not stored.  Never throws.
 */
extern void tuya_attempt_abandon(TuyaLookup *lookup);

/* Puts an attempt that was taken off among the waiting. */
extern void tuya_attempt_put_waiting(TuyaAttempt *attempt, int64 wait_us);

/* Sends what is queued, as far as there are slots.  Throws if out of memory. */
extern void tuya_attempt_send_queued(TuyaFetcher *fetcher);

/*
 * How long nothing can be sent, in us; PG_INT64_MAX if there is nothing to send
 * or no slot.
 */
extern int64 tuya_attempt_until_send(TuyaFetcher *fetcher);

/* What the lookup waits for now. */
extern TuyaWait tuya_attempt_awaited(TuyaLookup *lookup);

/* The request has ended: its attempt leaves the wire, and waits to be settled. */
extern void tuya_attempt_arrive(TuyaHttpRequest *request);

/*
 * Settles what has arrived for the execution of that budget: feeds the lookups.  What it
 * throws (out of memory, a full disk) is that execution's own fault, which is why
 * others' replies wait for their own.
 */
extern void tuya_attempt_settle_arrived(TuyaFetcher *fetcher, const TuyaBudget *budget);

/* Fails the lookups of all attempts. */
extern void tuya_attempt_fail_all(TuyaFetcher *fetcher);

/*
 * ---- outcome.c ----
 */

/*
 * The attempt, taken off, has ended so: feeds its lookup and returns true, or
 * puts it among the waiting and returns false.  reply is to be freed after.
 */
extern bool tuya_outcome_take(TuyaAttempt *attempt, const TuyaHttpResult *result,
							  TuyaReply *reply);

/*
 * The attempt, taken off, got no reply in time, and the failure, in scratch memory,
 * says so.
 */
extern bool tuya_outcome_take_timeout(TuyaAttempt *attempt, const TuyaFailure *failure);

/* The lookup has no time left for the attempt, which is taken off; spent_us it took. */
extern void tuya_outcome_out_of_time(TuyaAttempt *attempt, const TuyaFailure *failure,
									 int64 spent_us);

/*
 * The attempt, taken off, would have to wait so long to be sent again, because of
 * that failure, that its lookup has no time for it.
 */
extern void tuya_outcome_too_long(TuyaAttempt *attempt, const TuyaFailure *failure,
								  int64 wait_us);

/*
 * ---- deadline.c ----
 */

/* The time for which the lookup had anything in flight or waiting. */
extern int64 tuya_deadline_spent_us(const TuyaLookup *lookup, int64 now);

/* What is left of its time. */
extern int64 tuya_deadline_left_us(const TuyaLookup *lookup);

/* An attempt of the lookup is in flight or waiting from now on; or no longer. */
extern void tuya_deadline_begin(TuyaLookup *lookup);
extern void tuya_deadline_end(TuyaLookup *lookup);

/* The attempt goes out now: its limits are to be judged in time. */
extern void tuya_deadline_set(TuyaAttempt *attempt);

/* After a step: what waits for a stream of its connection has not gone out yet. */
extern void tuya_deadline_hold(TuyaFetcher *fetcher);

/*
 * Ends what is over its time limit; returns the time to the next limit, in us, or
 * 0 if anything was ended.
 */
extern int64 tuya_deadline_judge(TuyaFetcher *fetcher);

/*
 * ---- idle.c ----
 */

/* The list of all fetchers, for idle.c; fetcher.c has it. */
extern dlist_head *tuya_fetcher_list(void);

/* Gives up a fetcher that nobody has pinned. */
extern void tuya_fetcher_give_up(TuyaFetcher *fetcher);

/*
 * Descriptors are short: gives up, of the fetchers that nobody has pinned, the one that
 * was used the longest time ago.  False if there is none.
 */
extern bool tuya_fetcher_give_up_oldest(void);

/* Closes the fetcher's connections, which nothing uses. */
extern void tuya_fetcher_close_connections(TuyaFetcher *fetcher);

/* From _PG_init(). */
extern void tuya_idle_install(void);

/* Somebody is about to use connections; from now on none are closed behind our back. */
extern void tuya_idle_end(void);

#endif							/* TUYA_FETCHER_INTERNAL_H */
