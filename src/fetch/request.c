/*
 * request.c
 *		The signed URL of one sending of a request.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include "utils/builtins.h"

#define NONCE_BYTES 16

static void
make_nonce(char nonce[NONCE_BYTES * 2 + 1])
{
	static const char digits[] = "0123456789abcdef";
	static uint8 pool[64 * NONCE_BYTES];	/* one system call for many nonces */
	static Size used = sizeof(pool);
	const uint8 *bytes;

	if (used == sizeof(pool))
	{
		if (!pg_strong_random(pool, sizeof(pool)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate a random nonce")));
		used = 0;
	}
	bytes = pool + used;
	used += NONCE_BYTES;
	for (int i = 0; i < NONCE_BYTES; i++)
	{
		nonce[2 * i] = digits[bytes[i] >> 4];
		nonce[2 * i + 1] = digits[bytes[i] & 0x0f];
	}
	nonce[NONCE_BYTES * 2] = '\0';
}

/* The remote's signer, which is made when it is first wanted; NULL if out of memory. */
static TuyaSigner *
signer_of(TuyaFetcher *fetcher)
{
	if (fetcher->signer == NULL)
		fetcher->signer = tuya_signer_create(fetcher->settings.access_key_secret);
	return fetcher->signer;
}

bool
tuya_request_append_url(TuyaBuf *url, TuyaFetcher *fetcher, const TuyaLookup *lookup,
						int64 page, int64 timestamp_s)
{
	const TuyaQuery *query = tuya_lookup_query(lookup);
	char		nonce[NONCE_BYTES * 2 + 1];
	char		timestamp[TUYA_TIMESTAMP_SIZE];
	char		page_text[32];
	char		size_text[32];
	const TuyaPageParams page_params = {page_text, size_text, tuya_lookup_token(lookup)};
	const TuyaParam signing[] = {
		{"AccessKeyId", fetcher->settings.access_key_id},
		{"SignatureMethod", "HMAC-SHA1"},
		{"SignatureNonce", nonce},
		{"Timestamp", timestamp}
	};
	TuyaParam  *params = palloc(sizeof(TuyaParam) *
								(TUYA_ACTION_PARAMS_MAX + lengthof(signing) + fetcher->nextra));
	int			n;
	bool		ok;

	make_nonce(nonce);
	tuya_sign_format_timestamp(timestamp_s, timestamp);
	pg_lltoa(page, page_text);
	pg_ltoa(query->page_size, size_text);

	n = tuya_action_put_params(query->action, query->parameter, query->value, &page_params, params);
	for (size_t i = 0; i < lengthof(signing); i++)
		params[n++] = signing[i];
	for (int i = 0; i < fetcher->nextra; i++)
		params[n++] = fetcher->extra[i];

	ok = signer_of(fetcher) != NULL &&
		tuya_buf_append_str(url, fetcher->settings.endpoint) &&
		tuya_buf_append_char(url, '?') &&
		tuya_sign_append_query(url, params, n, fetcher->signer);
	pfree(params);
	return ok;
}
