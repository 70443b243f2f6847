/*
 * stats.c
 *		The statistics of each user mapping, over all backends.
 *
 * Locking: the table's spinlock guards who has which slot, and all of a slot but its
 * counters, which are atomic.  It is taken once for each remote of a session, for each
 * error and by readers, never for a request.  Whoever holds it copies a few hundred bytes
 * or looks through the keys, 16 kB at most, and throws nothing.
 *
 * A slot that somebody is attached to stays what it is.  One that nobody is attached to is
 * kept, too, until a remote needs it for which there is no other; then the one that was
 * left first goes.  So what is counted of a mapping that was dropped is not seen any more,
 * for nobody finds its names, and goes when its slot is needed.
 */
#include "postgres.h"

#include "fetch/stats.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "util/clock.h"
#include "util/shared.h"

/* Remotes at once, 700 bytes each. */
#define SLOTS_MAX 1024

/* A user mapping of a database; one that has another's OID is for another server or user. */
typedef struct Key
{
	Oid			database_id;
	Oid			mapping_id;
	Oid			server_id;
	Oid			user_id;
} Key;

typedef struct Slot
{
	TuyaStats	stats;			/* first: so it is found by what is handed out */
	int			attached;		/* fetchers, of all backends */
	int64		left_us;		/* when the last one went */
	TuyaStatsNotes notes;
} Slot;

typedef struct Table
{
	TuyaSharedTable head;
	Key			keys[SLOTS_MAX];
	Slot		slots[SLOTS_MAX];
} Table;

static TuyaShared memory =
{
	.name = "stats",.size = sizeof(Table),.init = tuya_shared_init_table
};
static Table *table = NULL;		/* once it was needed */
static TuyaStats unseen;		/* for those without a slot */

void
tuya_stats_install(void)
{
	tuya_shared_install(&memory);
}

static void
init_counts(TuyaStats *stats)
{
	for (int i = 0; i < TUYA_METRICS; i++)
		pg_atomic_init_u64(&stats->count[i], 0);
	pg_atomic_init_u64(&stats->reply_us_max, 0);
}

static void
find_table(void)
{
	if (table == NULL)
		init_counts(&unseen);
	table = tuya_shared_get(&memory);
}

/*
 * ---- slots, with the lock held ----
 */

static Slot *
find_slot(const Key *key)
{
	for (int i = 0; i < table->head.used; i++)
		if (memcmp(&table->keys[i], key, sizeof(Key)) == 0)
			return &table->slots[i];
	return NULL;
}

/* One that nobody is attached to, of those that was left first; NULL if there is none. */
static Slot *
find_left(void)
{
	Slot	   *first = NULL;

	for (int i = 0; i < table->head.used; i++)
	{
		Slot	   *slot = &table->slots[i];

		if (slot->attached == 0 && (first == NULL || slot->left_us < first->left_us))
			first = slot;
	}
	return first;
}

/* What is counted from now on has had no error yet. */
static void
begin_notes(TuyaStatsNotes *notes, TimestampTz now)
{
	notes->since = now;
	notes->error_time = 0;
	notes->error[0] = '\0';
}

static Slot *
add_slot(const Key *key, TimestampTz now)
{
	Slot	   *slot = table->head.used < SLOTS_MAX ? &table->slots[table->head.used++] : find_left();

	if (slot == NULL)
		return NULL;
	table->keys[slot - table->slots] = *key;
	init_counts(&slot->stats);
	slot->attached = 0;
	begin_notes(&slot->notes, now);
	return slot;
}

/*
 * ---- counting ----
 */

TuyaStats *
tuya_stats_attach(const TuyaRemoteId *remote, const uint8 *account, int rate_limit)
{
	TimestampTz now = GetCurrentTimestamp();
	Key			key = {MyDatabaseId, remote->mapping_id, remote->server_id, remote->user_id};
	Slot	   *slot;

	find_table();
	SpinLockAcquire(&table->head.lock);
	slot = find_slot(&key);
	if (slot == NULL)
		slot = add_slot(&key, now);
	if (slot)
	{
		slot->attached++;
		memcpy(slot->notes.account, account, TUYA_ASKER_BYTES);
		slot->notes.rate_limit = rate_limit;
	}
	SpinLockRelease(&table->head.lock);
	return slot ? &slot->stats : &unseen;
}

void
tuya_stats_detach(TuyaStats *stats, int64 in_flight)
{
	Slot	   *slot = (Slot *) stats;
	int64		now = tuya_clock_monotonic_us();

	if (stats == &unseen)
		return;
	pg_atomic_fetch_sub_u64(&stats->count[TUYA_METRIC_IN_FLIGHT], in_flight);
	SpinLockAcquire(&table->head.lock);
	slot->attached--;
	slot->left_us = now;
	SpinLockRelease(&table->head.lock);
}

void
tuya_stats_set_error(TuyaStats *stats, const char *text)
{
	Slot	   *slot = (Slot *) stats;
	TimestampTz now = GetCurrentTimestamp();
	int			len = pg_mbcliplen(text, (int) strlen(text), STATS_ERROR_BYTES - 1);

	if (stats == &unseen)
		return;
	SpinLockAcquire(&table->head.lock);
	slot->notes.error_time = now;
	memcpy(slot->notes.error, text, len);
	slot->notes.error[len] = '\0';
	SpinLockRelease(&table->head.lock);
}

/*
 * ---- reading ----
 */

bool
tuya_stats_are_shared(void)
{
	find_table();
	return !memory.is_own;
}

static bool
copy_row(int place, void *out)
{
	const Key  *key = &table->keys[place];
	Slot	   *slot = &table->slots[place];
	TuyaStatsRow *row = out;

	if (key->database_id != MyDatabaseId)
		return false;
	row->mapping_id = key->mapping_id;
	row->server_id = key->server_id;
	row->user_id = key->user_id;
	row->notes = slot->notes;
	for (int i = 0; i < TUYA_METRICS; i++)
		row->count[i] = (int64) pg_atomic_read_u64(&slot->stats.count[i]);
	row->reply_us_max = (int64) pg_atomic_read_u64(&slot->stats.reply_us_max);
	return true;
}

bool
tuya_stats_read(int *place, TuyaStatsRow *row)
{
	find_table();
	return tuya_shared_read_next(&table->head, place, copy_row, row);
}

/* What is in flight stays so. */
static void
reset_slot(Slot *slot, TimestampTz now)
{
	for (int i = 0; i < TUYA_METRICS; i++)
		if (i != TUYA_METRIC_IN_FLIGHT)
			pg_atomic_write_u64(&slot->stats.count[i], 0);
	pg_atomic_write_u64(&slot->stats.reply_us_max, 0);
	begin_notes(&slot->notes, now);
}

void
tuya_stats_reset(Oid server_id)
{
	TimestampTz now = GetCurrentTimestamp();
	bool		done = false;

	find_table();
	for (int i = 0; !done; i++)
	{
		SpinLockAcquire(&table->head.lock);
		done = i >= table->head.used;
		if (!done && table->keys[i].database_id == MyDatabaseId &&
			(!OidIsValid(server_id) || table->keys[i].server_id == server_id))
			reset_slot(&table->slots[i], now);
		SpinLockRelease(&table->head.lock);
	}
}
