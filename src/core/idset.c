/*
 * idset.c
 *		Texts, each with the last round that showed it; see idset.h.
 */
#include "idset.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define ID_SLOTS_MIN 16			/* a power of two, as all sizes */
#define ID_ARENA_BYTES_MIN 512	/* ids of 19 digits for that many slots */

/*
 * SipHash-1-3, the length in the last word's free byte.  The ids come from the network: with a hash that can be foreseen,
 * a hostile server could send ids that all collide, and each page would take
 * minutes in which a cancel is not seen.
 */
static inline uint64_t
rotate_left(uint64_t x, int bits)
{
	return (x << bits) | (x >> (64 - bits));
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate_left(v[1], 13) ^ v[0];
	v[0] = rotate_left(v[0], 32);
	v[2] += v[3];
	v[3] = rotate_left(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate_left(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate_left(v[1], 17) ^ v[2];
	v[2] = rotate_left(v[2], 32);
}

static uint64_t
hash_id(const uint64_t key[2], const char *id, size_t len)
{
	uint64_t	v[4] = {
		key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
		key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)
	};
	size_t		i = 0;

	for (bool last = false; !last; i += sizeof(uint64_t))
	{
		size_t		left = len - i;
		uint64_t	word = 0;

		last = left < sizeof(word);
		memcpy(&word, id + i, last ? left : sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		word = __builtin_bswap64(word); /* the last byte is the free one */
#endif
		if (last)
			word ^= (uint64_t) len << 56;
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	for (int n = 0; n < 3; n++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/*
 * The slot that holds the id, or else the free one where it belongs.  There is
 * always a free one.
 */
static TuyaIdSlot *
find_slot(const TuyaIdSet *set, uint64_t hash, const char *id, size_t len)
{
	size_t		mask = set->nslots - 1;

	for (size_t i = (size_t) hash & mask;; i = (i + 1) & mask)
	{
		TuyaIdSlot *slot = &set->slots[i];

		if (slot->round == 0 ||
			(slot->hash == hash && slot->len == len &&
			 memcmp(set->arena + slot->offset, id, len) == 0))
			return slot;
	}
}

/* Makes room for one more id. */
static bool
grow_slots(TuyaIdSet *set)
{
	size_t		nslots = set->nslots > 0 ? set->nslots * 2 : ID_SLOTS_MIN;
	TuyaIdSlot *old = set->slots;
	size_t		nold = set->nslots;
	TuyaIdSlot *slots;

	if (set->nids + 1 <= nold / 4 * 3)
		return true;
	slots = calloc(nslots, sizeof(*slots));
	if (slots == NULL)
		return false;
	for (size_t i = 0; i < nold; i++)
	{
		size_t		j = (size_t) old[i].hash & (nslots - 1);

		if (old[i].round == 0)
			continue;
		while (slots[j].round != 0)
			j = (j + 1) & (nslots - 1);
		slots[j] = old[i];
	}
	free(old);
	set->slots = slots;
	set->nslots = nslots;
	return true;
}

/* Makes room for len more bytes. */
static bool
grow_arena(TuyaIdSet *set, size_t len)
{
	size_t		alloc = set->arena_alloc > 0 ? set->arena_alloc : ID_ARENA_BYTES_MIN;
	char	   *arena;

	if (len <= set->arena_alloc - set->arena_len)
		return true;
	while (alloc - set->arena_len < len)
		alloc *= 2;
	arena = realloc(set->arena, alloc);
	if (arena == NULL)
		return false;
	set->arena = arena;
	set->arena_alloc = alloc;
	return true;
}

bool
tuya_idset_note(TuyaIdSet *set, const char *id, size_t len, int round, bool *fresh, bool *counts)
{
	uint64_t	hash = hash_id(set->key, id, len);
	TuyaIdSlot *slot;

	if (!grow_slots(set) || !grow_arena(set, len))
		return false;

	slot = find_slot(set, hash, id, len);
	*fresh = slot->round == 0;
	*counts = slot->round != round;
	if (*fresh)
	{
		memcpy(set->arena + set->arena_len, id, len);
		slot->hash = hash;
		slot->offset = set->arena_len;
		slot->len = (uint32_t) len;
		set->arena_len += len;
		set->nids++;
	}
	slot->round = round;
	return true;
}

/* One for all sets of a process: a system call for each lookup would cost more. */
static const uint64_t *
process_key(const void *address)
{
	static uint64_t key[2];
	static bool made = false;

	/* Without random bytes, early at boot, addresses have to do. */
	if (!made && getrandom(key, sizeof(key), GRND_NONBLOCK) != (ssize_t) sizeof(key))
		key[0] = (uint64_t) (uintptr_t) address;
	made = true;
	return key;
}

void
tuya_idset_init(TuyaIdSet *set)
{
	memset(set, 0, sizeof(*set));
	memcpy(set->key, process_key(set), sizeof(set->key));
}

void
tuya_idset_free(TuyaIdSet *set)
{
	free(set->slots);
	free(set->arena);
}

size_t
tuya_idset_memory(const TuyaIdSet *set)
{
	return set->nslots * sizeof(TuyaIdSlot) + set->arena_alloc;
}
