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
	int64		total;			/* of round 1's first page */
	dlist_head	parked;			/* ParkedPages that came before their turn */
};

#endif							/* TUYA_ROWS_INTERNAL_H */
