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

#include "api/query.h"
#include "core/round.h"
#include "failure/failure.h"
#include "rows/store.h"

typedef struct TuyaLookup TuyaLookup;

/* The life of a lookup; tuya_lookup_become() sets it. */
typedef enum TuyaLookupState
{
	TUYA_LOOKUP_NEW,			/* nothing was ever queued for it */
	TUYA_LOOKUP_QUEUED,			/* its first page is queued, nothing was sent */
	TUYA_LOOKUP_TAKEN_BACK,		/* it was queued, and nobody wants it now */
	TUYA_LOOKUP_READING,		/* something was sent or read back; there may be more rows */
	TUYA_LOOKUP_DONE,			/* all rows are here */
	TUYA_LOOKUP_FAILED,			/* failure says why */
	TUYA_LOOKUP_ARCHIVED		/* in the file, or needed no more; it is freed now */
} TuyaLookupState;

/* Which state may follow which. */
static inline bool
tuya_lookup_may_become(TuyaLookupState from, TuyaLookupState to)
{
	static const int next[] = {
		[TUYA_LOOKUP_NEW] = 1 << TUYA_LOOKUP_QUEUED | 1 << TUYA_LOOKUP_READING |
		1 << TUYA_LOOKUP_DONE | 1 << TUYA_LOOKUP_FAILED,
		[TUYA_LOOKUP_QUEUED] = 1 << TUYA_LOOKUP_TAKEN_BACK |
		1 << TUYA_LOOKUP_READING | 1 << TUYA_LOOKUP_FAILED,
		[TUYA_LOOKUP_TAKEN_BACK] = 1 << TUYA_LOOKUP_QUEUED | 1 << TUYA_LOOKUP_ARCHIVED,
		[TUYA_LOOKUP_READING] = 1 << TUYA_LOOKUP_DONE |
		1 << TUYA_LOOKUP_FAILED | 1 << TUYA_LOOKUP_ARCHIVED,
		[TUYA_LOOKUP_DONE] = 1 << TUYA_LOOKUP_ARCHIVED,
		[TUYA_LOOKUP_FAILED] = 1 << TUYA_LOOKUP_ARCHIVED,
		[TUYA_LOOKUP_ARCHIVED] = 0
	};

	return (next[from] & 1 << to) != 0;
}

/* A place in the rows of a lookup. */
typedef struct TuyaReader
{
	TuyaLookup *lookup;
	int			next_chunk;
	TuyaChunkReader rows;
	bool		once;			/* nobody reads a lookup a second time */
} TuyaReader;

/*
 * In the current memory context, which the store's rows must share; copies the
 * query.  Must be destroyed, for what it has from malloc.
 */
extern TuyaLookup *tuya_lookup_create(TuyaStore *store, const TuyaQuery *query);
extern void tuya_lookup_destroy(TuyaLookup *lookup);

/* The lookup goes over to that state, which must be one that may follow. */
extern void tuya_lookup_become(TuyaLookup *lookup, TuyaLookupState state);

extern TuyaLookupState tuya_lookup_state(const TuyaLookup *lookup);

/* What it asks for; lives as long as the lookup. */
extern const TuyaQuery *tuya_lookup_query(const TuyaLookup *lookup);

/* Whether there may be more rows; and whether, besides, nothing is queued or sent for them. */
extern bool tuya_lookup_goes_on(const TuyaLookup *lookup);
extern bool tuya_lookup_is_unasked(const TuyaLookup *lookup);

/*
 * Only while it goes on: the number of the current round; the page of it that is
 * wanted next, from 1; and its last page as far as is known, which is that same
 * page until the round's first has come.
 */
extern int	tuya_lookup_round(const TuyaLookup *lookup);
extern int64 tuya_lookup_wanted_page(const TuyaLookup *lookup);
extern int64 tuya_lookup_last_page(const TuyaLookup *lookup);

/*
 * By which token the wanted page is asked for, where no other can be; NULL: by none.  Lives
 * until that page is put.
 */
extern const char *tuya_lookup_token(const TuyaLookup *lookup);

/* How many pages, up to wanted, the memory budget allows to be read ahead. */
extern int	tuya_lookup_pages_left(const TuyaLookup *lookup, int wanted);

/* The page that a lookup is read from, and the one behind it: for these room is kept. */
#define TUYA_READER_PAGES 2

/* As tuya_store_has_room_for(). */
extern bool tuya_lookup_has_room_for(const TuyaLookup *lookup, int pages);

/* Whether the memory budget has little left. */
extern bool tuya_lookup_is_crowded(const TuyaLookup *lookup);

/* How many pages of all rounds had fresh rows so far. */
extern int	tuya_lookup_pages_read(const TuyaLookup *lookup);

/*
 * What became of a page of the current round: a reply of status
 * TUYA_REPLY_PAGE; a refusal of a page after the first, with that code; or a
 * failure.  Pages may come in any order; one before its turn is parked, so a
 * failure takes effect only when all pages before it have come.
 */
extern void tuya_lookup_put_page(TuyaLookup *lookup, int64 page, const TuyaReply *reply);
extern void tuya_lookup_put_refusal(TuyaLookup *lookup, int64 page, const char *code);
extern void tuya_lookup_put_failure(TuyaLookup *lookup, int64 page, TuyaFailure *failure);

/* The first page was answered with an error that means that there are no rows. */
extern void tuya_lookup_put_ignored(TuyaLookup *lookup, const char *code);

/*
 * Ends the lookup as failed after an error was thrown while it was fed.  Never
 * throws.
 */
extern void tuya_lookup_abandon(TuyaLookup *lookup);

/*
 * Of a lookup that has FAILED, why; of others NULL.  And what is to be told of one that is
 * DONE, at most once, else NULL: the error code that meant that there are no rows, and why
 * its pages do not add up.  All live as long as the lookup.
 */
extern const TuyaFailure *tuya_lookup_failure(const TuyaLookup *lookup);
extern const char *tuya_lookup_take_ignored(TuyaLookup *lookup);
extern const TuyaFailure *tuya_lookup_take_warning(TuyaLookup *lookup);

/* Whether it has FAILED because there are more rows than can be read, by its first page's total. */
extern bool tuya_lookup_is_refused(const TuyaLookup *lookup);

/*
 * It is told that the lookup has failed, or that its rows are of no use to who reads them;
 * returns whether that was not told before.
 */
extern bool tuya_lookup_tell_failure(TuyaLookup *lookup);

/*
 * How many jobs there are: once all rows are here, these; before, the total of
 * the first page, if that page is full and the total says that there are more,
 * unless on_incomplete is warning.  False if that cannot be said (yet).  Of a list that
 * has FAILED because there are more than can be read it can.
 */
extern bool tuya_lookup_count(const TuyaLookup *lookup, int64 *count);

/*
 * Has all rows of a new lookup kept, as long as they have no more bytes than that, though
 * nobody reads it twice: until image.h has made one, or they have more.
 */
extern void tuya_lookup_keep_whole(TuyaLookup *lookup, Size len_max);

/*
 * For a new lookup that was archived: gives it its chunks, one after the other,
 * then the rest.  Whether a failure was told is to be told again.
 */
typedef struct TuyaLookupRest
{
	bool		done;			/* it was DONE; else what its pages told: */
	int64		total;			/* the first one; -1: none */
	const char *tokens;			/* of a walk, one for each chunk, with their NULs */
	int64		nrows;			/* that the chunks have */
} TuyaLookupRest;

extern void tuya_lookup_restore_chunk(TuyaLookup *lookup, TuyaChunk *chunk);
extern void tuya_lookup_restore(TuyaLookup *lookup, const TuyaLookupRest *rest);

/* For one that had FAILED instead. */
extern void tuya_lookup_restore_failure(TuyaLookup *lookup, TuyaFailure *failure);

/* Frees a lookup that is archived, all of it. */
extern void tuya_lookup_free(TuyaLookup *lookup);

/* Whether readers have dropped rows, so that nobody can read it from the beginning. */
extern bool tuya_lookup_is_consumed(const TuyaLookup *lookup);

/* In the current memory context, as long as anything is read with it. */
extern void tuya_lookup_init_reader(TuyaReader *reader);

/* Goes to the first row of the lookup; NULL leaves the one that was read. */
extern void tuya_lookup_open(TuyaReader *reader, TuyaLookup *lookup);

/* The next row that is here; false if there is none, or not yet. */
extern bool tuya_lookup_read(TuyaReader *reader, TuyaRow *row);

/* Of the pages with fresh rows of the current round, how many were read, with the one being read. */
extern int	tuya_lookup_pages_consumed(const TuyaReader *reader);

#endif							/* TUYA_LOOKUP_H */
