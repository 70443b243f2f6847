/*
 * internal.h
 *		What the rows' files share: a lookup's pages, rows and verdict.
 */
#ifndef TUYA_ROWS_INTERNAL_H
#define TUYA_ROWS_INTERNAL_H

#include "postgres.h"

#include "lib/ilist.h"

#include "rows/lookup.h"

/* Written by lookup.c; what readers have consumed, by reader.c. */
struct TuyaLookup
{
	TuyaQuery  *query;			/* a copy */
	TuyaLookupState state;
	TuyaFailure *failure;		/* of FAILED; with DONE: to be shown as a warning, once */
	bool		failure_told;	/* that it has failed, or for a reader is as if */
	char	   *ignored;		/* with DONE: the error code that meant so; once counted, NULL */
	TuyaStore  *store;
	TuyaRound  *adding_up;		/* NULL once it has ended */
	Size		charged;		/* adding_up's bytes, as charged to the store */
	TuyaChunk **chunks;			/* one for each page with fresh rows; NULL once consumed */
	bool		consumed;		/* there are such */
	int			nchunks;
	int			chunks_allocated;
	int			chunks_before;	/* of them, those of earlier rounds */
	int64		nrows;			/* in chunks */
	int64		keeps_bytes;	/* kept whole while there are fewer than that, for image.c */
	bool		proved;			/* DONE, and the first round has shown these rows */
	size_t		first_page_rows;	/* different ones of round 1's first page */
	bool		all_fresh;		/* no row was left out of chunks, of round 1 */
	int64		total;			/* of round 1's first page; -1: it has none */
	bool		is_refused;		/* FAILED, since that total is more than can be read */
	dlist_head	parked;			/* TuyaParkedPages that came before their turn */
};

/*
 * ---- parked.c ----
 *
 * Of pages by number; those of a walk come in their order.
 */

/* A page that came before its turn, all its rows packed. */
typedef struct TuyaParkedPage
{
	dlist_node	node;			/* in TuyaLookup.parked */
	int64		page;
	TuyaFailure *failure;		/* if it failed */
	char	   *refusal;		/* the code, if it was refused */
	bool		has_total;
	int64		total;
	size_t		nrows;
	TuyaChunk  *chunk;			/* NULL without rows */
} TuyaParkedPage;

/* A new one, of which the caller fills in what is known; the one of that page, or NULL. */
extern TuyaParkedPage *tuya_parked_add(TuyaLookup *lookup, int64 page);
extern TuyaParkedPage *tuya_parked_find(TuyaLookup *lookup, int64 page);

/* Frees one that is no longer in the list; takes all off it and frees them. */
extern void tuya_parked_free(TuyaLookup *lookup, TuyaParkedPage *parked);
extern void tuya_parked_free_all(TuyaLookup *lookup);

/* Its page as a reply, whose rows are in memory of the reader's and of *reply's, until the end. */
extern void tuya_parked_read(TuyaLookup *lookup, const TuyaParkedPage *parked,
							 TuyaChunkReader *reader, TuyaReply *reply);
extern void tuya_parked_end_reading(TuyaChunkReader *reader, TuyaReply *reply);

#endif							/* TUYA_ROWS_INTERNAL_H */
