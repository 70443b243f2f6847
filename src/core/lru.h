/*
 * lru.h
 *		Byte strings by key, with an age, in one block of memory of a fixed size.
 *
 * What has expired makes room first, then what was not used for the longest time.  Nothing
 * here takes memory, fails or waits, and there are no pointers in the block: several
 * processes may have it at different addresses.  They take turns by a lock of their own,
 * which is held in all functions but tuya_lru_fill() and tuya_lru_copy(): an entry that is
 * being filled is not found yet, and one that is pinned stays as it is.
 *
 * An entry's bytes are a chain of blocks of the same size, so no room is too small or in the
 * wrong place, and half a block of each entry is unused.
 *
 *		FILLING ---> PUBLISHED ---> REMOVED, while somebody has it pinned
 *		   |             |             |
 *		   \-------------\-------------\---> free
 */
#ifndef TUYA_LRU_H
#define TUYA_LRU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Keys are hashes, of which the first bytes are as good as all. */
#define LRU_KEY_BYTES 8

/* An entry takes at most this part of the memory. */
#define LRU_ENTRY_PART 16

/* The least memory. */
#define LRU_BYTES_MIN (64 * 1024)

/* Numbers that tell whose an entry is. */
#define LRU_OWNER_IDS 4

typedef struct TuyaLru TuyaLru;

/* Where an entry is: from 1 on. */
typedef uint32_t TuyaLruPlace;

#define LRU_NOWHERE 0

/*
 * A point in time, by two clocks in us: one that is never set and may stand still while the
 * machine sleeps, and the wall clock.  As an age counts the one that has gone further.
 */
typedef struct TuyaLruTime
{
	int64_t		monotonic_us;
	int64_t		wall_us;
} TuyaLruTime;

/* What is known of an entry beside its bytes. */
typedef struct TuyaLruLabel
{
	uint8_t		key[LRU_KEY_BYTES];
	uint32_t	owner[LRU_OWNER_IDS];
	TuyaLruTime made;
	int64_t		ttl_us;			/* expired when it is as old */
	uint32_t	len;			/* bytes */
	uint32_t	hits;			/* how often it was found; lru.c's */
} TuyaLruLabel;

/* Makes it empty; size is at least LRU_BYTES_MIN, and the memory aligned as by malloc. */
extern void tuya_lru_init(TuyaLru *lru, size_t size);

/* How many bytes an entry may have. */
extern size_t tuya_lru_len_max(const TuyaLru *lru);

/* How old it is at that time, in us, never negative. */
extern int64_t tuya_lru_age(const TuyaLruTime *made, const TuyaLruTime *now);

/*
 * The entry of that key if it is younger than that, else LRU_NOWHERE.  It is used, and
 * pinned until tuya_lru_unpin().
 */
extern TuyaLruPlace tuya_lru_find(TuyaLru *lru, const uint8_t *key, const TuyaLruTime *now,
								  int64_t younger_us);
extern const TuyaLruLabel *tuya_lru_label(const TuyaLru *lru, TuyaLruPlace place);
extern void tuya_lru_copy(const TuyaLru *lru, TuyaLruPlace place, void *bytes);
extern void tuya_lru_unpin(TuyaLru *lru, TuyaLruPlace place);

/*
 * A new entry, to be filled with label->len bytes and then published, in place of an older one
 * of that key.  Others make room for it.  LRU_NOWHERE if it is too large, or if there is no
 * room since others are pinned or being filled.
 */
extern TuyaLruPlace tuya_lru_reserve(TuyaLru *lru, const TuyaLruLabel *label, int64_t now_us);
extern void tuya_lru_fill(TuyaLru *lru, TuyaLruPlace place, const void *bytes);
extern void tuya_lru_publish(TuyaLru *lru, TuyaLruPlace place);

/* In place of publishing it. */
extern void tuya_lru_abandon(TuyaLru *lru, TuyaLruPlace place);

/*
 * Goes on from *bucket, 0 at first, over some of the entries: calls look(), and removes those
 * for which it returns true.  False once there are no more.  So the lock need not be held for
 * all of it; what is published meanwhile is seen or not.
 */
extern bool tuya_lru_walk(TuyaLru *lru, uint32_t *bucket,
						  bool (*look) (const TuyaLruLabel *label, size_t bytes, void *arg),
						  void *arg);

#endif							/* TUYA_LRU_H */
