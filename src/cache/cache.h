/*
 * cache.h
 *		What lookups had, for other statements and other backends: bytes by name, with an age.
 *
 * A name is a string of bytes, too; what is found has that name, whatever its hash is.
 * Who puts something there says how long it is good, who takes it, how old it may be.  An
 * entry is found whole or not at all.  Of what was asked for before a clear nothing is put
 * there after it.  See memory.h for where it is, and core/lru.h for what makes room.
 */
#ifndef TUYA_CACHE_H
#define TUYA_CACHE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

#include "util/bytes.h"

/* Whose an entry is; for who looks at the cache, and does not read names. */
typedef struct TuyaCacheOwner
{
	Oid			server_id;		/* of the current database */
	Oid			mapping_id;
	Oid			user_id;		/* InvalidOid: PUBLIC */
} TuyaCacheOwner;

/* Bytes, with their size. */
typedef struct TuyaCacheBytes
{
	char	   *data;
	Size		len;
} TuyaCacheBytes;

/* What is to be kept. */
typedef struct TuyaCacheItem
{
	TuyaBytes	name;
	TuyaCacheOwner owner;
	int64		made_us;		/* on the monotonic clock: as old as that */
	int64		ttl_us;
	uint64		clears;			/* tuya_cache_clears() when it was asked for */
	TuyaCacheBytes bytes;
} TuyaCacheItem;

/* From _PG_init(). */
extern void tuya_cache_install(void);

/* Whether there can be one: whether there is memory that all backends share. */
extern bool tuya_cache_is_there(void);

/* Makes the memory, if there is none so far; throws if it cannot be. */
extern void tuya_cache_prepare(void);

/* How many bytes an item may have, its name included, or a little less. */
extern Size tuya_cache_len_max(void);

/*
 * What is kept by that name, if it is younger than that: palloc'ed, with its age in us; else
 * data is NULL.  Processes interrupts.
 */
extern TuyaCacheBytes tuya_cache_get(TuyaBytes name, int64 younger_us, int64 *age_us);

/* Keeps a copy, unless there is something against it.  Never throws. */
extern void tuya_cache_put(const TuyaCacheItem *item);

/* How often the cache was cleared, in whatever database. */
extern uint64 tuya_cache_clears(void);

/* Drops what is of that server of the current database, or of all: InvalidOid.  How many? */
extern int64 tuya_cache_clear(Oid server_id);

/* What the current database has there of one mapping. */
typedef struct TuyaCacheSum
{
	Oid			mapping_id;		/* hash key */
	Oid			server_id;
	Oid			user_id;		/* InvalidOid: PUBLIC */
	int64		entries;
	int64		bytes;			/* of the memory */
	int64		hits;
	TimestampTz oldest;			/* when what is oldest was asked for */
} TuyaCacheSum;

/* A list of TuyaCacheSums, in the current memory context. */
extern List *tuya_cache_sums(void);

#endif							/* TUYA_CACHE_H */
