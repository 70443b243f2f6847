/*
 * progress.c
 *		What the statement that a backend runs has done so far, for others to see.
 *
 * Locking: the table's spinlock guards whose entries are, and who they are.  What is shown
 * of them are atomics that their backend alone writes, without the lock; so a reader may
 * see a request counted before its retry is, but each number only ever grows.
 */
#include "postgres.h"

#include "fetch/progress.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "util/shared.h"

/* Remotes in use at once, of all backends; 200 bytes each. */
#define ENTRIES_MAX 1024

struct TuyaProgressEntry
{
	int			pid;			/* 0: nobody's */
	Oid			database_id;
	Oid			user_id;
	char		server_name[NAMEDATALEN];
	TimestampTz statement_start;
	pg_atomic_uint32 phase;
	pg_atomic_uint64 count[TUYA_METRICS_OF_PROGRESS];
	pg_atomic_uint64 done;
	pg_atomic_uint64 rows_out;
};

typedef struct Table
{
	TuyaSharedTable head;
	TuyaProgressEntry entries[ENTRIES_MAX];
} Table;

static TuyaShared memory =
{
	.name = "progress",.size = sizeof(Table),.init = tuya_shared_init_table
};
static Table *table = NULL;		/* once it was needed */
static dlist_head known = DLIST_STATIC_INIT(known); /* TuyaProgress, of this backend */
static dlist_head shown = DLIST_STATIC_INIT(shown); /* of these */
static int	last_place = 0;		/* where this backend was last */

void
tuya_progress_install(void)
{
	tuya_shared_install(&memory);
}

static void
find_table(void)
{
	table = tuya_shared_get(&memory);
}

TuyaProgress *
tuya_progress_get(Oid server_id)
{
	TuyaProgress *progress;
	dlist_iter	iter;

	dlist_foreach(iter, &known)
	{
		progress = dlist_container(TuyaProgress, known, iter.cur);
		if (progress->server_id == server_id)
			return progress;
	}
	find_table();
	progress = MemoryContextAllocZero(TopMemoryContext, sizeof(TuyaProgress));
	progress->server_id = server_id;
	dlist_push_tail(&known, &progress->known);
	return progress;
}

/* Nobody's entry, or NULL; with the lock held.  Mostly it is where the last one was. */
static TuyaProgressEntry *
find_entry(void)
{
	if (last_place < table->head.used && table->entries[last_place].pid == 0)
		return &table->entries[last_place];
	for (int i = 0; i < table->head.used; i++)
		if (table->entries[i].pid == 0)
			return &table->entries[i];
	return table->head.used < ENTRIES_MAX ? &table->entries[table->head.used++] : NULL;
}

/* Who it is, and what it has done so far; with the lock held. */
static void
fill_entry(TuyaProgressEntry *entry, const TuyaProgress *progress, const TuyaRemoteId *remote,
		   Oid user_id)
{
	entry->pid = MyProcPid;
	entry->database_id = MyDatabaseId;
	entry->user_id = user_id;
	memcpy(entry->server_name, remote->server_name, NAMEDATALEN);
	entry->statement_start = progress->statement_start;
	pg_atomic_init_u32(&entry->phase, TUYA_PHASE_READING);
	for (int i = 0; i < TUYA_METRICS_OF_PROGRESS; i++)
		pg_atomic_init_u64(&entry->count[i], progress->count[i]);
	pg_atomic_init_u64(&entry->done, progress->done);
	pg_atomic_init_u64(&entry->rows_out, progress->rows_out);
}

/* Another statement begins at 0; in flight is nothing by then. */
static void
begin_statement(TuyaProgress *progress, TimestampTz start)
{
	progress->statement_start = start;
	memset(progress->count, 0, sizeof(progress->count));
	progress->done = 0;
	progress->rows_out = 0;
}

void
tuya_progress_begin(TuyaProgress *progress, const TuyaRemoteId *remote)
{
	TimestampTz start = GetCurrentStatementStartTimestamp();
	Oid			user_id = GetSessionUserId();
	TuyaProgressEntry *entry;

	if (progress->users++ > 0)
		return;
	if (progress->statement_start != start)
		begin_statement(progress, start);
	SpinLockAcquire(&table->head.lock);
	entry = find_entry();
	if (entry)
		fill_entry(entry, progress, remote, user_id);
	SpinLockRelease(&table->head.lock);
	if (entry == NULL)
		return;
	progress->entry = entry;
	last_place = (int) (entry - table->entries);
	dlist_push_tail(&shown, &progress->node);
}

void
tuya_progress_end(TuyaProgress *progress)
{
	if (--progress->users > 0 || progress->entry == NULL)
		return;
	SpinLockAcquire(&table->head.lock);
	progress->entry->pid = 0;
	SpinLockRelease(&table->head.lock);
	progress->entry = NULL;
	dlist_delete(&progress->node);
}

void
tuya_progress_add(TuyaProgress *progress, TuyaMetric metric, int64 n)
{
	progress->count[metric] += n;
	if (progress->entry)
		pg_atomic_write_u64(&progress->entry->count[metric], progress->count[metric]);
}

void
tuya_progress_add_done(TuyaProgress *progress)
{
	progress->done++;
	if (progress->entry)
		pg_atomic_write_u64(&progress->entry->done, progress->done);
}

void
tuya_progress_add_row(TuyaProgress *progress)
{
	progress->rows_out++;
	if (progress->entry)
		pg_atomic_write_u64(&progress->entry->rows_out, progress->rows_out);
}

void
tuya_progress_set_phase(TuyaPhase phase)
{
	dlist_iter	iter;

	dlist_foreach(iter, &shown)
	{
		TuyaProgress *progress = dlist_container(TuyaProgress, node, iter.cur);

		pg_atomic_write_u32(&progress->entry->phase, phase);
	}
}

/*
 * ---- reading ----
 */

static bool
copy_row(int place, void *out)
{
	TuyaProgressEntry *entry = &table->entries[place];
	TuyaProgressRow *row = out;

	if (entry->pid == 0)
		return false;
	row->pid = entry->pid;
	row->database_id = entry->database_id;
	row->user_id = entry->user_id;
	memcpy(row->server_name, entry->server_name, NAMEDATALEN);
	row->phase = pg_atomic_read_u32(&entry->phase);
	row->statement_start = entry->statement_start;
	for (int i = 0; i < TUYA_METRICS_OF_PROGRESS; i++)
		row->count[i] = (int64) pg_atomic_read_u64(&entry->count[i]);
	row->done = (int64) pg_atomic_read_u64(&entry->done);
	row->rows_out = (int64) pg_atomic_read_u64(&entry->rows_out);
	return true;
}

bool
tuya_progress_read(int *place, TuyaProgressRow *row)
{
	find_table();
	return tuya_shared_read_next(&table->head, place, copy_row, row);
}
