/*
 * remote.c
 *		The fetchers of a backend, by user mapping.
 *
 * An entry without a fetcher is valid: that is its state before the first use,
 * after an invalidation, and whenever something throws.
 */
#include "postgres.h"

#include "remote.h"

#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/syscache.h"

typedef struct RemoteEntry
{
	Oid			mapping_id;		/* hash key */
	TuyaFetcher *fetcher;		/* NULL: none */
	uint32		mapping_hash;	/* of the syscache entries it was made from */
	uint32		server_hash;
} RemoteEntry;

static HTAB *remotes = NULL;

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

		if (entry->fetcher && (hashvalue == 0 || hashvalue == own))
		{
			tuya_fetcher_retire(entry->fetcher);
			entry->fetcher = NULL;
		}
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

TuyaFetcher *
tuya_remote_get(ForeignServer *server, UserMapping *mapping)
{
	RemoteEntry *entry;
	bool		found;

	init_remotes();
	entry = hash_search(remotes, &mapping->umid, HASH_ENTER, &found);
	if (!found)
		entry->fetcher = NULL;
	if (entry->fetcher == NULL)
	{
		TuyaSettings settings;

		tuya_option_get(&settings, server, NULL, mapping);
		entry->mapping_hash = GetSysCacheHashValue1(USERMAPPINGOID,
													ObjectIdGetDatum(mapping->umid));
		entry->server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID,
												   ObjectIdGetDatum(server->serverid));
		entry->fetcher = tuya_fetcher_create(&settings);
	}
	return entry->fetcher;
}
