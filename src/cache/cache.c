/*
 * cache.c
 *		What lookups had, for other statements and other backends: bytes by name, with an age.
 *
 * An entry's key is the hash of its name, which stands behind its bytes (core/named): two names
 * of one hash are told apart, and replace each other.
 *
 * Locking: the lock is held to find, to make room and to publish, never while bytes are
 * copied.  Whoever goes over all entries holds it for some hundred of them at a time.
 */
#include "postgres.h"

#include "cache/cache.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "cache/memory.h"
#include "core/lru.h"
#include "core/named.h"
#include "settings.h"
#include "util/clock.h"

/* TuyaLruLabel.owner, by place. */
enum
{
	OWNER_DATABASE, OWNER_SERVER, OWNER_MAPPING, OWNER_USER
};

void
tuya_cache_install(void)
{
	tuya_cache_memory_install();
}

bool
tuya_cache_is_there(void)
{
	return tuya_cache_memory_is_shared();
}

void
tuya_cache_prepare(void)
{
	if (tuya_cache_memory_lock(true))
		tuya_cache_memory_unlock();
}

Size
tuya_cache_len_max(void)
{
	return (Size) tuya_cache_size * 1024 / LRU_ENTRY_PART;
}

static TuyaLruTime
read_clocks(void)
{
	TuyaLruTime time = {tuya_clock_monotonic_us(), GetCurrentTimestamp()};

	return time;
}

/*
 * ---- names ----
 */

/* Names are chosen by those who ask, so they do not know the seed. */
static void
hash_name(TuyaBytes name, uint8 key[LRU_KEY_BYTES])
{
	uint64		hash = hash_bytes_extended((const unsigned char *) name.data, (int) name.len,
										   tuya_cache_memory_seed());

	StaticAssertStmt(sizeof(hash) == LRU_KEY_BYTES, "a hash is a key");
	memcpy(key, &hash, sizeof(hash));
}

static Size
entry_len(const TuyaCacheItem *item)
{
	return tuya_named_len(item->bytes.len, item->name.len);
}

/*
 * ---- one entry ----
 */

/* The bytes of an entry that is pinned, without the lock; data is NULL if there is no memory. */
static TuyaCacheBytes
copy_out(const TuyaLru *lru, TuyaLruPlace place)
{
	TuyaCacheBytes bytes = {.len = tuya_lru_label(lru, place)->len};

	bytes.data = palloc_extended(bytes.len, MCXT_ALLOC_NO_OOM | MCXT_ALLOC_HUGE);
	if (bytes.data)
		tuya_lru_copy(lru, place, bytes.data);
	return bytes;
}

TuyaCacheBytes
tuya_cache_get(TuyaBytes name, int64 younger_us, int64 *age_us)
{
	TuyaLruTime time = read_clocks();
	TuyaCacheBytes bytes = {0};
	uint8		key[LRU_KEY_BYTES];
	TuyaLruPlace place;
	TuyaLru    *lru;

	/* a statement of which all is in the cache waits nowhere */
	CHECK_FOR_INTERRUPTS();
	hash_name(name, key);
	lru = tuya_cache_memory_lock(false);
	if (lru == NULL)
		return bytes;
	place = tuya_lru_find(lru, key, &time, younger_us);
	tuya_cache_memory_unlock();
	if (place == LRU_NOWHERE)
		return bytes;
	*age_us = tuya_lru_age(&tuya_lru_label(lru, place)->made, &time);
	bytes = copy_out(lru, place);
	if (tuya_cache_memory_lock_again(lru))
	{
		tuya_lru_unpin(lru, place);
		tuya_cache_memory_unlock();
	}
	if (bytes.data == NULL || tuya_named_is(bytes.data, &bytes.len, name.data, name.len))
		return bytes;
	pfree(bytes.data);
	bytes.data = NULL;
	return bytes;
}

static void
make_label(const TuyaCacheItem *item, const TuyaLruTime *time, TuyaLruLabel *label)
{
	hash_name(item->name, label->key);
	label->owner[OWNER_DATABASE] = MyDatabaseId;
	label->owner[OWNER_SERVER] = item->owner.server_id;
	label->owner[OWNER_MAPPING] = item->owner.mapping_id;
	label->owner[OWNER_USER] = item->owner.user_id;
	label->made.monotonic_us = item->made_us;
	label->made.wall_us = time->wall_us - (time->monotonic_us - item->made_us);
	label->ttl_us = item->ttl_us;
	label->len = (uint32_t) entry_len(item);
	label->hits = 0;
}

/* With the lock held: whether what was asked for so long ago is still worth it. */
static bool
is_current(const TuyaCacheItem *item, const TuyaLruTime *time)
{
	return time->monotonic_us - item->made_us < item->ttl_us &&
		item->clears == tuya_cache_memory_clears();
}

/* Takes room for that; LRU_NOWHERE if there is none, or it is not to be there. */
static TuyaLruPlace
reserve(TuyaLru *lru, const TuyaCacheItem *item, const TuyaLruTime *time)
{
	TuyaLruLabel label;

	if (!is_current(item, time) || entry_len(item) > tuya_lru_len_max(lru))
		return LRU_NOWHERE;
	make_label(item, time, &label);
	return tuya_lru_reserve(lru, &label, time->monotonic_us);
}

/* Keeps those bytes, which are the item's with its name. */
static void
put_named(const TuyaCacheItem *item, const char *named)
{
	TuyaLruTime time = read_clocks();
	TuyaLru    *lru = tuya_cache_memory_lock(false);
	TuyaLruPlace place;

	if (lru == NULL)
		return;
	place = reserve(lru, item, &time);
	tuya_cache_memory_unlock();
	if (place == LRU_NOWHERE)
		return;
	tuya_lru_fill(lru, place, named);
	if (!tuya_cache_memory_lock_again(lru))
		return;
	if (is_current(item, &time))
		tuya_lru_publish(lru, place);
	else
		tuya_lru_abandon(lru, place);
	tuya_cache_memory_unlock();
}

void
tuya_cache_put(const TuyaCacheItem *item)
{
	char	   *named = palloc_extended(entry_len(item), MCXT_ALLOC_NO_OOM | MCXT_ALLOC_HUGE);

	if (named == NULL)
		return;
	tuya_named_write(named, item->bytes.data, item->bytes.len, item->name.data, item->name.len);
	put_named(item, named);
	pfree(named);
}

/*
 * ---- all entries ----
 */

/* Goes over all of them, without the lock at times. */
static void
walk(bool (*look) (const TuyaLruLabel *label, size_t bytes, void *arg), void *arg)
{
	TuyaLru    *lru = tuya_cache_memory_lock(false);
	uint32_t	bucket = 0;
	bool		goes_on = lru != NULL;

	while (goes_on)
	{
		goes_on = tuya_lru_walk(lru, &bucket, look, arg);
		tuya_cache_memory_unlock();
		CHECK_FOR_INTERRUPTS();
		goes_on = goes_on && tuya_cache_memory_lock_again(lru);
	}
}

uint64
tuya_cache_clears(void)
{
	return tuya_cache_memory_clears();
}

typedef struct Clearing
{
	Oid			server_id;		/* InvalidOid: of all */
	int64		cleared;
} Clearing;

static bool
is_to_be_cleared(const TuyaLruLabel *label, size_t bytes, void *arg)
{
	Clearing   *clearing = arg;
	bool		matches = label->owner[OWNER_DATABASE] == MyDatabaseId &&
	(!OidIsValid(clearing->server_id) || label->owner[OWNER_SERVER] == clearing->server_id);

	(void) bytes;
	clearing->cleared += matches;
	return matches;
}

int64
tuya_cache_clear(Oid server_id)
{
	Clearing	clearing = {.server_id = server_id};

	/* before, so that what is on its way does not get there after all */
	tuya_cache_memory_count_clear();
	walk(is_to_be_cleared, &clearing);
	return clearing.cleared;
}

/* Adds the entry to its mapping's, which may be out of memory: then the lock goes, too. */
static bool
add_to_sum(const TuyaLruLabel *label, size_t bytes, void *arg)
{
	Oid			mapping_id = label->owner[OWNER_MAPPING];
	TuyaCacheSum *sum;
	bool		found;

	if (label->owner[OWNER_DATABASE] != MyDatabaseId)
		return false;
	sum = hash_search(arg, &mapping_id, HASH_ENTER, &found);
	if (!found)
	{
		memset(sum, 0, sizeof(*sum));
		sum->mapping_id = mapping_id;
		sum->server_id = label->owner[OWNER_SERVER];
		sum->user_id = label->owner[OWNER_USER];
		sum->oldest = label->made.wall_us;
	}
	sum->entries++;
	sum->bytes += (int64) bytes;
	sum->hits += label->hits;
	sum->oldest = Min(sum->oldest, label->made.wall_us);
	return false;
}

List *
tuya_cache_sums(void)
{
	HASHCTL		ctl = {
		.keysize = sizeof(Oid),
		.entrysize = sizeof(TuyaCacheSum),
		.hcxt = CurrentMemoryContext
	};
	HTAB	   *sums = hash_create("tuya_fdw cache sums", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	HASH_SEQ_STATUS scan;
	TuyaCacheSum *sum;
	List	   *list = NIL;

	walk(add_to_sum, sums);
	hash_seq_init(&scan, sums);
	while ((sum = hash_seq_search(&scan)) != NULL)
		list = lappend(list, sum);
	return list;
}
