/*
 * memory.c
 *		The memory of the cache, which all backends share, and its lock.
 *
 * A backend that is killed while it has the lock, or fills an entry, takes the server's
 * shared memory along, as PostgreSQL has it.  One that fails gives the lock back.
 */
#include "postgres.h"

#include "cache/memory.h"

#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/dsm.h"
#include "storage/lwlock.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "settings.h"
#include "util/shared.h"

typedef struct Control
{
	LWLock		lock;
	dsm_handle	handle;			/* of the segment; DSM_HANDLE_INVALID: none so far */
	int			size_kb;
	TimestampTz configured;		/* who made it had read the configuration then */
	pg_atomic_uint64 clears;
	uint64		seed;
} Control;

static void init_control(void *ptr);

static TuyaShared memory =
{
	.name = "cache",.size = sizeof(Control),.init = init_control
};
static Control *control = NULL; /* once it was needed */
static dsm_segment *attached = NULL;	/* NULL: none */
static TuyaLru *lru = NULL;		/* in it */

static void
init_control(void *ptr)
{
	Control    *fresh = ptr;

	LWLockInitialize(&fresh->lock, tuya_compat_new_tranche("TuyaFdwCache"));
	fresh->handle = DSM_HANDLE_INVALID;
	fresh->size_kb = 0;
	fresh->configured = 0;
	pg_atomic_init_u64(&fresh->clears, 0);
	if (!pg_strong_random(&fresh->seed, sizeof(fresh->seed)))
		fresh->seed = (uint64) GetCurrentTimestamp();
}

void
tuya_cache_memory_install(void)
{
	tuya_shared_install(&memory);
}

static void
find_control(void)
{
	if (control)
		return;
	control = tuya_shared_get(&memory);
	tuya_compat_name_tranche(control->lock.tranche, "TuyaFdwCache");
}

bool
tuya_cache_memory_is_shared(void)
{
	find_control();
	return !memory.is_own;
}

/*
 * ---- the segment, with the lock held ----
 */

static void
detach(void)
{
	dsm_segment *segment = attached;

	attached = NULL;
	lru = NULL;
	if (segment)
		dsm_detach(segment);
}

/* It is this backend's for as long as it lives. */
static void
take(dsm_segment *segment)
{
	dsm_pin_mapping(segment);
	attached = segment;
	lru = dsm_segment_address(segment);
}

/* There is no such memory: says so in the words of who has asked for the cache. */
static _Noreturn void
raise_no_memory(MemoryContext cxt)
{
	ErrorData  *error;

	MemoryContextSwitchTo(cxt);
	error = CopyErrorData();
	FlushErrorState();
	ereport(ERROR,
			(errcode(error->sqlerrcode),
			 errmsg("could not make the cache that the option \"cache_ttl\" asks for"),
			 errdetail("There are no %d kB of dynamic shared memory: %s.", tuya_cache_size,
					   error->message),
			 errhint("Lower tuya_fdw.cache_size, give the server more shared memory (such as that of /dev/shm), or set cache_ttl to 0.")));
}

static dsm_segment *
create_segment(void)
{
	MemoryContext cxt = CurrentMemoryContext;
	dsm_segment *segment = NULL;

	PG_TRY();
	{
		segment = dsm_create((Size) tuya_cache_size * 1024, 0);
	}
	PG_CATCH();
	{
		raise_no_memory(cxt);
	}
	PG_END_TRY();
	return segment;
}

static void
make(void)
{
	dsm_segment *segment = create_segment();

	tuya_lru_init(dsm_segment_address(segment), (Size) tuya_cache_size * 1024);
	dsm_pin_segment(segment);
	take(segment);
	control->handle = dsm_segment_handle(segment);
	control->size_kb = tuya_cache_size;
	control->configured = PgReloadTime;
}

/*
 * The configuration has another size.  Backends read it one after the other, so who has read
 * it earlier than the one that made the segment has nothing to say.
 */
static void
drop_if_resized(void)
{
	if (control->handle == DSM_HANDLE_INVALID || control->size_kb == tuya_cache_size ||
		PgReloadTime <= control->configured)
		return;
	detach();
	dsm_unpin_segment(control->handle);
	control->handle = DSM_HANDLE_INVALID;
}

/* Goes over to the segment that there is now. */
static void
attach(void)
{
	dsm_segment *segment;

	if (attached && dsm_segment_handle(attached) == control->handle)
		return;
	detach();
	if (control->handle == DSM_HANDLE_INVALID)
		return;
	segment = dsm_attach(control->handle);
	if (segment)
		take(segment);
}

/*
 * ---- the lock ----
 */

TuyaLru *
tuya_cache_memory_lock(bool make_it)
{
	if (!tuya_cache_memory_is_shared())
		return NULL;
	LWLockAcquire(&control->lock, LW_EXCLUSIVE);
	drop_if_resized();
	attach();
	if (lru == NULL && make_it && control->handle == DSM_HANDLE_INVALID)
		make();
	if (lru == NULL)
		LWLockRelease(&control->lock);
	return lru;
}

void
tuya_cache_memory_unlock(void)
{
	LWLockRelease(&control->lock);
}

bool
tuya_cache_memory_lock_again(const TuyaLru *same)
{
	LWLockAcquire(&control->lock, LW_EXCLUSIVE);
	if (attached && dsm_segment_handle(attached) == control->handle && lru == same)
		return true;
	LWLockRelease(&control->lock);
	return false;
}

uint64
tuya_cache_memory_seed(void)
{
	find_control();
	return control->seed;
}

uint64
tuya_cache_memory_clears(void)
{
	find_control();
	return pg_atomic_read_u64(&control->clears);
}

void
tuya_cache_memory_count_clear(void)
{
	find_control();
	pg_atomic_fetch_add_u64(&control->clears, 1);
}
