/*
 * account.c
 *		Who asks the service, as hashes; see account.h.
 */
#include "postgres.h"

#include "fetch/account.h"

#include "common/cryptohash.h"
#include "common/sha2.h"

StaticAssertDecl(TUYA_ASKER_BYTES == PG_SHA256_DIGEST_LENGTH, "a hash has its size");

static void
hash_strings(const char *const *strings, int n, uint8 *hash)
{
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);
	bool		ok = ctx && pg_cryptohash_init(ctx) == 0;

	/* each with its NUL, so that none runs into the next */
	for (int i = 0; ok && i < n; i++)
		ok = pg_cryptohash_update(ctx, (const uint8 *) strings[i], strlen(strings[i]) + 1) == 0;
	ok = ok && pg_cryptohash_final(ctx, hash, PG_SHA256_DIGEST_LENGTH) == 0;
	pg_cryptohash_free(ctx);
	if (!ok)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not hash the account")));
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
	char		mapping[16];
	const char *const strings[] = {
		settings->endpoint, settings->access_key_id, settings->access_key_secret,
		settings->extra_parameters ? settings->extra_parameters : "", mapping
	};

	snprintf(mapping, sizeof(mapping), "%u", mapping_id);
	hash_strings(strings, lengthof(strings), hash);
}
