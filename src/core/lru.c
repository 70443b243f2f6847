/*
 * lru.c
 *		Byte strings by key, with an age, in one block of memory of a fixed size.
 *
 * The memory is a head, then a hash table of entries, then a heap of entries by when they
 * expire, then blocks.  An entry's first block has its head, which also is in the list of
 * entries by use.  Entries and blocks are known by the number of their (first) block.
 *
 * Blocks that were never used are taken last, so memory that is not needed is not touched.
 */
#include "lru.h"

#include <string.h>

#define BLOCK_BYTES 256

/* Blocks for each bucket of the hash table. */
#define BLOCKS_OF_BUCKET 2

/* Buckets that are walked over at once. */
#define WALK_BUCKETS 512

typedef enum EntryState
{
	ENTRY_FILLING,
	ENTRY_PUBLISHED,
	ENTRY_REMOVED
} EntryState;

/* What an entry's first block begins with. */
typedef struct Entry
{
	TuyaLruLabel label;
	TuyaLruPlace next_of_bucket;
	TuyaLruPlace newer;			/* by use */
	TuyaLruPlace older;
	uint32_t	heap_index;
	uint32_t	last_block;
	uint32_t	pins;
	EntryState	state;
} Entry;

#define FIRST_BYTES (BLOCK_BYTES - sizeof(uint32_t) * 2 - sizeof(Entry))
#define OTHER_BYTES (BLOCK_BYTES - sizeof(uint32_t) * 2)

typedef struct Block
{
	uint32_t	next;			/* of the entry, or of those that are free */
	uint32_t	unused;
	union
	{
		struct
		{
			Entry		entry;
			char		bytes[FIRST_BYTES];
		}			first;
		char		bytes[OTHER_BYTES];
	};
} Block;

_Static_assert(sizeof(Block) == BLOCK_BYTES, "a block has its size");

struct TuyaLru
{
	uint64_t	size;
	uint32_t	nblocks;
	uint32_t	nbuckets;
	uint32_t	ntouched;		/* blocks that were ever used */
	uint32_t	nfree;			/* of these, free ones */
	uint32_t	first_free;
	uint32_t	nheap;			/* entries that can be found */
	TuyaLruPlace newest;		/* by use */
	TuyaLruPlace oldest;
	uint64_t	blocks_at;		/* from the head's begin, in bytes */
};

/*
 * ---- where things are ----
 */

static uint32_t *
buckets_of(const TuyaLru *lru)
{
	return (uint32_t *) (lru + 1);
}

static uint32_t *
heap_of(const TuyaLru *lru)
{
	return buckets_of(lru) + lru->nbuckets;
}

static Block *
block_at(const TuyaLru *lru, uint32_t number)
{
	return (Block *) ((char *) lru + lru->blocks_at) + (number - 1);
}

static Entry *
entry_at(const TuyaLru *lru, TuyaLruPlace place)
{
	return &block_at(lru, place)->first.entry;
}

static uint32_t *
bucket_of(const TuyaLru *lru, const uint8_t *key)
{
	uint32_t	hash;

	memcpy(&hash, key, sizeof(hash));
	return &buckets_of(lru)[hash % lru->nbuckets];
}

void
tuya_lru_init(TuyaLru *lru, size_t size)
{
	/* for two blocks: these, a bucket, two places in the heap */
	uint64_t	pairs = (size - sizeof(TuyaLru) - BLOCK_BYTES) /
	(BLOCKS_OF_BUCKET * (BLOCK_BYTES + sizeof(uint32_t)) + sizeof(uint32_t));
	uint64_t	blocks_at;

	if (pairs > UINT32_MAX / BLOCKS_OF_BUCKET - 1)
		pairs = UINT32_MAX / BLOCKS_OF_BUCKET - 1;
	memset(lru, 0, sizeof(*lru));
	lru->size = size;
	lru->nbuckets = (uint32_t) pairs;
	lru->nblocks = (uint32_t) pairs * BLOCKS_OF_BUCKET;
	memset(buckets_of(lru), 0, lru->nbuckets * sizeof(uint32_t));
	blocks_at = sizeof(TuyaLru) + sizeof(uint32_t) * ((uint64_t) lru->nbuckets + lru->nblocks);
	lru->blocks_at = (blocks_at + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
}

/* How many blocks that many bytes take. */
static uint64_t
count_blocks(uint64_t len)
{
	return len <= FIRST_BYTES ? 1 : 1 + (len - FIRST_BYTES + OTHER_BYTES - 1) / OTHER_BYTES;
}

size_t
tuya_lru_len_max(const TuyaLru *lru)
{
	uint64_t	blocks = lru->size / LRU_ENTRY_PART / BLOCK_BYTES;
	uint64_t	len = FIRST_BYTES + (blocks - 1) * OTHER_BYTES;

	return len < UINT32_MAX ? (size_t) len : UINT32_MAX;
}

int64_t
tuya_lru_age(const TuyaLruTime *made, const TuyaLruTime *now)
{
	int64_t		monotonic_us = now->monotonic_us - made->monotonic_us;
	int64_t		wall_us = now->wall_us - made->wall_us;
	int64_t		age_us = monotonic_us > wall_us ? monotonic_us : wall_us;

	return age_us > 0 ? age_us : 0;
}

/*
 * ---- blocks ----
 */

static uint32_t
count_free(const TuyaLru *lru)
{
	return lru->nfree + (lru->nblocks - lru->ntouched);
}

/* There is one. */
static uint32_t
take_block(TuyaLru *lru)
{
	uint32_t	number = lru->first_free;

	if (number == LRU_NOWHERE)
		return ++lru->ntouched;
	lru->first_free = block_at(lru, number)->next;
	lru->nfree--;
	return number;
}

static TuyaLruPlace
take_blocks(TuyaLru *lru, uint32_t n)
{
	TuyaLruPlace place = take_block(lru);
	uint32_t	last = place;

	for (uint32_t i = 1; i < n; i++)
	{
		uint32_t	number = take_block(lru);

		block_at(lru, last)->next = number;
		last = number;
	}
	block_at(lru, last)->next = LRU_NOWHERE;
	entry_at(lru, place)->last_block = last;
	return place;
}

static void
free_blocks(TuyaLru *lru, TuyaLruPlace place)
{
	const Entry *entry = entry_at(lru, place);

	lru->nfree += (uint32_t) count_blocks(entry->label.len);
	block_at(lru, entry->last_block)->next = lru->first_free;
	lru->first_free = place;
}

/*
 * ---- the heap: who expires first is on top ----
 */

static int64_t
expires_us(const TuyaLru *lru, TuyaLruPlace place)
{
	const TuyaLruLabel *label = &entry_at(lru, place)->label;

	return label->made.monotonic_us + label->ttl_us;
}

static void
put_in_heap(TuyaLru *lru, uint32_t i, TuyaLruPlace place)
{
	heap_of(lru)[i] = place;
	entry_at(lru, place)->heap_index = i;
}

/* The entry goes up from there, as far as it has to. */
static void
sift_up(TuyaLru *lru, uint32_t i, TuyaLruPlace place)
{
	const uint32_t *heap = heap_of(lru);

	while (i > 0 && expires_us(lru, place) < expires_us(lru, heap[(i - 1) / 2]))
	{
		put_in_heap(lru, i, heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put_in_heap(lru, i, place);
}

/* Likewise down. */
static void
sift_down(TuyaLru *lru, uint32_t i, TuyaLruPlace place)
{
	const uint32_t *heap = heap_of(lru);

	for (;;)
	{
		uint64_t	child = (uint64_t) i * 2 + 1;

		if (child >= lru->nheap)
			break;
		if (child + 1 < lru->nheap && expires_us(lru, heap[child + 1]) < expires_us(lru, heap[child]))
			child++;
		if (expires_us(lru, place) <= expires_us(lru, heap[child]))
			break;
		put_in_heap(lru, i, heap[child]);
		i = (uint32_t) child;
	}
	put_in_heap(lru, i, place);
}

static void
remove_from_heap(TuyaLru *lru, TuyaLruPlace place)
{
	uint32_t	i = entry_at(lru, place)->heap_index;
	TuyaLruPlace last = heap_of(lru)[--lru->nheap];

	if (last == place)
		return;
	/* it takes the place, and may belong above or below */
	sift_up(lru, i, last);
	sift_down(lru, entry_at(lru, last)->heap_index, last);
}

/*
 * ---- the list by use, and the hash table ----
 */

static void
link_newest(TuyaLru *lru, TuyaLruPlace place)
{
	Entry	   *entry = entry_at(lru, place);

	entry->newer = LRU_NOWHERE;
	entry->older = lru->newest;
	if (lru->newest != LRU_NOWHERE)
		entry_at(lru, lru->newest)->newer = place;
	else
		lru->oldest = place;
	lru->newest = place;
}

static void
unlink_by_use(TuyaLru *lru, TuyaLruPlace place)
{
	const Entry *entry = entry_at(lru, place);

	if (entry->newer != LRU_NOWHERE)
		entry_at(lru, entry->newer)->older = entry->older;
	else
		lru->newest = entry->older;
	if (entry->older != LRU_NOWHERE)
		entry_at(lru, entry->older)->newer = entry->newer;
	else
		lru->oldest = entry->newer;
}

static TuyaLruPlace
find_key(const TuyaLru *lru, const uint8_t *key)
{
	TuyaLruPlace place = *bucket_of(lru, key);

	while (place != LRU_NOWHERE && memcmp(entry_at(lru, place)->label.key, key, LRU_KEY_BYTES) != 0)
		place = entry_at(lru, place)->next_of_bucket;
	return place;
}

static void
unlink_key(TuyaLru *lru, TuyaLruPlace place)
{
	uint32_t   *link = bucket_of(lru, entry_at(lru, place)->label.key);

	while (*link != place)
		link = &entry_at(lru, *link)->next_of_bucket;
	*link = entry_at(lru, place)->next_of_bucket;
}

/* Of a published entry: nobody finds it any more, and it is free once nobody has it pinned. */
static void
remove_entry(TuyaLru *lru, TuyaLruPlace place)
{
	Entry	   *entry = entry_at(lru, place);

	unlink_key(lru, place);
	unlink_by_use(lru, place);
	remove_from_heap(lru, place);
	entry->state = ENTRY_REMOVED;
	if (entry->pins == 0)
		free_blocks(lru, place);
}

/*
 * ---- finding ----
 */

TuyaLruPlace
tuya_lru_find(TuyaLru *lru, const uint8_t *key, const TuyaLruTime *now, int64_t younger_us)
{
	TuyaLruPlace place = find_key(lru, key);
	Entry	   *entry;

	if (place == LRU_NOWHERE)
		return LRU_NOWHERE;
	entry = entry_at(lru, place);
	if (tuya_lru_age(&entry->label.made, now) >= younger_us)
		return LRU_NOWHERE;
	unlink_by_use(lru, place);
	link_newest(lru, place);
	entry->label.hits++;
	entry->pins++;
	return place;
}

const TuyaLruLabel *
tuya_lru_label(const TuyaLru *lru, TuyaLruPlace place)
{
	return &entry_at(lru, place)->label;
}

void
tuya_lru_unpin(TuyaLru *lru, TuyaLruPlace place)
{
	Entry	   *entry = entry_at(lru, place);

	if (--entry->pins == 0 && entry->state == ENTRY_REMOVED)
		free_blocks(lru, place);
}

/* The part of the entry's bytes that the block has, of those from done on; how many they are. */
static char *
part_at(const TuyaLru *lru, uint32_t number, uint32_t done, uint32_t len, uint32_t *n)
{
	Block	   *block = block_at(lru, number);
	uint32_t	room = done == 0 ? FIRST_BYTES : OTHER_BYTES;

	*n = len - done < room ? len - done : room;
	return done == 0 ? block->first.bytes : block->bytes;
}

void
tuya_lru_copy(const TuyaLru *lru, TuyaLruPlace place, void *bytes)
{
	uint32_t	len = entry_at(lru, place)->label.len;
	uint32_t	number = place;
	uint32_t	n;

	for (uint32_t done = 0; done < len; done += n)
	{
		const char *part = part_at(lru, number, done, len, &n);

		memcpy((char *) bytes + done, part, n);
		number = block_at(lru, number)->next;
	}
}

/*
 * ---- adding ----
 */

/* Has others removed until that many blocks are free; false if they do not become so. */
static bool
make_room(TuyaLru *lru, uint64_t blocks, int64_t now_us)
{
	while (count_free(lru) < blocks)
	{
		if (lru->nheap == 0)
			return false;
		if (expires_us(lru, heap_of(lru)[0]) <= now_us)
			remove_entry(lru, heap_of(lru)[0]);
		else
			remove_entry(lru, lru->oldest);
	}
	return true;
}

TuyaLruPlace
tuya_lru_reserve(TuyaLru *lru, const TuyaLruLabel *label, int64_t now_us)
{
	uint64_t	blocks = count_blocks(label->len);
	TuyaLruPlace place;
	Entry	   *entry;

	if (label->len > tuya_lru_len_max(lru) || !make_room(lru, blocks, now_us))
		return LRU_NOWHERE;
	place = take_blocks(lru, (uint32_t) blocks);
	entry = entry_at(lru, place);
	entry->label = *label;
	entry->label.hits = 0;
	entry->pins = 0;
	entry->state = ENTRY_FILLING;
	return place;
}

void
tuya_lru_fill(TuyaLru *lru, TuyaLruPlace place, const void *bytes)
{
	uint32_t	len = entry_at(lru, place)->label.len;
	uint32_t	number = place;
	uint32_t	n;

	for (uint32_t done = 0; done < len; done += n)
	{
		char	   *part = part_at(lru, number, done, len, &n);

		memcpy(part, (const char *) bytes + done, n);
		number = block_at(lru, number)->next;
	}
}

void
tuya_lru_publish(TuyaLru *lru, TuyaLruPlace place)
{
	Entry	   *entry = entry_at(lru, place);
	uint32_t   *bucket = bucket_of(lru, entry->label.key);
	TuyaLruPlace other = find_key(lru, entry->label.key);

	if (other != LRU_NOWHERE &&
		entry_at(lru, other)->label.made.monotonic_us > entry->label.made.monotonic_us)
	{
		free_blocks(lru, place);
		return;
	}
	if (other != LRU_NOWHERE)
		remove_entry(lru, other);
	entry->state = ENTRY_PUBLISHED;
	entry->next_of_bucket = *bucket;
	*bucket = place;
	link_newest(lru, place);
	sift_up(lru, lru->nheap++, place);
}

void
tuya_lru_abandon(TuyaLru *lru, TuyaLruPlace place)
{
	free_blocks(lru, place);
}

/*
 * ---- all of them ----
 */

bool
tuya_lru_walk(TuyaLru *lru, uint32_t *bucket,
			  bool (*look) (const TuyaLruLabel *label, size_t bytes, void *arg), void *arg)
{
	for (int i = 0; i < WALK_BUCKETS && *bucket < lru->nbuckets; i++, (*bucket)++)
	{
		TuyaLruPlace place = buckets_of(lru)[*bucket];

		while (place != LRU_NOWHERE)
		{
			const Entry *entry = entry_at(lru, place);
			TuyaLruPlace next = entry->next_of_bucket;

			if (look(&entry->label, count_blocks(entry->label.len) * BLOCK_BYTES, arg))
				remove_entry(lru, place);
			place = next;
		}
	}
	return *bucket < lru->nbuckets;
}
