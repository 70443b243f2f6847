/*
 * account.c
 *		Who asks the service, as hashes; see account.h.
 */
#include "postgres.h"

#include "fetch/account.h"

#include "common/cryptohash.h"
#include "common/sha2.h"
#include "miscadmin.h"

StaticAssertDecl(TUYA_ASKER_BYTES == PG_SHA256_DIGEST_LENGTH, "a hash has its size");

/* Each with its NUL, so that none runs into the next. */
static void
hash_strings(const char *const *strings, int n, uint8 hash[TUYA_ASKER_BYTES])
{
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);
	bool		ok = ctx && pg_cryptohash_init(ctx) == 0;

	for (int i = 0; ok && i < n; i++)
		ok = pg_cryptohash_update(ctx, (const uint8 *) strings[i], strlen(strings[i]) + 1) == 0;
	ok = ok && pg_cryptohash_final(ctx, hash, PG_SHA256_DIGEST_LENGTH) == 0;
	pg_cryptohash_free(ctx);
	if (!ok)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not hash the account")));
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
