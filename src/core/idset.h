/*
 * idset.h
 *		Texts, each with the last round that showed it.
 *
 * The set is exact: it keeps every text's bytes, in one arena in the order of their coming,
 * because two ids taken for one would be a row lost in silence.  That each
 * remembers its round lets a new one begin without touching the set.
 *
 * malloc; never throws.
 */
#ifndef TUYA_IDSET_H
#define TUYA_IDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct TuyaIdSlot
{
	uint64_t	hash;
	size_t		offset;			/* of the bytes in the arena */
	uint32_t	len;
	int			round;			/* last round that showed the text; 0: free slot */
} TuyaIdSlot;

/* Open addressing, linear probing, at most three quarters full. */
typedef struct TuyaIdSet
{
	uint64_t	key[2];			/* of the hash */
	TuyaIdSlot *slots;
	size_t		nslots;			/* 0 or a power of two */
	size_t		nids;
	char	   *arena;
	size_t		arena_len;
	size_t		arena_alloc;
} TuyaIdSet;

/* Makes it an empty one; frees what it has, and no more. */
extern void tuya_idset_init(TuyaIdSet *set);
extern void tuya_idset_free(TuyaIdSet *set);

/*
 * Notes that the round, from 1, showed a text of that many bytes.  Sets *fresh if it is the
 * first to do so in any round, *counts if it is in this one.  False if out of memory.
 */
extern bool tuya_idset_note(TuyaIdSet *set, const char *id, size_t len, int round,
							bool *fresh, bool *counts);

/* Bytes held, the struct's own not counted. */
extern size_t tuya_idset_memory(const TuyaIdSet *set);

#endif							/* TUYA_IDSET_H */
