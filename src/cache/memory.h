/*
 * memory.h
 *		The memory of the cache, which all backends share, and its lock.
 *
 * A small block of util/shared has the lock, and says which segment of dynamic shared memory
 * the entries are in.  That has tuya_fdw.cache_size, and is made by who first has something
 * to put there: a server whose tables have no cache_ttl has none.  When the size is changed
 * in the configuration another one takes its place, empty, at the next use by a backend that
 * has read it.  Before 17 util/shared has something for all backends only where the library
 * was preloaded, and without that there is no cache.
 */
#ifndef TUYA_CACHE_MEMORY_H
#define TUYA_CACHE_MEMORY_H

#include "postgres.h"

#include "core/lru.h"

/* From tuya_cache_install(). */
extern void tuya_cache_memory_install(void);

/* Whether it can be there at all. */
extern bool tuya_cache_memory_is_shared(void);

/*
 * Takes the lock, and returns what it guards; without a lock NULL if there is none yet.
 * make: it is made if there is none, which throws if it cannot be.  What throws while the
 * lock is held gives it back; what is changed by then must be whole.
 */
extern TuyaLru *tuya_cache_memory_lock(bool make);
extern void tuya_cache_memory_unlock(void);

/*
 * Takes the lock again, for what was found or reserved under it before: false, and without a
 * lock, if the memory is another by now.
 */
extern bool tuya_cache_memory_lock_again(const TuyaLru *lru);

/* Of the hashes of names: the same in all backends, and told to nobody. */
extern uint64 tuya_cache_memory_seed(void);

/* How often it was cleared; counts one more. */
extern uint64 tuya_cache_memory_clears(void);
extern void tuya_cache_memory_count_clear(void);

#endif							/* TUYA_CACHE_MEMORY_H */
