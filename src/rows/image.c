/*
 * image.c
 *		A lookup that is done as bytes, for other statements.
 *
 * The chunks come one after the other, and then what is known of them.
 */
#include "postgres.h"

#include "rows/image.h"

#include "utils/memutils.h"

#include "rows/internal.h"

/* At the end, in whatever alignment. */
typedef struct Trailer
{
	int64		nrows;
	int64		nfields;		/* of a row */
} Trailer;

bool
tuya_image_is_due(const TuyaLookup *lookup)
{
	return lookup->keeps_bytes > 0 && lookup->proved && !lookup->failure && !lookup->ignored;
}

static Size
rows_len(const TuyaLookup *lookup)
{
	Size		len = 0;

	for (int i = 0; i < lookup->nchunks; i++)
		len += tuya_store_len(lookup->chunks[i]);
	return len;
}

char *
tuya_image_make(TuyaLookup *lookup, Size *len)
{
	Trailer		trailer = {lookup->nrows, lookup->query->action->reply.nfields};
	Size		rows = rows_len(lookup);
	char	   *image;
	char	   *to;

	lookup->keeps_bytes = 0;
	*len = rows + sizeof(trailer);
	image = to = palloc_extended(*len, MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
	if (image == NULL)
		return NULL;
	for (int i = 0; i < lookup->nchunks; i++)
	{
		tuya_store_copy(lookup->store, lookup->chunks[i], to);
		to += tuya_store_len(lookup->chunks[i]);
	}
	memcpy(to, &trailer, sizeof(trailer));
	return image;
}

bool
tuya_image_restore(TuyaLookup *lookup, char *image, Size len)
{
	int			nfields = lookup->query->action->reply.nfields;
	Trailer		trailer;

	if (len < sizeof(trailer))
		return false;
	len -= sizeof(trailer);
	memcpy(&trailer, image + len, sizeof(trailer));
	if (trailer.nfields != nfields)
		return false;
	if (len > 0)
		tuya_lookup_restore_chunk(lookup, tuya_store_adopt(lookup->store, image, len, nfields));
	else
		pfree(image);
	tuya_lookup_restore(lookup, true, 0, trailer.nrows);
	return true;
}
