/*
 * lookup.h
 *		One key: which page is wanted, which rows are here, how it ended.
 *
 * A lookup knows nothing of connections: the fetcher asks it which page it
 * wants and feeds it replies.  Rows are kept, so any number of readers can
 * read it, each from the beginning, as often as they like.
 */
#ifndef TUYA_LOOKUP_H
#define TUYA_LOOKUP_H

#include "postgres.h"

#include "lib/ilist.h"

#include "column.h"
#include "core/round.h"
#include "failure.h"
#include "fetcher.h"
#include "option.h"
#include "store.h"

typedef enum TuyaLookupState
{
	TUYA_LOOKUP_READING,		/* there may be more rows */
	TUYA_LOOKUP_DONE,			/* all rows are here */
	TUYA_LOOKUP_FAILED			/* failure says why */
} TuyaLookupState;

struct TuyaLookup
{
	/* lookup.c's */
	TuyaRequest request;		/* a copy */
	TuyaLookupState state;
	TuyaFailure *failure;		/* of FAILED; with DONE: to be shown as a warning, once */
	TuyaStore  *store;
	TuyaRound  *round;			/* NULL once it has ended */
	Size		round_charged;	/* its bytes, as charged to the store */
	TuyaChunk **chunks;			/* one for each page with fresh rows */
	int			nchunks;
	int			chunks_allocated;

	/* execution.c's */
	dlist_node	node;			/* in the execution's lookups */

	/* fetcher.c's */
	TuyaFetcher *fetcher;
	TuyaCounters *counters;		/* of the scan that started it */
	struct TuyaAttempt *attempt;	/* queued or in flight; NULL: none */
	int			stale_in_row;	/* stale connections met by the wanted page */
	int64		spent_us;		/* with an attempt in flight, on the driven clock */
};

/*
 * In the current memory context, which the store's rows must share; copies the
 * request.  Must be destroyed, for what it has from malloc.
 */
extern TuyaLookup *tuya_lookup_create(TuyaStore *store, const TuyaRequest *request);
extern void tuya_lookup_destroy(TuyaLookup *lookup);

/* The page that is wanted next, from 1; only while READING. */
extern int64 tuya_lookup_page(const TuyaLookup *lookup);

/* Feeds the page that was wanted (a reply of status TUYA_REPLY_PAGE). */
extern void tuya_lookup_add_page(TuyaLookup *lookup, const TuyaReply *reply);

/* The service refused the page that was wanted, not the first, with this code. */
extern void tuya_lookup_add_refusal(TuyaLookup *lookup, const char *code);

/* Ends the lookup. */
extern void tuya_lookup_fail(TuyaLookup *lookup, TuyaFailure *failure);

/*
 * Ends the lookup as failed after an error was thrown while it was fed.  Never
 * throws.
 */
extern void tuya_lookup_abandon(TuyaLookup *lookup);

/* The next row that is here; false if there is none, or not yet. */
extern bool tuya_lookup_read(TuyaReader *reader, TuyaRow *row);

#endif							/* TUYA_LOOKUP_H */
