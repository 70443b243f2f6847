/*
 * store.c
 *		The rows of an execution's lookups, within a memory budget.
 *
 * A text is packed as four bytes of length + 1 (0 for NULL) and then the bytes and a
 * NUL; a row as the texts of its fields.  Before the rows stands what is known of their
 * page: when it came, and the request's id.  A chunk is in memory or in the file, never in
 * both.  A chunk that is being read from memory is pinned and stays there; the
 * rows of one that is in the file are read through a copy of the reader's own,
 * which is at most a page's.
 */
#include "postgres.h"

#include "rows/store.h"

#include "lib/ilist.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "compat.h"

struct TuyaChunk
{
	dlist_node	node;			/* in TuyaStore.resident, while in memory */
	char	   *data;			/* NULL: in the file */
	Size		len;
	int			nfields;		/* of a row */
	int			pins;			/* readers of data */
	uint64		position;		/* in the file, if data is NULL */
};

struct TuyaStore
{
	MemoryContext cxt;
	ResourceOwner resowner;		/* owns the file */
	int64		budget;
	int64		used;			/* bytes of resident chunks, and charged ones */
	Size		largest;		/* bytes of the largest chunk so far */
	dlist_head	resident;		/* chunks in memory, oldest first */
	BufFile    *file;			/* NULL until something is spilled */
	uint64		end;			/* where the file ends */
};

/* A BufFile's segments have a gigabyte; a position counts through them. */
#define SEGMENT_BYTES (UINT64CONST(1) << 30)

/* Of a hundred jobs.  Before a larger one has come a page is taken to have no more. */
#define PAGE_BYTES_EXPECTED ((Size) 32 * 1024)

TuyaStore *
tuya_store_create(Size budget_bytes)
{
	TuyaStore  *store = palloc0(sizeof(TuyaStore));

	store->cxt = CurrentMemoryContext;
	store->resowner = CurrentResourceOwner;
	store->budget = (int64) budget_bytes;
	dlist_init(&store->resident);
	return store;
}

void
tuya_store_close(TuyaStore *store)
{
	if (store->file)
		BufFileClose(store->file);
	store->file = NULL;
	store->budget = PG_INT64_MAX;	/* so no new one is made for the last moment */
}

bool
tuya_store_is_owned_by(const TuyaStore *store, ResourceOwner owner)
{
	return store->resowner == owner;
}

void
tuya_store_forget_file(TuyaStore *store)
{
	store->file = NULL;
	store->resowner = NULL;
	store->budget = PG_INT64_MAX;	/* so nothing is spilled any more */
}

/*
 * ---- packing ----
 */

static inline Size
packed_text_size(const char *text)
{
	return sizeof(uint32) + (text ? strlen(text) + 1 : 0);
}

static inline char *
pack_text(char *to, const char *text)
{
	uint32		size = text ? (uint32) strlen(text) + 1 : 0;

	memcpy(to, &size, sizeof(size));
	to += sizeof(size);
	if (size > 0)
		memcpy(to, text, size);
	return to + size;
}

static inline const char *
unpack_text(const char *from, const char **text)
{
	uint32		size;

	memcpy(&size, from, sizeof(size));
	from += sizeof(size);
	*text = size > 0 ? from : NULL;
	return from + size;
}

static Size
packed_size(const TuyaRow *row, int nfields)
{
	Size		size = 0;

	for (int i = 0; i < nfields; i++)
		size += packed_text_size(row->field[i]);
	return size;
}

static char *
pack_row(char *to, const TuyaRow *row, int nfields)
{
	for (int i = 0; i < nfields; i++)
		to = pack_text(to, row->field[i]);
	return to;
}

static const char *
unpack_row(const char *from, TuyaRow *row, int nfields)
{
	for (int i = 0; i < nfields; i++)
		from = unpack_text(from, &row->field[i]);
	return from;
}

static char *
pack_page(char *to, const TuyaReply *reply)
{
	memcpy(to, &reply->fetched_us, sizeof(reply->fetched_us));
	return pack_text(to + sizeof(reply->fetched_us), reply->request_id);
}

static const char *
unpack_page(const char *from, TuyaPageFacts *page)
{
	memcpy(&page->fetched_us, from, sizeof(page->fetched_us));
	return unpack_text(from + sizeof(page->fetched_us), &page->request_id);
}

/*
 * ---- the budget ----
 */

static void
open_file(TuyaStore *store)
{
	ResourceOwner saved = CurrentResourceOwner;

	CurrentResourceOwner = store->resowner;
	store->file = BufFileCreateTemp(false);
	CurrentResourceOwner = saved;
}

static void
seek(TuyaStore *store, uint64 position)
{
	if (BufFileSeek(store->file, (int) (position / SEGMENT_BYTES),
					(off_t) (position % SEGMENT_BYTES), SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in a temporary file")));
}

uint64
tuya_store_write(TuyaStore *store, const void *data, Size len)
{
	MemoryContext saved = MemoryContextSwitchTo(store->cxt);
	uint64		position = store->end;

	if (store->file == NULL)
		open_file(store);
	seek(store, position);
	BufFileWrite(store->file, unconstify(void *, data), len);
	store->end += len;
	MemoryContextSwitchTo(saved);
	return position;
}

void
tuya_store_read_at(TuyaStore *store, uint64 position, void *data, Size len)
{
	seek(store, position);
	tuya_compat_buffile_read(store->file, data, len);
}

void
tuya_store_spill(TuyaStore *store, TuyaChunk *chunk)
{
	if (chunk->data == NULL)
		return;
	chunk->position = tuya_store_write(store, chunk->data, chunk->len);
	dlist_delete(&chunk->node);
	store->used -= (int64) chunk->len;
	pfree(chunk->data);
	chunk->data = NULL;
}

TuyaChunkPlace
tuya_store_place(const TuyaChunk *chunk)
{
	return (TuyaChunkPlace)
	{
		chunk->position, chunk->len
	};
}

TuyaChunk *
tuya_store_restore(TuyaStore *store, TuyaChunkPlace place, int nfields)
{
	TuyaChunk  *chunk = MemoryContextAllocZero(store->cxt, sizeof(TuyaChunk));

	chunk->position = place.position;
	chunk->len = place.len;
	chunk->nfields = nfields;
	return chunk;
}

static void
keep_budget(TuyaStore *store)
{
	const TuyaChunk *newest = dlist_is_empty(&store->resident) ? NULL :
	dlist_tail_element(TuyaChunk, node, &store->resident);
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &store->resident)
	{
		TuyaChunk  *chunk = dlist_container(TuyaChunk, node, iter.cur);

		/* the newest is most likely the next that is read: there is room for one page */
		if (store->used <= store->budget || chunk == newest)
			break;
		if (chunk->pins == 0)
			tuya_store_spill(store, chunk);
	}
}

void
tuya_store_charge(TuyaStore *store, int64 bytes)
{
	store->used += bytes;
	if (store->used > store->budget)
		keep_budget(store);
}

TuyaChunk *
tuya_store_add(TuyaStore *store, const TuyaReply *reply, const bool *pick)
{
	TuyaChunk  *chunk = MemoryContextAllocZero(store->cxt, sizeof(TuyaChunk));
	char	   *to;

	chunk->nfields = reply->nfields;
	chunk->len = sizeof(reply->fetched_us) + packed_text_size(reply->request_id);
	for (size_t i = 0; i < reply->nrows; i++)
		if (pick == NULL || pick[i])
			chunk->len += packed_size(&reply->rows[i], reply->nfields);
	chunk->data = to = MemoryContextAlloc(store->cxt, chunk->len);
	store->largest = Max(store->largest, chunk->len);
	to = pack_page(to, reply);
	for (size_t i = 0; i < reply->nrows; i++)
		if (pick == NULL || pick[i])
			to = pack_row(to, &reply->rows[i], reply->nfields);

	dlist_push_tail(&store->resident, &chunk->node);
	tuya_store_charge(store, (int64) chunk->len);
	return chunk;
}

void
tuya_store_drop(TuyaStore *store, TuyaChunk *chunk)
{
	/* what is in the file stays there, unused */
	if (chunk->data)
	{
		dlist_delete(&chunk->node);
		tuya_store_charge(store, -(int64) chunk->len);
		pfree(chunk->data);
	}
	pfree(chunk);
}

/*
 * ---- chunks as bytes ----
 */

TuyaChunk *
tuya_store_adopt(TuyaStore *store, char *data, Size len, int nfields)
{
	TuyaChunk  *chunk = MemoryContextAllocZero(store->cxt, sizeof(TuyaChunk));

	chunk->data = data;
	chunk->len = len;
	chunk->nfields = nfields;
	dlist_push_tail(&store->resident, &chunk->node);
	tuya_store_charge(store, (int64) len);
	return chunk;
}

Size
tuya_store_len(const TuyaChunk *chunk)
{
	return chunk->len;
}

void
tuya_store_copy(TuyaStore *store, const TuyaChunk *chunk, char *to)
{
	if (chunk->data)
		memcpy(to, chunk->data, chunk->len);
	else
		tuya_store_read_at(store, chunk->position, to, chunk->len);
}

/*
 * ---- room ----
 */

bool
tuya_store_is_crowded(const TuyaStore *store, bool making_room)
{
	return store->used > store->budget / 8 * (making_room ? 6 : 7);
}

int
tuya_store_pages_left(const TuyaStore *store, int max)
{
	int64		left = store->budget - store->used;

	if (left <= 0)
		return 0;
	return store->largest == 0 ? max : (int) Min(left / (2 * (int64) store->largest), max);
}

bool
tuya_store_has_room(const TuyaStore *store)
{
	return store->used <= store->budget;
}

bool
tuya_store_has_room_for(const TuyaStore *store, int pages)
{
	/* other parts of the statement have files, too */
	int64		file = Max(temp_file_limit * INT64CONST(1024) - (int64) store->end, 0) / 2;

	return temp_file_limit < 0 ||
		store->used + pages * (int64) Max(store->largest, PAGE_BYTES_EXPECTED) <= store->budget + file;
}

/*
 * ---- reading ----
 */

void
tuya_store_init_reader(TuyaChunkReader *reader)
{
	memset(reader, 0, sizeof(*reader));
	initStringInfo(&reader->copy);
}

void
tuya_store_open(TuyaChunkReader *reader, TuyaChunk *chunk)
{
	if (reader->chunk && !reader->copied)
		reader->chunk->pins--;
	reader->chunk = chunk;
	reader->offset = 0;
	reader->copied = false;
	if (chunk)
		chunk->pins++;
}

/* Reads a chunk that is in the file into the reader's copy, and unpins it. */
static void
load(TuyaStore *store, TuyaChunkReader *reader)
{
	TuyaChunk  *chunk = reader->chunk;

	resetStringInfo(&reader->copy);
	enlargeStringInfo(&reader->copy, (int) chunk->len);
	tuya_store_read_at(store, chunk->position, reader->copy.data, chunk->len);
	chunk->pins--;
	reader->copied = true;
}

bool
tuya_store_read(TuyaStore *store, TuyaChunkReader *reader, TuyaRow *row)
{
	TuyaChunk  *chunk = reader->chunk;
	const char *data;

	if (chunk == NULL || reader->offset >= chunk->len)
		return false;
	if (chunk->data == NULL && !reader->copied)
		load(store, reader);
	data = reader->copied ? reader->copy.data : chunk->data;
	if (reader->offset == 0)
		reader->offset = unpack_page(data, &reader->page) - data;
	row->page = &reader->page;
	reader->offset = unpack_row(data + reader->offset, row, chunk->nfields) - data;
	return true;
}

size_t
tuya_store_count(TuyaStore *store, TuyaChunk *chunk)
{
	TuyaChunkReader reader;
	TuyaRow		row;
	size_t		count = 0;

	tuya_store_init_reader(&reader);
	tuya_store_open(&reader, chunk);
	while (tuya_store_read(store, &reader, &row))
		count++;
	tuya_store_open(&reader, NULL);
	pfree(reader.copy.data);
	return count;
}
