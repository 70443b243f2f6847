/*
 * shared.h
 *		Memory that all backends of the server share, or at least this one has.
 *
 * Each is there for all backends with shared_preload_libraries = 'tuya_fdw', and from
 * PostgreSQL 17 on without it, too, through a named DSM segment.  Else it is the backend's
 * own: what is in it holds for the session.  After a crash of a backend it begins anew, as
 * all of the server's shared memory does.
 *
 * Locks are for who uses it.  In the segments are no pointers.
 */
#ifndef TUYA_SHARED_H
#define TUYA_SHARED_H

#include "postgres.h"

#include "storage/spin.h"

/* One that is used: static, with a name, a size and how it begins. */
typedef struct TuyaShared
{
	const char *name;			/* among the extension's */
	Size		size;			/* a constant: all backends must say the same */
	void		(*init) (void *ptr);	/* throws nothing */

	/* shared.c's */
	void	   *ptr;			/* NULL: not found yet */
	bool		is_own;			/* the backend's */
	struct TuyaShared *next;	/* of those asked for at the server's start */
} TuyaShared;

/* From _PG_init(): asks for it if the module is being preloaded. */
extern void tuya_shared_install(TuyaShared *shared);

/* Where it is, for as long as the backend lives.  Throws if out of memory. */
extern void *tuya_shared_get(TuyaShared *shared);

/* How a table begins whose entries are taken from the first on, and never given back. */
typedef struct TuyaSharedTable
{
	slock_t		lock;			/* of all that is in it but atomics */
	int			used;			/* entries that were ever used: the first ones */
} TuyaSharedTable;

/* TuyaShared.init of such a table. */
extern void tuya_shared_init_table(void *ptr);

/*
 * From *place = 0 on, has the next entry copied for which copy() returns true; false if there
 * is none.  copy() runs with the lock held, so it throws nothing.
 */
extern bool tuya_shared_read_next(TuyaSharedTable *table, int *place,
								  bool (*copy) (int place, void *row), void *row);

#endif							/* TUYA_SHARED_H */
