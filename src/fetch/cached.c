/*
 * cached.c
 *		Lookups from the cache, and into it.
 *
 * How old a lookup is counts from when its first page was asked for: a reply may lie unread
 * for long, in an idle cursor say.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include "cache/cache.h"
#include "rows/image.h"

void
tuya_cached_prepare(void)
{
	if (!tuya_cache_is_there())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the option \"cache_ttl\" needs memory that all sessions share"),
				 errdetail("Before PostgreSQL 17 there is some only for libraries that are loaded when the server starts."),
				 errhint("Add tuya_fdw to shared_preload_libraries and restart the server, or set cache_ttl to 0.")));
	tuya_cache_prepare();
}

/* By which what a query has is cached; palloc'ed. */
static TuyaBytes
name_of(const TuyaQuery *query)
{
	TuyaQuery	rows = *query;
	TuyaBytes	name;
	char	   *bytes;

	/* how long they are good does not change them */
	rows.cache_ttl = 0;
	name.len = tuya_query_bytes(&rows, NULL, 0);
	name.data = bytes = palloc(name.len);
	(void) tuya_query_bytes(&rows, bytes, name.len);
	return name;
}

static void
free_name(TuyaBytes name)
{
	pfree(unconstify(char *, name.data));
}

/* Whether what is cached of the query, if it is younger than that, is all that the lookup has. */
static bool
restore(TuyaTransfer *transfer, int64 younger_us, int64 *age_us)
{
	TuyaLookup *lookup = transfer->lookup;
	TuyaBytes	name = name_of(tuya_lookup_query(lookup));
	TuyaCacheBytes image = tuya_cache_get(name, younger_us, age_us);

	free_name(name);
	return image.data && tuya_image_restore(lookup, image.data, image.len);
}

bool
tuya_cached_get(TuyaTransfer *transfer, int64 max_age_us, int64 *age_us)
{
	int64		ttl_us = tuya_lookup_query(transfer->lookup)->cache_ttl * INT64CONST(1000);
	int64		younger_us = Min(ttl_us, max_age_us);

	/* before it is asked for: what is cleared after that may have been read before */
	transfer->cache_clears = tuya_cache_clears();
	if (younger_us > 0 && restore(transfer, younger_us, age_us))
		return true;
	tuya_lookup_keep_whole(transfer->lookup, tuya_cache_len_max());
	return false;
}

void
tuya_cached_put(TuyaTransfer *transfer)
{
	const TuyaRemoteId *remote = &transfer->fetcher->remote;
	const TuyaQuery *query = tuya_lookup_query(transfer->lookup);
	TuyaCacheItem item = {
		.owner = {remote->server_id, remote->mapping_id, remote->user_id},
		.made_us = transfer->first_sent_us,
		.ttl_us = query->cache_ttl * INT64CONST(1000),
		.clears = transfer->cache_clears
	};

	item.bytes.data = tuya_image_make(transfer->lookup, &item.bytes.len);
	if (item.bytes.data == NULL)
		return;
	item.name = name_of(query);
	tuya_cache_put(&item);
	free_name(item.name);
	pfree(item.bytes.data);
}
