/*
 * store.h
 *		The rows of an execution's lookups, within a memory budget.
 *
 * Within one execution an address is asked once and reads the same every time,
 * so the rows of every page are kept until the execution ends.  What exceeds
 * the budget goes to a temporary file (BufFile, so temp_file_limit holds),
 * oldest first.
 *
 * Rows are packed; only store.c knows how.
 */
#ifndef TUYA_STORE_H
#define TUYA_STORE_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/resowner.h"

#include "core/reply.h"

typedef struct TuyaStore TuyaStore;

/* The rows of one page that are handed out; lives as long as the store. */
typedef struct TuyaChunk TuyaChunk;

/* Where in the file a chunk is. */
typedef struct TuyaChunkPlace
{
	uint64		position;
	uint64		len;
} TuyaChunkPlace;

/* A place in the rows of a chunk. */
typedef struct TuyaChunkReader
{
	TuyaChunk  *chunk;			/* NULL: none */
	Size		offset;			/* bytes of it already read */
	TuyaPageFacts page;			/* of the chunk, once a row was read; lives as rows do */
	StringInfoData copy;		/* of a chunk that is in the file */
	bool		copied;			/* copy holds chunk */
} TuyaChunkReader;

/*
 * In the current memory context, with which it goes.  Remembers the current
 * resource owner, which is to own the temporary file.
 */
extern TuyaStore *tuya_store_create(Size budget_bytes);

/*
 * Closes the temporary file.  To be called at the normal end of an execution
 * and not after an error, when the resource owner has closed it.
 */
extern void tuya_store_close(TuyaStore *store);

/* Whether that resource owner is the one that owns the temporary file. */
extern bool tuya_store_is_owned_by(const TuyaStore *store, ResourceOwner owner);

/* The resource owner closes the file: nothing is written or read any more. */
extern void tuya_store_forget_file(TuyaStore *store);

/*
 * Packs and keeps those rows of a page whose pick[] is true, or all if pick is
 * NULL; there must be one.  What is known of the page is kept with them.
 */
extern TuyaChunk *tuya_store_add(TuyaStore *store, const TuyaReply *reply, const bool *pick);

/*
 * A chunk of such bytes, which the store takes over: palloc'ed in its memory context; and what
 * a chunk has, in memory or in the file, as such bytes.
 */
extern TuyaChunk *tuya_store_adopt(TuyaStore *store, char *data, Size len, int nfields);
extern Size tuya_store_len(const TuyaChunk *chunk);
extern void tuya_store_copy(TuyaStore *store, const TuyaChunk *chunk, char *to);

/* Moves a chunk that nobody reads to the file, unless it is there. */
extern void tuya_store_spill(TuyaStore *store, TuyaChunk *chunk);

/* The place of a chunk that is in the file; and a chunk of such rows that is at that place. */
extern TuyaChunkPlace tuya_store_place(const TuyaChunk *chunk);
extern TuyaChunk *tuya_store_restore(TuyaStore *store, TuyaChunkPlace place, int nfields);

/* Writes bytes to the end of the file, and returns their position; reads them. */
extern uint64 tuya_store_write(TuyaStore *store, const void *data, Size len);
extern void tuya_store_read_at(TuyaStore *store, uint64 position, void *data, Size len);

/* Forgets a chunk that nobody reads. */
extern void tuya_store_drop(TuyaStore *store, TuyaChunk *chunk);

/*
 * Whether it is time to make room, before rows that are yet to be read are
 * spilled; and, while room is being made, whether there is still too little.
 */
extern bool tuya_store_is_crowded(const TuyaStore *store, bool making_room);

/* Whether the budget allows to read ahead. */
extern bool tuya_store_has_room(const TuyaStore *store);

/*
 * Whether so many pages, that are yet to come, have room within the budget and as much of the file as
 * temp_file_limit leaves.
 */
extern bool tuya_store_has_room_for(const TuyaStore *store, int pages);

/*
 * How many more pages the budget allows to read ahead, by the largest so far, each of
 * them twice: while a page that came early, and has rows that are known, is added to the
 * rows, it is there twice.  At most max; that many before any came.
 */
extern int	tuya_store_pages_left(const TuyaStore *store, int max);

/* Counts (or, negative, no longer counts) bytes that others hold into the budget. */
extern void tuya_store_charge(TuyaStore *store, int64 bytes);

/* How many rows a chunk has; reads it. */
extern size_t tuya_store_count(TuyaStore *store, TuyaChunk *chunk);

/* In the current memory context. */
extern void tuya_store_init_reader(TuyaChunkReader *reader);

/* Goes to the first row of the chunk; NULL leaves the chunk that was read. */
extern void tuya_store_open(TuyaChunkReader *reader, TuyaChunk *chunk);

/*
 * The next row of the open chunk; false after the last.  The row's strings, and what it
 * knows of its page, live until the reader opens another chunk.
 */
extern bool tuya_store_read(TuyaStore *store, TuyaChunkReader *reader, TuyaRow *row);

#endif							/* TUYA_STORE_H */
