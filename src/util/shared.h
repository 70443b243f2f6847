/*
 * shared.h
 *		Memory that all backends of the server share, or at least this one has.
 *
 * Each is there for all backends with shared_preload_libraries = 'tuya_fdw', and from
 * PostgreSQL 17 on without it, too, through a named DSM segment.  Else it is the backend's
 * own: what is in it holds for the session.  After a crash of a backend it begins anew, as
 * all of the server's shared memory does.
 *
 * Nothing here locks what is in it.  In the segments are no pointers.
 */
#ifndef TUYA_SHARED_H
#define TUYA_SHARED_H

#include "postgres.h"

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

#endif							/* TUYA_SHARED_H */
