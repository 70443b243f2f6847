/*
 * image.c
 *		A lookup that is done as bytes, for other statements.
 *
 * The chunks come one after the other, then the size of each, then how many they are.
 * Each stays one by itself: it begins with what is known of its page.
 */
#include "postgres.h"

#include "rows/image.h"

#include "utils/memutils.h"

#include "rows/internal.h"

/* At the end, in whatever alignment, as the sizes. */
typedef struct Trailer
{
	int64		nrows;
	int32		nfields;		/* of a row */
	int32		nchunks;
} Trailer;

bool
tuya_image_is_due(const TuyaLookup *lookup)
{
	return lookup->keeps_bytes > 0 && lookup->proved && !lookup->failure && !lookup->ignored;
}

/*
 * ---- making ----
 */

static Size
image_len(const TuyaLookup *lookup)
{
	Size		len = sizeof(Trailer);

	for (int i = 0; i < lookup->nchunks; i++)
		len += tuya_store_len(lookup->chunks[i]) + sizeof(Size);
	return len;
}

static void
write_image(const TuyaLookup *lookup, char *to)
{
	Trailer		trailer = {
		lookup->nrows, lookup->query->action->reply.nfields, lookup->nchunks
	};

	for (int i = 0; i < lookup->nchunks; i++)
	{
		tuya_store_copy(lookup->store, lookup->chunks[i], to);
		to += tuya_store_len(lookup->chunks[i]);
	}
	for (int i = 0; i < lookup->nchunks; i++)
	{
		Size		len = tuya_store_len(lookup->chunks[i]);

		memcpy(to, &len, sizeof(len));
		to += sizeof(len);
	}
	memcpy(to, &trailer, sizeof(trailer));
}

char *
tuya_image_make(TuyaLookup *lookup, Size *len)
{
	char	   *image;

	lookup->keeps_bytes = 0;
	*len = image_len(lookup);
	image = palloc_extended(*len, MCXT_ALLOC_HUGE | MCXT_ALLOC_NO_OOM);
	if (image)
		write_image(lookup, image);
	return image;
}

/*
 * ---- restoring ----
 */

/* The image has one chunk: the most usual, which so is not copied again. */
static void
adopt_chunk(TuyaLookup *lookup, char *image, Size len, int nfields)
{
	tuya_lookup_restore_chunk(lookup, tuya_store_adopt(lookup->store, image, len, nfields));
}

static void
copy_chunks(TuyaLookup *lookup, const char *image, const char *lens, const Trailer *trailer)
{
	for (int i = 0; i < trailer->nchunks; i++)
	{
		char	   *data;
		Size		len;

		memcpy(&len, lens + i * sizeof(len), sizeof(len));
		data = palloc(len);
		memcpy(data, image, len);
		adopt_chunk(lookup, data, len, trailer->nfields);
		image += len;
	}
}

bool
tuya_image_restore(TuyaLookup *lookup, char *image, Size len)
{
	TuyaLookupRest rest = {.done = true};
	Trailer		trailer;
	const char *lens;

	memcpy(&trailer, image + len - sizeof(trailer), sizeof(trailer));
	if (trailer.nfields != lookup->query->action->reply.nfields)
		return false;
	lens = image + len - sizeof(trailer) - trailer.nchunks * sizeof(Size);
	if (trailer.nchunks == 1)
		adopt_chunk(lookup, image, lens - image, trailer.nfields);
	else
	{
		copy_chunks(lookup, image, lens, &trailer);
		pfree(image);
	}
	rest.nrows = trailer.nrows;
	tuya_lookup_restore(lookup, &rest);
	return true;
}
