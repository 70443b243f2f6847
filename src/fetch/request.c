/*
 * request.c
 *		The signed URL of one sending of a request.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include "core/sign.h"

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

static void
add_param(TuyaParam *params, int *n, const char *name, const char *value)
{
	params[*n].name = name;
	params[*n].value = value;
	(*n)++;
}

bool
tuya_request_append_url(TuyaBuf *url, const TuyaFetcher *fetcher, const TuyaRequest *request,
						int64 page, int64 timestamp_s)
{
	char		nonce[NONCE_BYTES * 2 + 1];
	char		timestamp[TUYA_TIMESTAMP_SIZE];
	char		page_text[32];
	char		size_text[32];
	TuyaParam  *params = palloc(sizeof(TuyaParam) * (10 + fetcher->nextra));
	int			n = 0;
	bool		ok;

	make_nonce(nonce);
	tuya_sign_format_timestamp(timestamp_s, timestamp);
	snprintf(page_text, sizeof(page_text), INT64_FORMAT, page);
	snprintf(size_text, sizeof(size_text), "%d", request->page_size);

	add_param(params, &n, "Action", "ListOTAJobByDevice");
	add_param(params, &n, "CurrentPage", page_text);
	add_param(params, &n, "PageSize", size_text);
	add_param(params, &n, "AccessKeyId", fetcher->settings.access_key_id);
	add_param(params, &n, "SignatureMethod", "HMAC-SHA1");
	add_param(params, &n, "SignatureNonce", nonce);
	add_param(params, &n, "Timestamp", timestamp);
	for (int key = 0; key < TUYA_KEY_COUNT; key++)
		add_param(params, &n, request->parameter[key], request->value[key]);
	for (int i = 0; i < fetcher->nextra; i++)
		params[n++] = fetcher->extra[i];

	ok = tuya_buf_append_str(url, fetcher->settings.endpoint) &&
		tuya_buf_append_char(url, '?') &&
		tuya_sign_append_query(url, params, n, fetcher->settings.access_key_secret);
	pfree(params);
	return ok;
}
