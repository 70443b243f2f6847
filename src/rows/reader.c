/*
 * reader.c
 *		Reads the rows of a lookup, as far as they are here.
 */
#include "postgres.h"

#include "rows/internal.h"

bool
tuya_lookup_is_consumed(const TuyaLookup *lookup)
{
	return lookup->consumed;
}

void
tuya_lookup_init_reader(TuyaReader *reader)
{
	reader->lookup = NULL;
	reader->next_chunk = 0;
	reader->once = false;
	tuya_store_init_reader(&reader->rows);
}

void
tuya_lookup_open(TuyaReader *reader, TuyaLookup *lookup)
{
	tuya_store_open(&reader->rows, NULL);
	reader->lookup = lookup;
	reader->next_chunk = 0;
}

int
tuya_lookup_pages_consumed(const TuyaReader *reader)
{
	return reader->next_chunk - reader->lookup->chunks_before;
}

/* Drops the chunk that was read before the one that is open. */
static void
consume_chunk(TuyaReader *reader)
{
	TuyaLookup *lookup = reader->lookup;
	TuyaChunk **chunk = &lookup->chunks[reader->next_chunk - 2];

	tuya_store_drop(lookup->store, *chunk);
	*chunk = NULL;
	lookup->consumed = true;
}

bool
tuya_lookup_read(TuyaReader *reader, TuyaRow *row)
{
	TuyaLookup *lookup = reader->lookup;

	while (!tuya_store_read(lookup->store, &reader->rows, row))
	{
		if (reader->next_chunk >= lookup->nchunks)
			return false;
		if (lookup->chunks[reader->next_chunk] == NULL)
			elog(ERROR, "rows of a lookup are gone");
		tuya_store_open(&reader->rows, lookup->chunks[reader->next_chunk++]);
		if (reader->once && lookup->keeps_bytes == 0 && reader->next_chunk > 1)
			consume_chunk(reader);
	}
	return true;
}
