/*
 * table.c
 *		Hash tables for nonces and keys.  Both double when three quarters
 *		full, so adding costs amortized constant time.
 */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"

#define TABLE_SLOTS_MIN 1024

static bool
digest_is_free(Digest d)
{
	return d.high == 0 && d.low == 0;
}

/* The slot that holds the digest, or the free one where it belongs. */
static Digest *
digest_slot(Digest *slots, size_t size, Digest digest)
{
	size_t		at = digest.low & (size - 1);

	while (!digest_is_free(slots[at]) &&
		   (slots[at].high != digest.high || slots[at].low != digest.low))
		at = (at + 1) & (size - 1);
	return &slots[at];
}

static void
digests_double(DigestSet *set)
{
	size_t		size = set->size ? set->size * 2 : TABLE_SLOTS_MIN;
	Digest	   *slots = sim_alloc(size * sizeof(Digest));

	for (size_t i = 0; i < set->size; i++)
		if (!digest_is_free(set->slots[i]))
			*digest_slot(slots, size, set->slots[i]) = set->slots[i];
	free(set->slots);
	set->slots = slots;
	set->size = size;
}

bool
digests_add(DigestSet *set, Digest digest)
{
	Digest	   *slot;

	if ((set->used + 1) * 4 > set->size * 3)
		digests_double(set);
	slot = digest_slot(set->slots, set->size, digest);
	if (!digest_is_free(*slot))
		return false;
	*slot = digest;
	set->used++;
	return true;
}

void
digests_clear(DigestSet *set)
{
	free(set->slots);
	memset(set, 0, sizeof *set);
}

struct MapEntry
{
	MapEntry   *next;
	uint64_t	hash;
	void	   *value;
	size_t		len;
	char		name[];
};

/* FNV-1a with a finishing mix, for the low bits choose the bucket. */
static uint64_t
hash_bytes(const unsigned char *bytes, size_t len)
{
	uint64_t	h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	return h ^ (h >> 32);
}

static void
map_double(Map *map)
{
	size_t		size = map->size ? map->size * 2 : TABLE_SLOTS_MIN;
	MapEntry  **buckets = sim_alloc(size * sizeof(MapEntry *));

	for (size_t i = 0; i < map->size; i++)
	{
		MapEntry   *entry = map->buckets[i];

		while (entry)
		{
			MapEntry   *next = entry->next;

			entry->next = buckets[entry->hash & (size - 1)];
			buckets[entry->hash & (size - 1)] = entry;
			entry = next;
		}
	}
	free(map->buckets);
	map->buckets = buckets;
	map->size = size;
}

static MapEntry *
map_find(const Map *map, const void *name, size_t len, uint64_t hash)
{
	MapEntry   *entry;

	if (map->size == 0)
		return NULL;
	for (entry = map->buckets[hash & (map->size - 1)]; entry; entry = entry->next)
		if (entry->hash == hash && entry->len == len &&
			memcmp(entry->name, name, len) == 0)
			return entry;
	return NULL;
}

void *
map_get(Map *map, const void *name, size_t len, bool create)
{
	uint64_t	hash = hash_bytes(name, len);
	MapEntry   *entry = map_find(map, name, len, hash);

	if (entry)
		return entry->value;
	if (!create)
		return NULL;
	if ((map->used + 1) * 4 > map->size * 3)
		map_double(map);
	entry = sim_alloc(sizeof(MapEntry) + len);
	entry->value = sim_alloc(map->value_size);
	entry->hash = hash;
	entry->len = len;
	memcpy(entry->name, name, len);
	entry->next = map->buckets[hash & (map->size - 1)];
	map->buckets[hash & (map->size - 1)] = entry;
	map->used++;
	return entry->value;
}

void
map_clear(Map *map)
{
	for (size_t i = 0; i < map->size; i++)
	{
		MapEntry   *entry = map->buckets[i];

		while (entry)
		{
			MapEntry   *next = entry->next;

			if (map->release)
				map->release(entry->value);
			free(entry->value);
			free(entry);
			entry = next;
		}
	}
	free(map->buckets);
	map->buckets = NULL;
	map->size = 0;
	map->used = 0;
}
