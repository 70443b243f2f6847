/*
 * fetcher_internal.h
 *		What fetcher.c and attempt.c share: a fetcher and its attempts.
 */
#ifndef TUYA_FETCHER_INTERNAL_H
#define TUYA_FETCHER_INTERNAL_H

#include "postgres.h"

#include "lib/ilist.h"

#include "fetcher.h"
#include "http.h"
#include "lookup.h"

typedef struct TuyaAttempt
{
	dlist_node	node;			/* in TuyaFetcher.queue, in_flight or arrived */
	dlist_node	lookup_node;	/* in TuyaLookup.attempts */
	TuyaLookup *lookup;
	int64		page;
	TuyaHttpRequest *request;	/* NULL while queued */
	bool		has_arrived;	/* the request has ended */
	int64		arrived_us;		/* when, on the driven clock */
	int64		sent_us;		/* when it went to libcurl, on the driven clock */
	int			times_stale;	/* it met stale connections, */
	int			times_lost;		/* and lost ones, before this sending */
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
	bool		broken;			/* libcurl failed */
	TuyaHttp   *http;
	bool		warm;			/* a connection has stood */
	int			descriptors;	/* reserved for http itself and for connections */
	int			connections;	/* of which for connections */
	dlist_head	queue;
	dlist_head	in_flight;
	dlist_head	arrived;
	int			nin_flight;
	int64		judge_at_us;	/* no time limit is reached before */
	int			unseen_starts;	/* since the sockets were last looked at */
};

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

/* Whether one more request may be in flight. */
extern bool tuya_attempt_has_slot(TuyaFetcher *fetcher);

/* Sends what is queued, as far as there are slots.  Throws if out of memory. */
extern void tuya_attempt_send_queued(TuyaFetcher *fetcher);

/* The request has ended: its attempt leaves the wire, and waits to be settled. */
extern void tuya_attempt_arrive(TuyaHttpRequest *request);

/*
 * Settles what has arrived for that execution: feeds the lookups.  What it
 * throws (out of memory, a full disk) is that execution's own fault, which is why
 * others' replies wait for their own.
 */
extern void tuya_attempt_settle_arrived(TuyaFetcher *fetcher, const TuyaExecution *execution);

/* Fails the lookups of all attempts. */
extern void tuya_attempt_fail_all(TuyaFetcher *fetcher);

/* Ends what is over its time limit; returns the time to the next limit, in us. */
extern int64 tuya_attempt_judge_limits(TuyaFetcher *fetcher);

#endif							/* TUYA_FETCHER_INTERNAL_H */
