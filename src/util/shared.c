/*
 * shared.c
 *		Memory that all backends of the server share, or at least this one has.
 */
#include "postgres.h"

#include "util/shared.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

#include "compat.h"

/*
 * A segment outlives the library that made it, until the server ends: one of another
 * version, or of another size, is not taken for ours.
 */
#define NAME_BYTES_MAX 64

static TuyaShared *requested = NULL;
static shmem_request_hook_type previous_request_hook = NULL;
static shmem_startup_hook_type previous_startup_hook = NULL;

static void
make_name(const TuyaShared *shared, char name[NAME_BYTES_MAX])
{
	snprintf(name, NAME_BYTES_MAX, "tuya_fdw " TUYA_FDW_VERSION " %s %zu", shared->name,
			 shared->size);
}

/*
 * ---- at the server's start ----
 */

static void
request_memory(void)
{
	if (previous_request_hook)
		previous_request_hook();
	for (const TuyaShared *shared = requested; shared; shared = shared->next)
		RequestAddinShmemSpace(MAXALIGN(shared->size));
}

static void
attach(TuyaShared *shared)
{
	char		name[NAME_BYTES_MAX];
	bool		found;

	make_name(shared, name);
	shared->ptr = ShmemInitStruct(name, shared->size, &found);
	if (!found)
		shared->init(shared->ptr);
}

static void
attach_memory(void)
{
	if (previous_startup_hook)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	for (TuyaShared *shared = requested; shared; shared = shared->next)
		attach(shared);
	LWLockRelease(AddinShmemInitLock);
}

void
tuya_shared_install(TuyaShared *shared)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	if (requested == NULL)
	{
		previous_request_hook = shmem_request_hook;
		shmem_request_hook = request_memory;
		previous_startup_hook = shmem_startup_hook;
		shmem_startup_hook = attach_memory;
	}
	shared->next = requested;
	requested = shared;
}

/*
 * ---- at its first use ----
 */

/* Without preloading: a named segment where there are any, else our own memory. */
static void
find(TuyaShared *shared)
{
	char		name[NAME_BYTES_MAX];
	void	   *ptr = NULL;

	make_name(shared, name);
	if (IsUnderPostmaster)
		ptr = tuya_compat_named_segment(name, shared->size, shared->init);
	if (ptr == NULL)
	{
		ptr = MemoryContextAlloc(TopMemoryContext, shared->size);
		shared->init(ptr);
		shared->is_own = true;
	}
	shared->ptr = ptr;
}

void *
tuya_shared_get(TuyaShared *shared)
{
	if (shared->ptr == NULL)
		find(shared);
	return shared->ptr;
}

/*
 * ---- tables ----
 */

void
tuya_shared_init_table(void *ptr)
{
	TuyaSharedTable *table = ptr;

	SpinLockInit(&table->lock);
	table->used = 0;
}

bool
tuya_shared_read_next(TuyaSharedTable *table, int *place,
					  bool (*copy) (int place, void *row), void *row)
{
	bool		found = false;
	bool		ended = false;

	/* the lock is taken for one entry at a time */
	while (!found && !ended)
	{
		SpinLockAcquire(&table->lock);
		ended = *place >= table->used;
		found = !ended && copy(*place, row);
		SpinLockRelease(&table->lock);
		(*place)++;
	}
	return found;
}
