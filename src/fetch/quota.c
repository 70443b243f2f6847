/*
 * quota.c
 *		How many requests a server's owner lets be sent there; see quota.h.
 *
 * Locking: the table's spinlock guards all of it.  It is taken for each request to a server
 * that has a cap for the day, since none may be sent beyond that; whoever holds it looks at
 * one entry mostly, else through 24 kB, and throws nothing.
 *
 * An entry whose day is over may be given to another server.  If none is, the server that
 * finds no place is not asked: what is not counted may be too much.
 */
#include "postgres.h"

#include "fetch/quota.h"

#include <time.h>

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/timestamp.h"

#include "util/shared.h"

/* Servers with such a cap that are asked within a day. */
#define SERVERS_MAX 1024

/* Of a day. */
typedef struct Entry
{
	Oid			database_id;
	Oid			server_id;
	int64		day;			/* since 1970 */
	int64		requests;
} Entry;

typedef struct Table
{
	TuyaSharedTable head;
	Entry		entries[SERVERS_MAX];
} Table;

static TuyaShared memory =
{
	.name = "quota",.size = sizeof(Table),.init = tuya_shared_init_table
};
static Table *table = NULL;		/* once it was needed */

/* Of the statement that this backend runs, or has run last there. */
typedef struct StatementUse
{
	Oid			server_id;		/* hash key */
	TimestampTz statement_start;
	int64		requests;
} StatementUse;

static HTAB *statement_uses = NULL;

void
tuya_quota_install(void)
{
	tuya_shared_install(&memory);
}

void
tuya_quota_require(const TuyaSettings *settings)
{
	if (settings->max_requests_per_day == 0)
		return;
	table = tuya_shared_get(&memory);
	if (memory.is_own)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the server option \"max_requests_per_day\" needs shared memory"),
				 errdetail("Without it, sessions do not know what others have sent."),
				 errhint("Add tuya_fdw to shared_preload_libraries, and restart PostgreSQL.")));
}

void
tuya_quota_init(TuyaQuota *quota, const TuyaSettings *settings, Oid server_id)
{
	tuya_quota_require(settings);
	quota->server_id = server_id;
	quota->per_statement = settings->max_requests;
	quota->per_day = settings->max_requests_per_day;
	quota->place = 0;
}

/*
 * ---- a statement ----
 */

static StatementUse *
find_statement_use(Oid server_id)
{
	TimestampTz start = GetCurrentStatementStartTimestamp();
	StatementUse *use;
	bool		found;

	if (statement_uses == NULL)
	{
		HASHCTL		ctl = {.keysize = sizeof(Oid),.entrysize = sizeof(StatementUse)};

		statement_uses = hash_create("tuya_fdw quotas", 8, &ctl, HASH_ELEM | HASH_BLOBS);
	}
	use = hash_search(statement_uses, &server_id, HASH_ENTER, &found);
	if (!found || use->statement_start != start)
	{
		use->statement_start = start;
		use->requests = 0;
	}
	return use;
}

int64
tuya_quota_of_statement(const TuyaQuota *quota)
{
	return find_statement_use(quota->server_id)->requests;
}

void
tuya_quota_count_in_statement(const TuyaQuota *quota)
{
	find_statement_use(quota->server_id)->requests++;
}

/*
 * ---- a day ----
 */

/* Since 1970. */
static int64
this_day(void)
{
	return (int64) time(NULL) / SECS_PER_DAY;
}

static bool
is_of(const Entry *entry, Oid server_id)
{
	return entry->server_id == server_id && entry->database_id == MyDatabaseId;
}

/* The server's place, or -1; with the lock held. */
static int
find_place(Oid server_id)
{
	for (int i = 0; i < table->head.used; i++)
		if (is_of(&table->entries[i], server_id))
			return i;
	return -1;
}

/* A place for the server, or -1; with the lock held. */
static int
add_place(Oid server_id, int64 today)
{
	int			place = 0;

	while (place < table->head.used && table->entries[place].day >= today)
		place++;
	if (place == SERVERS_MAX)
		return -1;
	if (place == table->head.used)
		table->head.used++;
	table->entries[place].database_id = MyDatabaseId;
	table->entries[place].server_id = server_id;
	table->entries[place].day = today;
	table->entries[place].requests = 0;
	return place;
}

/*
 * A clock that is set back does not make a new day, nor does it when it gets there again;
 * but one that was years ahead does not keep the server from ever being asked.
 */
static void
note_day(Entry *entry, int64 today)
{
	if (entry->day < today)
		entry->requests = 0;
	if (entry->day < today || entry->day > today + 1)
		entry->day = today;
}

/* The server's entry, of today; NULL if it finds no place.  With the lock held. */
static Entry *
find_entry(TuyaQuota *quota, int64 today)
{
	Entry	   *entry;

	/* mostly it is where it was */
	if (quota->place >= table->head.used || !is_of(&table->entries[quota->place], quota->server_id))
	{
		int			place = find_place(quota->server_id);

		if (place < 0)
			place = add_place(quota->server_id, today);
		if (place < 0)
			return NULL;
		quota->place = place;
	}
	entry = &table->entries[quota->place];
	note_day(entry, today);
	return entry;
}

bool
tuya_quota_take_of_day(TuyaQuota *quota, TuyaQuotaUse *use)
{
	int64		today = this_day();
	Entry	   *entry;
	bool		taken;

	SpinLockAcquire(&table->head.lock);
	entry = find_entry(quota, today);
	taken = entry && entry->requests < quota->per_day;
	if (taken)
		entry->requests++;
	use->requests = entry ? entry->requests : -1;
	use->until_s = ((entry ? entry->day : today) + 1) * SECS_PER_DAY;
	SpinLockRelease(&table->head.lock);
	return taken;
}

int64
tuya_quota_today(Oid server_id)
{
	int64		today = this_day();
	int64		requests = -1;
	int			place;

	table = tuya_shared_get(&memory);
	SpinLockAcquire(&table->head.lock);
	place = find_place(server_id);
	if (place >= 0)
		requests = table->entries[place].day < today ? 0 : table->entries[place].requests;
	SpinLockRelease(&table->head.lock);
	return requests;
}
