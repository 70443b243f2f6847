/*
 * archive.c
 *		Lookups that went to the temporary file, by address.
 *
 * The table is not charged to the budget: it cannot be spilled, and a budget
 * that it filled would leave room for nothing else.
 *
 * The table has open addressing; a slot has the address's hash and where in the
 * file its latest record is.  The record has the address itself, so two that
 * share a hash are told apart.
 */
#include "postgres.h"

#include "rows/archive.h"

#include "utils/memutils.h"

#include "rows/internal.h"

#define SLOTS_MIN 1024

typedef struct Slot
{
	uint32		hash;
	uint64		position;		/* in the file; NO_POSITION: free */
} Slot;

#define NO_POSITION PG_UINT64_MAX

struct TuyaArchive
{
	TuyaStore  *store;
	MemoryContext cxt;
	Slot	   *slots;
	uint64		nslots;			/* a power of 2, or 0 */
	uint64		nused;
};

/* What the file has of a lookup, before its address, its failure, its tokens and its chunks' places. */
typedef struct Record
{
	uint64		address_len;
	int64		total;			/* of its pages, unless it is done; -1: they have none */
	uint64		tokens_len;		/* likewise their tokens' bytes; 0: there are none */
	int64		nrows;
	int32		done;			/* whether all its rows are here */
	int32		nchunks;
	int32		failure_len;	/* 0: it has not failed */
	int32		failure_told;
} Record;

TuyaArchive *
tuya_archive_create(TuyaStore *store)
{
	TuyaArchive *archive = palloc0(sizeof(TuyaArchive));

	archive->store = store;
	archive->cxt = CurrentMemoryContext;
	return archive;
}

/*
 * ---- the table ----
 */

static void
insert_slot(TuyaArchive *archive, Slot slot)
{
	uint64		i = slot.hash & (archive->nslots - 1);

	while (archive->slots[i].position != NO_POSITION)
		i = (i + 1) & (archive->nslots - 1);
	archive->slots[i] = slot;
	archive->nused++;
}

static void
grow(TuyaArchive *archive)
{
	Slot	   *old = archive->slots;
	uint64		nold = archive->nslots;

	archive->nslots = Max(nold * 2, SLOTS_MIN);
	archive->nused = 0;
	archive->slots = MemoryContextAllocHuge(archive->cxt, archive->nslots * sizeof(Slot));
	memset(archive->slots, 0xff, archive->nslots * sizeof(Slot));	/* NO_POSITION */
	for (uint64 i = 0; i < nold; i++)
		if (old[i].position != NO_POSITION)
			insert_slot(archive, old[i]);
	if (old)
		pfree(old);
}

static void
add_slot(TuyaArchive *archive, uint32 hash, uint64 position)
{
	Slot		slot = {hash, position};

	if (archive->nused >= archive->nslots / 4 * 3)
		grow(archive);
	insert_slot(archive, slot);
}

/* Whether the record there is that address's; if so, reads it. */
static bool
is_record_of(TuyaArchive *archive, uint64 position, TuyaBytes address, Record *record)
{
	char	   *bytes;
	bool		same;

	tuya_store_read_at(archive->store, position, record, sizeof(*record));
	if (record->address_len != address.len)
		return false;
	bytes = palloc(address.len);
	tuya_store_read_at(archive->store, position + sizeof(*record), bytes, address.len);
	same = memcmp(bytes, address.data, address.len) == 0;
	pfree(bytes);
	return same;
}

static Slot *
find_slot(TuyaArchive *archive, TuyaBytes address, uint32 hash, Record *record)
{
	if (archive->nslots == 0)
		return NULL;
	for (uint64 i = hash & (archive->nslots - 1);; i = (i + 1) & (archive->nslots - 1))
	{
		Slot	   *slot = &archive->slots[i];

		if (slot->position == NO_POSITION)
			return NULL;
		if (slot->hash == hash && is_record_of(archive, slot->position, address, record))
			return slot;
	}
}

/*
 * ---- writing ----
 */

bool
tuya_archive_can_put(TuyaLookup *lookup)
{
	/* what the statement softens, and was told of; by any other failure it ends */
	if (lookup->state == TUYA_LOOKUP_FAILED)
		return lookup->failure->of_key && lookup->failure_told && !lookup->is_refused;
	if (lookup->failure || lookup->ignored || !dlist_is_empty(&lookup->parked))
		return false;
	if (lookup->state == TUYA_LOOKUP_DONE)
		return true;
	/* the pages read so far must be what the chunks say they were */
	return tuya_lookup_goes_on(lookup) && tuya_lookup_round(lookup) == 1 &&
		tuya_lookup_wanted_page(lookup) == lookup->nchunks + 1 && lookup->all_fresh;
}

/* What goes into the file of a lookup beside its rows. */
typedef struct Parts
{
	StringInfoData failure;
	const char *tokens;
	Size		tokens_len;
} Parts;

static void
list_parts(const TuyaLookup *lookup, Parts *parts)
{
	initStringInfo(&parts->failure);
	parts->tokens = NULL;
	parts->tokens_len = 0;
	if (lookup->state == TUYA_LOOKUP_FAILED)
		tuya_failure_pack(&parts->failure, lookup->failure);
	else if (lookup->state != TUYA_LOOKUP_DONE)
		parts->tokens = tuya_round_tokens(lookup->adding_up, &parts->tokens_len);
}

/* The record of the lookup; of one that has failed nobody reads a row. */
static Record
record_of(const TuyaLookup *lookup, TuyaBytes address, const Parts *parts)
{
	return (Record)
	{
		.address_len = address.len,
			.total = lookup->total,
			.tokens_len = parts->tokens_len,
			.nrows = lookup->nrows,
			.done = lookup->state == TUYA_LOOKUP_DONE,
			.nchunks = parts->failure.len > 0 ? 0 : lookup->nchunks,
			.failure_len = parts->failure.len,
			.failure_told = lookup->failure_told
	};
}

static uint64
write_record(TuyaArchive *archive, TuyaBytes address, const TuyaLookup *lookup)
{
	Parts		parts;
	Record		record;
	uint64		position;

	list_parts(lookup, &parts);
	record = record_of(lookup, address, &parts);
	for (int i = 0; i < record.nchunks; i++)
		tuya_store_spill(archive->store, lookup->chunks[i]);
	position = tuya_store_write(archive->store, &record, sizeof(record));
	(void) tuya_store_write(archive->store, address.data, address.len);
	(void) tuya_store_write(archive->store, parts.failure.data, (Size) parts.failure.len);
	if (parts.tokens)
		(void) tuya_store_write(archive->store, parts.tokens, parts.tokens_len);
	for (int i = 0; i < record.nchunks; i++)
	{
		TuyaChunkPlace place = tuya_store_place(lookup->chunks[i]);

		(void) tuya_store_write(archive->store, &place, sizeof(place));
	}
	pfree(parts.failure.data);
	return position;
}

void
tuya_archive_put(TuyaArchive *archive, TuyaBytes address, uint32 hash, TuyaLookup *lookup)
{
	Record		found;
	Slot	   *slot = find_slot(archive, address, hash, &found);
	uint64		position;

	/* what has ended never changes */
	if (slot && (found.done || found.failure_len > 0))
		return;
	position = write_record(archive, address, lookup);
	if (slot)
		slot->position = position;
	else
		add_slot(archive, hash, position);
}

/*
 * ---- reading ----
 */

/* Fills the lookup with the failure of that many bytes there. */
static void
read_failure(TuyaArchive *archive, uint64 position, int len, TuyaLookup *lookup)
{
	char	   *packed = palloc(len);

	tuya_store_read_at(archive->store, position, packed, len);
	tuya_lookup_restore_failure(lookup, tuya_failure_unpack(packed));
	pfree(packed);
}

/* Fills the lookup with what is there of it: its tokens, then the places of its chunks. */
static void
read_rows(TuyaArchive *archive, uint64 position, const Record *record, TuyaLookup *lookup)
{
	int			nfields = tuya_lookup_query(lookup)->action->reply.nfields;
	char	   *tokens = record->tokens_len > 0 ? palloc(record->tokens_len) : NULL;
	TuyaLookupRest rest = {record->done, record->total, tokens, record->nrows};

	if (tokens)
		tuya_store_read_at(archive->store, position, tokens, record->tokens_len);
	position += record->tokens_len;
	for (int i = 0; i < record->nchunks; i++)
	{
		TuyaChunkPlace place;

		tuya_store_read_at(archive->store, position, &place, sizeof(place));
		position += sizeof(place);
		tuya_lookup_restore_chunk(lookup, tuya_store_restore(archive->store, place, nfields));
	}
	tuya_lookup_restore(lookup, &rest);
	if (tokens)
		pfree(tokens);
}

bool
tuya_archive_get(TuyaArchive *archive, TuyaBytes address, uint32 hash, TuyaLookup *lookup)
{
	Record		record;
	Slot	   *slot = find_slot(archive, address, hash, &record);
	uint64		position;

	if (slot == NULL)
		return false;
	if (record.failure_told)
		(void) tuya_lookup_tell_failure(lookup);
	position = slot->position + sizeof(record) + address.len;
	if (record.failure_len > 0)
		read_failure(archive, position, record.failure_len, lookup);
	else
		read_rows(archive, position, &record, lookup);
	return true;
}
