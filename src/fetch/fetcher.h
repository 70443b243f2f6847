/*
 * fetcher.h
 *		Starts lookups, drives what is in flight, hands out rows.
 *
 * The seam that matters most: tuya_fetcher_start() puts a lookup into the
 * window and never waits; tuya_fetcher_next_row() waits until that lookup has a
 * row, its end or its error, and drives everything else that is in flight
 * meanwhile.  It is the only place of the extension that waits.
 */
#ifndef TUYA_FETCHER_H
#define TUYA_FETCHER_H

#include "postgres.h"

#include "lib/ilist.h"

#include "api/column.h"
#include "option/option.h"
#include "fetch/account.h"
#include "fetch/budget.h"
#include "rows/lookup.h"
#include "util/window.h"

/* The requests and connections of one remote: endpoint and credentials. */
typedef struct TuyaFetcher TuyaFetcher;

/* What EXPLAIN ANALYZE shows of one scan. */
typedef struct TuyaCounters
{
	int64		lookups;		/* started by this scan */
	int64		deduplicated;	/* asked for by this scan, there already */
	int64		cache_hits;		/* of lookups, those that another statement's reply answers */
	int64		oldest_hit_us;	/* how old the oldest of these was */
	int64		requests;		/* handed to libcurl for lookups of this scan */
	int64		retries;		/* of these, pages sent again */
	int64		throttled;		/* replies that said so */
	int64		held;			/* requests that the limiter let wait */
	int			in_flight;
	int			peak_in_flight;
	int64		bytes_received;
	int64		wait_us;		/* spent waiting in this scan */
} TuyaCounters;

/*
 * Sets *holder to one for those settings, copied, of that remote; nothing is
 * connected yet.  trace is NULL, or filled when the only request of it ends, and lives as
 * long as it.  Throws, and then leaves nothing.  It lives until it is retired and nobody
 * has it pinned.  One that nobody has pinned may be given up for its descriptors, which
 * sets *holder to NULL.
 */
extern void tuya_fetcher_create(const TuyaSettings *settings, const TuyaRemoteId *remote,
								TuyaHttpTrace *trace, TuyaFetcher **holder);
extern void tuya_fetcher_pin(TuyaFetcher *fetcher);
extern void tuya_fetcher_unpin(TuyaFetcher *fetcher);
extern void tuya_fetcher_retire(TuyaFetcher *fetcher);

/* Who asks with it: the TUYA_ASKER_BYTES bytes of a query; they live as long as it does. */
extern const unsigned char *tuya_fetcher_asker(const TuyaFetcher *fetcher);

/* Whether the next statement is to have a new one: libcurl failed on it, say. */
extern bool tuya_fetcher_is_broken(const TuyaFetcher *fetcher);

/* Whether it could have one more request in flight, and has none to send. */
extern bool tuya_fetcher_is_idle(TuyaFetcher *fetcher);

/* How many page requests it has yet to have replies to, in flight or not. */
extern int	tuya_fetcher_outstanding(const TuyaFetcher *fetcher);

/* For the statistics: a lookup was asked for, or n that were there already. */
extern void tuya_fetcher_count_lookup(TuyaFetcher *fetcher);
extern void tuya_fetcher_count_deduplicated(TuyaFetcher *fetcher, int64 n);

/* How a lookup is fetched. */
typedef struct TuyaTransfer
{
	TuyaLookup *lookup;
	TuyaFetcher *fetcher;
	TuyaBudget *budget;			/* of the execution whose it is */
	TuyaCounters *counters;		/* of the scan that started it */
	bool		opened;			/* somebody reads it */
	bool		whole;			/* somebody will, to its end */
	bool		request_failed; /* for good */
	bool		counted_done;	/* all that was wanted of it has come: it has been counted */
	struct TuyaProbe *probe;	/* NULL, or who has it asked once, and is told how that went */
	TuyaWindow	pages;			/* how many pages to read ahead */

	/* cached.c's, of a lookup that is to be cached */
	uint64		cache_clears;	/* how often the cache had been cleared before it was asked for */

	/* ending.c's */
	int64		first_sent_us;	/* when its first page was sent, by the monotonic clock */

	/* queues.c's */
	dlist_head	page_requests;	/* all of it, whatever their state */
	int			round;			/* of which pages are asked for */
	int64		asked_page;		/* the highest page of that round asked for */
	bool		is_paused;		/* in TuyaFetcher.paused */
	dlist_node	paused_node;

	/* deadline.c's */
	int			nrunning;		/* of page_requests, in flight or waiting to be sent again */
	int64		spent_us;		/* with any running, on the driven clock, ... */
	int64		busy_since_us;	/* ... up to then */
} TuyaTransfer;

/* A place in the rows of a lookup that is fetched as it is read. */
typedef struct TuyaFetchReader
{
	TuyaReader	rows;
	TuyaTransfer *transfer;		/* NULL: none is open */
	bool		taken;			/* its softened failure was */
	TuyaCounters *counters;		/* of the scan that reads */
	bool		early_stop;		/* the plan may stop reading at any row */
	bool		softens;		/* a lookup that fails for its own sake has no rows here, but is
								 * told of */
	bool		never_waits;	/* that is done elsewhere, as begin_wait() says */
	bool		pending;		/* for that reason it was told nothing the last time */
	int			pages_known;	/* pending: of the lookup's pages, so many had been read */
} TuyaFetchReader;

/* For a lookup of which nothing is under way; all three must live as long as the transfer. */
extern void tuya_fetcher_init_transfer(TuyaTransfer *transfer, TuyaLookup *lookup,
									   TuyaFetcher *fetcher, TuyaBudget *budget);

/*
 * For tables with a cache_ttl.  Throws if there is no memory for what is cached.  And for a
 * new lookup: if what is cached of it is younger than that, and than its query's cache_ttl,
 * it is done with these rows, which counts in counters; else it is cached once it is done.
 */
extern void tuya_fetcher_prepare_cache(void);
extern void tuya_fetcher_look_in_cache(TuyaTransfer *transfer, int64 max_age_us,
									   TuyaCounters *counters);

/*
 * Puts the lookup into the window, unless it is under way or has ended: its first page is
 * on its way to the service then.  Never waits.  The first counters that it is given count
 * what is sent for it, and must live as long as the transfer.
 */
extern void tuya_fetcher_start(TuyaTransfer *transfer, TuyaCounters *counters);

/*
 * Who started the lookup will read it to its end.  So it goes on page by page before that, as
 * long as there is memory.
 */
extern void tuya_fetcher_want_whole(TuyaTransfer *transfer);

/* Whether any page is queued, in flight, or waits to be sent again. */
extern bool tuya_fetcher_is_under_way(TuyaTransfer *transfer);

/*
 * Nobody wants the lookup any more: if nobody has read it, what is only queued for it is
 * taken back.
 */
extern void tuya_fetcher_take_back(TuyaTransfer *transfer);

/*
 * Cancels what is queued or in flight for the lookup; after an error the
 * service is told at once, by closing connections.  Never throws.
 */
extern void tuya_fetcher_cancel(TuyaTransfer *transfer, bool after_error);

/*
 * In the current memory context; reads nothing until it is opened.  With softens no row is
 * read before all of the lookup's are here, and one that fails for its own sake has none.
 */
extern void tuya_fetcher_init_reader(TuyaFetchReader *reader, TuyaCounters *counters,
									 bool early_stop, bool softens);

/* Goes to the first row of the lookup; NULL leaves the one that was read. */
extern void tuya_fetcher_open(TuyaFetchReader *reader, TuyaTransfer *transfer);

/*
 * The next row; false after the last, or if the reader is pending then.  Waits if
 * need be, unless it never does, and processes interrupts.  Throws if the lookup
 * has failed, unless the reader softens that.  The row's strings, in UTF-8, live until the
 * next call with this reader.
 */
extern bool tuya_fetcher_next_row(TuyaFetchReader *reader, TuyaRow *row);

/*
 * After the last row: the failure that the reader has softened, once; else NULL.  It
 * lives as long as the lookup.
 */
extern const TuyaFailure *tuya_fetcher_take_softened(TuyaFetchReader *reader);

/*
 * How many jobs the reader's lookup has, at its beginning; false if the reader is pending.
 * Waits and throws as tuya_fetcher_next_row() does, but reads no more pages than it takes.
 */
extern bool tuya_fetcher_count(TuyaFetchReader *reader, int64 *count);

/*
 * For who waits in the fetcher's place, since on others, too.
 *
 * Whether a reader that is pending need not wait any more, which tells nothing of others.
 * Begins the wait on behalf of a pending reader, when all that can be done is done;
 * returns a descriptor which is readable when any reader of its execution may go on, or a
 * time limit is over.  It is the fetcher's own, one for all.  Throws as next_row() does.
 * Lets a wait that has begun end at once.  Ends it, before any reader is read; returns how
 * long it was, in us, which is time that counts for time limits.  A wait of which that is
 * not said does not count, and does no harm.
 */
extern bool tuya_fetcher_can_go_on(const TuyaFetchReader *reader);
extern int	tuya_fetcher_begin_wait(const TuyaFetchReader *reader);
extern void tuya_fetcher_cut_wait(void);
extern int64 tuya_fetcher_end_wait(void);

/* From _PG_init(). */
extern void tuya_fetcher_install(void);

#endif							/* TUYA_FETCHER_H */
