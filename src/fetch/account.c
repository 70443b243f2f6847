/*
 * account.c
 *		Who asks the service, as hashes; see account.h.
 */
#include "postgres.h"

#include "fetch/account.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "miscadmin.h"

#include "util/bytes.h"

/* That a hash is of. */
#define STRINGS_MAX 8

StaticAssertDecl(TUYA_ASKER_BYTES == PG_SHA256_DIGEST_LENGTH, "a hash has its size");

static void
hash_bytes_of(const TuyaBytes *bytes, int n, uint8 hash[TUYA_ASKER_BYTES])
{
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);
	bool		ok = ctx && pg_cryptohash_init(ctx) == 0;

	for (int i = 0; ok && i < n; i++)
		ok = pg_cryptohash_update(ctx, (const uint8 *) bytes[i].data, bytes[i].len) == 0;
	ok = ok && pg_cryptohash_final(ctx, hash, PG_SHA256_DIGEST_LENGTH) == 0;
	pg_cryptohash_free(ctx);
	if (!ok)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not hash the account")));
}

static void
hash_strings(const char *const *strings, int n, uint8 *hash)
{
	TuyaBytes	bytes[STRINGS_MAX];

	/* each with its NUL, so that none runs into the next */
	for (int i = 0; i < n; i++)
	{
		bytes[i].data = strings[i];
		bytes[i].len = strlen(strings[i]) + 1;
	}
	hash_bytes_of(bytes, n, hash);
}

static const char *
or_empty(const char *text)
{
	return text ? text : "";
}

void
tuya_account_hash(const TuyaSettings *settings, uint8 hash[TUYA_ASKER_BYTES])
{
	const char *const strings[] = {
		settings->endpoint, settings->access_key_id, settings->access_key_secret
	};

	hash_strings(strings, lengthof(strings), hash);
}

void
tuya_account_hash_asker(const TuyaSettings *settings, Oid mapping_id,
						uint8 hash[TUYA_ASKER_BYTES])
{
	char		mapping[32];
	const char *const strings[] = {
		settings->endpoint, or_empty(settings->ca_file), or_empty(settings->proxy),
		settings->access_key_id, settings->access_key_secret,
		or_empty(settings->extra_parameters), mapping
	};

	snprintf(mapping, sizeof(mapping), "%u %u", MyDatabaseId, mapping_id);
	hash_strings(strings, lengthof(strings), hash);
}

void
tuya_account_hash_query(const TuyaQuery *query, uint8 hash[TUYA_ASKER_BYTES])
{
	TuyaQuery	rows = *query;
	TuyaBytes	bytes;
	char	   *data;

	/* how long they are good does not change them */
	rows.cache_ttl = 0;
	bytes.len = tuya_query_bytes(&rows, NULL);
	bytes.data = data = palloc(bytes.len);
	(void) tuya_query_bytes(&rows, data);
	hash_bytes_of(&bytes, 1, hash);
	pfree(data);
}
