/*
 * archive.h
 *		Lookups that went to the temporary file, by address.
 *
 * What is kept in memory of such a lookup is sixteen bytes, so that a statement
 * can remember hundreds of thousands of addresses and ask none of them twice.  An
 * address has always the same hash.
 */
#ifndef TUYA_ARCHIVE_H
#define TUYA_ARCHIVE_H

#include "postgres.h"

#include "util/bytes.h"
#include "rows/lookup.h"
#include "rows/store.h"

typedef struct TuyaArchive TuyaArchive;

/* In the current memory context. */
extern TuyaArchive *tuya_archive_create(TuyaStore *store);

/*
 * Whether that lookup, for which nothing is under way, can be written to the file and be
 * read back as it is.
 */
extern bool tuya_archive_can_put(TuyaLookup *lookup);

/*
 * Writes the lookup and its rows to the file.  It may be forgotten then, together
 * with its chunks.
 */
extern void tuya_archive_put(TuyaArchive *archive, TuyaBytes address, uint32 hash, TuyaLookup *lookup);

/*
 * Fills a new lookup with what was written for that address; false if nothing
 * was.
 */
extern bool tuya_archive_get(TuyaArchive *archive, TuyaBytes address, uint32 hash, TuyaLookup *lookup);

#endif							/* TUYA_ARCHIVE_H */
