/*
 * remote.c
 *		The fetchers of a backend, by user mapping.
 *
 *		EMPTY ---> READING --------------------------------> CURRENT
 *		              |  ^ settings changed while they were     |
 *		              v  | read: once more                      | settings changed,
 *		          OVERTAKEN --- changed this time, too --> ONCE | libcurl failed, ...
 *		                                                    |   |
 *		                                        EMPTY <-----/---/
 *
 * What throws leaves an entry READING or OVERTAKEN, which becomes EMPTY at its next use.
 * One that is CURRENT or ONCE may have no fetcher, too: that was given up, by itself.
 */
#include "postgres.h"

#include "fetch/remote.h"

#include "access/htup_details.h"
#include "catalog/pg_user_mapping.h"
#include "foreign/foreign.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/syscache.h"

typedef struct RemoteEntry
{
	Oid			mapping_id;		/* hash key */
	TuyaRemoteState state;
	TuyaFetcher *fetcher;		/* NULL: none, or given up */
	uint32		mapping_hash;	/* of the syscache entries it was made from */
	uint32		server_hash;
} RemoteEntry;

static HTAB *remotes = NULL;

static void
become(RemoteEntry *entry, TuyaRemoteState state)
{
	Assert(tuya_remote_may_become(entry->state, state));
	entry->state = state;
}

static void
make_empty(RemoteEntry *entry)
{
	TuyaFetcher *fetcher = entry->fetcher;

	if (entry->state == TUYA_REMOTE_EMPTY)
		return;
	become(entry, TUYA_REMOTE_EMPTY);
	entry->fetcher = NULL;
	if (fetcher)
		tuya_fetcher_retire(fetcher);
}

/* The hash value is 0 when all entries of that cache are invalid. */
static void
on_invalidation(Datum arg, int cacheid, uint32 hashvalue)
{
	HASH_SEQ_STATUS scan;
	RemoteEntry *entry;

	(void) arg;
	hash_seq_init(&scan, remotes);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		uint32		own = cacheid == USERMAPPINGOID ? entry->mapping_hash : entry->server_hash;

		if (hashvalue != 0 && hashvalue != own)
			continue;
		if (entry->state == TUYA_REMOTE_READING)
			become(entry, TUYA_REMOTE_OVERTAKEN);
		else if (entry->state != TUYA_REMOTE_OVERTAKEN)
			make_empty(entry);
	}
}

static void
init_remotes(void)
{
	HASHCTL		ctl = {
		.keysize = sizeof(Oid),
		.entrysize = sizeof(RemoteEntry)
	};

	if (remotes)
		return;
	remotes = hash_create("tuya_fdw remotes", 8, &ctl, HASH_ELEM | HASH_BLOBS);
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, on_invalidation, (Datum) 0);
	CacheRegisterSyscacheCallback(USERMAPPINGOID, on_invalidation, (Datum) 0);
}

static RemoteEntry *
enter(Oid mapping_id)
{
	RemoteEntry *entry;
	bool		found;

	init_remotes();
	entry = hash_search(remotes, &mapping_id, HASH_ENTER, &found);
	if (!found)
	{
		memset(entry, 0, sizeof(*entry));
		entry->mapping_id = mapping_id;
	}
	return entry;
}

/* Whose mapping it is, InvalidOid if it is PUBLIC's, which GetUserMapping() does not say. */
static Oid
user_of(Oid mapping_id)
{
	HeapTuple	tuple = SearchSysCache1(USERMAPPINGOID, ObjectIdGetDatum(mapping_id));
	Oid			user_id = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		user_id = ((Form_pg_user_mapping) GETSTRUCT(tuple))->umuser;
		ReleaseSysCache(tuple);
	}
	return user_id;
}

void
tuya_remote_read(Oid user_id, Oid server_id, TuyaSettings *settings, TuyaRemoteId *remote)
{
	ForeignServer *server = GetForeignServer(server_id);
	UserMapping *mapping = GetUserMapping(user_id, server_id);

	tuya_option_get(settings, server, NULL, mapping);
	remote->mapping_id = mapping->umid;
	remote->server_id = server_id;
	remote->user_id = user_of(mapping->umid);
	strlcpy(remote->server_name, server->servername, NAMEDATALEN);
}

/*
 * Reading the catalogs may itself process invalidations.  So the hashes are set
 * first, and what was read before an invalidation came is read once more.  If one
 * comes then, too (with debug_discard_caches there always is one), what was read is
 * good for this statement, and the next one has a new fetcher.
 */
static void
read_settings(RemoteEntry *entry, Oid user_id, Oid server_id, TuyaSettings *settings,
			  TuyaRemoteId *remote)
{
	for (int i = 0; i < 2; i++)
	{
		entry->mapping_hash = GetSysCacheHashValue1(USERMAPPINGOID,
													ObjectIdGetDatum(entry->mapping_id));
		entry->server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID,
												   ObjectIdGetDatum(server_id));
		become(entry, TUYA_REMOTE_READING);
		tuya_remote_read(user_id, server_id, settings, remote);
		if (entry->state == TUYA_REMOTE_READING)
			break;
	}
}

TuyaFetcher *
tuya_remote_get(Oid user_id, Oid server_id)
{
	RemoteEntry *entry = enter(GetUserMapping(user_id, server_id)->umid);
	TuyaSettings settings;
	TuyaRemoteId remote;

	if (entry->state == TUYA_REMOTE_CURRENT && entry->fetcher &&
		!tuya_fetcher_is_broken(entry->fetcher))
		return entry->fetcher;
	make_empty(entry);
	read_settings(entry, user_id, server_id, &settings, &remote);
	tuya_fetcher_create(&settings, &remote, NULL, &entry->fetcher);
	become(entry, entry->state == TUYA_REMOTE_READING ? TUYA_REMOTE_CURRENT : TUYA_REMOTE_ONCE);
	return entry->fetcher;
}
