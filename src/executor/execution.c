/*
 * execution.c
 *		What one EState has asked for: its lookups, by address, and their rows.
 *
 * An execution lives in a memory context of its own below the EState's.  That
 * context's reset callback cancels what is in flight, so everything it touches
 * (lookups, page requests, the list of fetchers) is allocated in that context
 * itself, never in a child, which would be gone by then, or by malloc.
 */
#include "postgres.h"

#include "executor/execution.h"

#include "lib/ilist.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "executor/address.h"
#include "executor/refresh.h"
#include "executor/softened.h"
#include "rows/archive.h"
#include "util/bytes.h"
#include "rows/lookup.h"

/* What the scans read of the rows of an action. */
typedef struct ReadFields
{
	const TuyaAction *action;
	TuyaFields	fields;
	struct ReadFields *next;
} ReadFields;

struct TuyaExecution
{
	dlist_node	node;			/* in executions */
	EState	   *estate;			/* whose it is; an identity, never looked into */
	MemoryContext cxt;
	MemoryContextCallback callback;
	int			scans;			/* entered and not left */
	TuyaBudget	budget;
	TuyaStore  *store;
	HTAB	   *addresses;		/* AddressEntry */
	TuyaAddressRoom room;		/* for the address that is looked for */
	TuyaArchive *archive;
	dlist_head	lookups;		/* TuyaEntry: those in memory */
	dlist_head	unwanted;		/* of them, those that nobody wants now, oldest first */
	ReadFields *fields;			/* one of each action */
	List	   *fetchers;		/* pinned */
	List	   *scan_ids;		/* integers: plan node ids of ... */
	List	   *scan_states;	/* ... these ForeignScanStates */
	List	   *expected;		/* of these, those that will certainly be read, and are not yet */
	bool		released;
	TuyaSoftened softened;
};

struct TuyaEntry
{
	TuyaLookup *lookup;
	TuyaTransfer transfer;
	TuyaBytes	address;
	uint32		hash;			/* of the address */
	dlist_node	node;			/* in TuyaExecution.lookups */
	dlist_node	unwanted_node;	/* in TuyaExecution.unwanted, while is_unwanted */
	bool		is_unwanted;
	int			pins;			/* who announced it and may still want it */
	bool		once;			/* once nobody wants it, nobody ever will */
	Size		charged;		/* bytes, as charged to the store */
};

typedef struct AddressEntry
{
	TuyaBytes	address;		/* hash key */
	TuyaEntry  *entry;
} AddressEntry;

static dlist_head executions = DLIST_STATIC_INIT(executions);

/* Gives back all that is not memory of the context.  Never throws. */
static void
release(TuyaExecution *execution, bool after_error)
{
	dlist_iter	iter;
	ListCell   *lc;

	if (execution->released)
		return;
	execution->released = true;
	dlist_delete(&execution->node);
	dlist_foreach(iter, &execution->lookups)
	{
		TuyaEntry  *entry = dlist_container(TuyaEntry, node, iter.cur);

		tuya_fetcher_cancel(&entry->transfer, after_error);
		tuya_lookup_destroy(entry->lookup);
	}
	foreach(lc, execution->fetchers)
		tuya_fetcher_unpin(lfirst(lc));
}

static void
on_reset(void *arg)
{
	release(arg, true);
}

/*
 * A portal that fails in a subtransaction keeps its memory until the end of the
 * transaction, but not its resource owner, which owns the temporary file.  What
 * it had in flight must go then, and the file must not be touched again.
 */
static void
on_resource_release(ResourceReleasePhase phase, bool is_commit, bool is_top_level, void *arg)
{
	dlist_mutable_iter iter;

	(void) is_top_level;
	(void) arg;
	if (is_commit || phase != RESOURCE_RELEASE_BEFORE_LOCKS)
		return;
	dlist_foreach_modify(iter, &executions)
	{
		TuyaExecution *execution = dlist_container(TuyaExecution, node, iter.cur);

		if (tuya_store_is_owned_by(execution->store, CurrentResourceOwner))
		{
			tuya_store_forget_file(execution->store);
			release(execution, true);
		}
	}
}

static void
register_resource_release(void)
{
	static bool registered = false;

	if (!registered)
		RegisterResourceReleaseCallback(on_resource_release, NULL);
	registered = true;
}

static TuyaExecution *
create(EState *estate)
{
	/* in small steps, for the rows of replies are put in here while the reserve is lent */
	MemoryContext cxt = AllocSetContextCreate(estate->es_query_cxt, "tuya_fdw execution",
											  ALLOCSET_DEFAULT_MINSIZE, ALLOCSET_DEFAULT_INITSIZE, 64 * 1024);
	MemoryContext saved = MemoryContextSwitchTo(cxt);
	TuyaExecution *execution = palloc0(sizeof(TuyaExecution));

	register_resource_release();
	execution->estate = estate;
	execution->cxt = cxt;
	tuya_budget_init(&execution->budget, cxt);
	execution->softened.cxt = cxt;
	dlist_init(&execution->lookups);
	dlist_init(&execution->unwanted);
	execution->store = tuya_store_create(work_mem * (Size) 1024);
	execution->archive = tuya_archive_create(execution->store);
	execution->addresses = tuya_bytes_create("tuya_fdw lookups", sizeof(AddressEntry), cxt);
	execution->callback.func = on_reset;
	execution->callback.arg = execution;
	dlist_push_head(&executions, &execution->node);
	MemoryContextRegisterResetCallback(cxt, &execution->callback);
	MemoryContextSwitchTo(saved);
	return execution;
}

TuyaExecution *
tuya_execution_find(EState *estate)
{
	dlist_iter	iter;

	dlist_foreach(iter, &executions)
	{
		TuyaExecution *execution = dlist_container(TuyaExecution, node, iter.cur);

		if (execution->estate == estate)
			return execution;
	}
	return NULL;
}

TuyaExecution *
tuya_execution_enter(EState *estate)
{
	TuyaExecution *execution = tuya_execution_find(estate);

	if (execution == NULL)
		execution = create(estate);
	execution->scans++;
	return execution;
}

void
tuya_execution_leave(TuyaExecution *execution)
{
	if (--execution->scans > 0)
		return;
	tuya_store_close(execution->store);
	release(execution, false);
	tuya_softened_warn(&execution->softened);
}

void
tuya_execution_add_scan(TuyaExecution *execution, int plan_node_id, ForeignScanState *scan)
{
	MemoryContext saved = MemoryContextSwitchTo(execution->cxt);

	execution->scan_ids = lappend_int(execution->scan_ids, plan_node_id);
	execution->scan_states = lappend(execution->scan_states, scan);
	MemoryContextSwitchTo(saved);
}

TuyaFields *
tuya_execution_fields(TuyaExecution *execution, const TuyaAction *action)
{
	ReadFields **read = &execution->fields;

	while (*read && (*read)->action != action)
		read = &(*read)->next;
	if (*read == NULL)
	{
		*read = MemoryContextAllocZero(execution->cxt, sizeof(ReadFields));
		(*read)->action = action;
	}
	return &(*read)->fields;
}

List *
tuya_execution_scans(const TuyaExecution *execution)
{
	return execution->scan_states;
}

ForeignScanState *
tuya_execution_scan(TuyaExecution *execution, int plan_node_id)
{
	ListCell   *id;
	ListCell   *scan;

	forboth(id, execution->scan_ids, scan, execution->scan_states)
	{
		if (lfirst_int(id) == plan_node_id)
			return lfirst(scan);
	}
	return NULL;
}

List *
tuya_execution_expected(const TuyaExecution *execution)
{
	return execution->expected;
}

void
tuya_execution_expect(TuyaExecution *execution, ForeignScanState *scan)
{
	MemoryContext saved = MemoryContextSwitchTo(execution->cxt);

	execution->expected = list_append_unique_ptr(execution->expected, scan);
	MemoryContextSwitchTo(saved);
}

bool
tuya_execution_has_come(TuyaExecution *execution, ForeignScanState *scan)
{
	bool		was_expected = list_member_ptr(execution->expected, scan);

	execution->expected = list_delete_ptr(execution->expected, scan);
	return was_expected;
}

void
tuya_execution_charge(TuyaExecution *execution, int64 bytes)
{
	tuya_store_charge(execution->store, bytes);
}

MemoryContext
tuya_execution_context(TuyaExecution *execution)
{
	return execution->cxt;
}

void
tuya_execution_pin_fetcher(TuyaExecution *execution, TuyaFetcher *fetcher)
{
	MemoryContext saved;

	if (list_member_ptr(execution->fetchers, fetcher))
		return;
	saved = MemoryContextSwitchTo(execution->cxt);
	execution->fetchers = lappend(execution->fetchers, fetcher);
	tuya_fetcher_pin(fetcher);
	MemoryContextSwitchTo(saved);
}

/* Where the entry of the address is, or NULL, in which case there is to be one. */
static AddressEntry *
find_slot(TuyaExecution *execution, TuyaBytes address, uint32 hash)
{
	bool		found;
	AddressEntry *slot = hash_search_with_hash_value(execution->addresses, &address, hash, HASH_ENTER, &found);

	if (!found)
		slot->entry = NULL;
	return slot;
}

/* Makes the lookup anew, or from what is archived of it. */
static TuyaEntry *
add_entry(TuyaExecution *execution, TuyaFetcher *fetcher, const TuyaQuery *query,
		  AddressEntry *slot, uint32 hash, bool *found)
{
	TuyaEntry  *entry = palloc0(sizeof(TuyaEntry));
	TuyaBytes	address = slot->address;

	entry->lookup = tuya_lookup_create(execution->store, query);
	entry->address = tuya_bytes_copy(address);
	entry->hash = hash;
	tuya_fetcher_init_transfer(&entry->transfer, entry->lookup, fetcher, &execution->budget);
	dlist_push_tail(&execution->lookups, &entry->node);
	*found = tuya_archive_get(execution->archive, address, hash, entry->lookup);
	slot->address = entry->address;
	slot->entry = entry;
	/* the entry, the lookup's query, the address, their overhead, the hash entry */
	entry->charged = sizeof(TuyaEntry) + sizeof(AddressEntry) + 2 * address.len + 256;
	tuya_store_charge(execution->store, (int64) entry->charged);
	return entry;
}

/* Frees an unwanted lookup: whoever asks for it gets what is archived, or a new one. */
static void
forget(TuyaExecution *execution, TuyaEntry *entry)
{
	dlist_delete(&entry->node);
	dlist_delete(&entry->unwanted_node);
	hash_search_with_hash_value(execution->addresses, &entry->address, entry->hash, HASH_REMOVE, NULL);
	tuya_store_charge(execution->store, -(int64) entry->charged);
	tuya_lookup_free(entry->lookup);
	pfree(unconstify(char *, entry->address.data));
	pfree(entry);
}

/* The lookup of that address; *found tells whether it was there before. */
static TuyaEntry *
find_or_add(TuyaExecution *execution, TuyaFetcher *fetcher, const TuyaQuery *query, bool *found)
{
	MemoryContext saved = MemoryContextSwitchTo(execution->cxt);
	TuyaBytes	address = tuya_address_of(query, &execution->room);
	uint32		hash = get_hash_value(execution->addresses, &address);
	AddressEntry *slot = find_slot(execution, address, hash);
	TuyaEntry  *entry = slot->entry;

	if (entry && tuya_lookup_is_consumed(entry->lookup) && entry->is_unwanted)
	{
		/* it was to be read once, and somebody reads it again all the same */
		tuya_fetcher_cancel(&entry->transfer, false);
		forget(execution, entry);
		slot = find_slot(execution, address, hash);
		entry = NULL;
	}
	*found = entry != NULL;
	if (entry == NULL)
		entry = add_entry(execution, fetcher, query, slot, hash, found);
	MemoryContextSwitchTo(saved);
	return entry;
}

static void
look_in_cache(TuyaExecution *execution, TuyaEntry *entry, TuyaCounters *counters)
{
	MemoryContext saved = MemoryContextSwitchTo(execution->cxt);

	tuya_fetcher_look_in_cache(&entry->transfer, tuya_refresh_max_age_us(), counters);
	MemoryContextSwitchTo(saved);
}

TuyaEntry *
tuya_execution_start(TuyaExecution *execution, TuyaFetcher *fetcher, const TuyaQuery *query,
					 TuyaCounters *counters, bool *found)
{
	TuyaEntry  *entry = find_or_add(execution, fetcher, query, found);

	if (!*found)
	{
		counters->lookups++;
		tuya_fetcher_count_lookup(fetcher);
		if (query->cache_ttl > 0)
			look_in_cache(execution, entry, counters);
	}
	tuya_fetcher_start(&entry->transfer, counters);
	return entry;
}

TuyaEntry *
tuya_execution_refuse(TuyaExecution *execution, TuyaFetcher *fetcher, const TuyaQuery *query,
					  const TuyaFailure *failure)
{
	bool		found;
	TuyaEntry  *entry = find_or_add(execution, fetcher, query, &found);
	MemoryContext saved = MemoryContextSwitchTo(execution->cxt);

	if (!found)
		tuya_lookup_put_failure(entry->lookup, 1, tuya_failure_copy(failure, ""));
	MemoryContextSwitchTo(saved);
	return entry;
}

/*
 * ---- lookups that nobody wants now ----
 */

void
tuya_execution_read_once(TuyaEntry *entry)
{
	entry->once = true;
}

void
tuya_execution_read_whole(TuyaEntry *entry)
{
	tuya_fetcher_want_whole(&entry->transfer);
}

/* Whether the lookup, which nobody wants now, can be written to the file, or dropped. */
static bool
may_forget(TuyaEntry *entry)
{
	return !tuya_fetcher_is_under_way(&entry->transfer) && tuya_archive_can_put(entry->lookup);
}

/* Over the budget, what nobody wants now goes to the file, or nowhere if nobody ever will. */
static void
make_room(TuyaExecution *execution)
{
	MemoryContext saved = MemoryContextSwitchTo(execution->cxt);
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &execution->unwanted)
	{
		TuyaEntry  *entry = dlist_container(TuyaEntry, unwanted_node, iter.cur);

		if (!tuya_store_is_crowded(execution->store, true))
			break;
		if (!may_forget(entry))
			continue;
		if (!entry->once && !tuya_lookup_is_consumed(entry->lookup))
			tuya_archive_put(execution->archive, entry->address, entry->hash, entry->lookup);
		forget(execution, entry);
	}
	MemoryContextSwitchTo(saved);
}

/* How many pages will come, of all that was started and one lookup more. */
static int
pages_to_come(const TuyaExecution *execution)
{
	int			pages = 1;
	ListCell   *lc;

	foreach(lc, execution->fetchers)
	{
		pages += tuya_fetcher_outstanding(lfirst(lc));
	}
	return pages;
}

bool
tuya_execution_has_room(TuyaExecution *execution)
{
	if (!tuya_store_has_room(execution->store))
		make_room(execution);
	/* without a file for what does not fit, room is kept for what is read now */
	return tuya_store_has_room(execution->store) &&
		tuya_store_has_room_for(execution->store, pages_to_come(execution) + TUYA_READER_PAGES);
}

/* Nobody wants the lookup now. */
static void
put_unwanted(TuyaExecution *execution, TuyaEntry *entry)
{
	if (entry->is_unwanted || execution->released)
		return;
	entry->is_unwanted = true;
	dlist_push_tail(&execution->unwanted, &entry->unwanted_node);
	if (entry->once && may_forget(entry))
		forget(execution, entry);
	else if (tuya_store_is_crowded(execution->store, false))
		make_room(execution);
}

/* Somebody wants it again. */
static void
take_wanted(TuyaExecution *execution, TuyaEntry *entry)
{
	if (!entry->is_unwanted || execution->released)
		return;
	entry->is_unwanted = false;
	dlist_delete(&entry->unwanted_node);
}

bool
tuya_execution_pin_lookup(TuyaExecution *execution, TuyaEntry *entry)
{
	bool		first = entry->pins++ == 0;

	if (first)
		take_wanted(execution, entry);
	return first;
}

void
tuya_execution_unpin_lookup(TuyaExecution *execution, TuyaEntry *entry)
{
	if (--entry->pins > 0)
		return;
	tuya_fetcher_take_back(&entry->transfer);
	put_unwanted(execution, entry);
}

/*
 * ---- reading ----
 */

bool
tuya_execution_has_ended(const TuyaEntry *entry)
{
	return !tuya_lookup_goes_on(entry->lookup);
}

bool
tuya_execution_is_empty(const TuyaEntry *entry)
{
	int64		count;

	return tuya_lookup_state(entry->lookup) == TUYA_LOOKUP_DONE &&
		tuya_lookup_count(entry->lookup, &count) && count == 0;
}

bool
tuya_execution_was_read(const TuyaEntry *entry)
{
	return entry->transfer.opened;
}

void
tuya_execution_open(TuyaFetchReader *reader, TuyaEntry *entry)
{
	tuya_fetcher_open(reader, entry ? &entry->transfer : NULL);
}

/* The statement needs the lookup, which has ended well: what there is to warn of counts, once. */
static void
count_softened(TuyaExecution *execution, TuyaLookup *lookup)
{
	const char *ignored = tuya_lookup_take_ignored(lookup);
	const TuyaFailure *warning = tuya_lookup_take_warning(lookup);

	if (ignored)
		tuya_softened_add_ignored(&execution->softened, ignored);
	if (warning)
		tuya_softened_add_incomplete(&execution->softened, tuya_lookup_query(lookup), warning);
}

void
tuya_execution_soften(TuyaExecution *execution, const TuyaFetchReader *reader, int limit,
					  const TuyaFailure *failure)
{
	if (tuya_lookup_tell_failure(reader->transfer->lookup))
		tuya_softened_add_failed(&execution->softened, failure, limit);
}

bool
tuya_execution_next_row(TuyaExecution *execution, TuyaFetchReader *reader, int limit,
						TuyaRow *row, const TuyaFailure **failure)
{
	*failure = NULL;
	if (tuya_fetcher_next_row(reader, row))
		return true;
	if (reader->pending)
		return false;
	count_softened(execution, reader->transfer->lookup);
	*failure = tuya_fetcher_take_softened(reader);
	if (*failure)
		tuya_execution_soften(execution, reader, limit, *failure);
	return *failure != NULL;
}

bool
tuya_execution_count(TuyaExecution *execution, TuyaFetchReader *reader, int64 *count)
{
	if (!tuya_fetcher_count(reader, count))
		return false;
	count_softened(execution, reader->transfer->lookup);
	return true;
}
