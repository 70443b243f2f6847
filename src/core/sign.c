/*
 * sign.c
 *		Signing of requests; see sign.h.
 *
 * Cut into timestamp, string to sign, signature and whole query, so that each
 * can be tested by itself.  The HMAC's key and the string to sign are
 * overwritten before they are freed, and live in buffers that never move.
 *
 * HMAC() looks its algorithms up each time, which takes twice as long as what it
 * computes, and then takes its key in.  So a signer has done both.  Not all versions of
 * OpenSSL 3 begin anew with the key they have, as the documentation says: whether this
 * one does is tried when a signer is made.
 */
#include "sign.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/encoder.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#endif

/* The method, the path "/" encoded, and what comes between. */
#define STRING_TO_SIGN_PREFIX "GET&%2F&"

#define SHA1_BYTES 20

/* Base64 makes 4 of 3, rounded up; EVP_EncodeBlock adds a NUL. */
#define SIGNATURE_BYTES ((SHA1_BYTES + 2) / 3 * 4)

#define SECONDS_PER_DAY 86400

struct TuyaSigner
{
	TuyaBuf		key;			/* the secret and '&' */
	TuyaBuf		string_to_sign; /* empty between two signatures, ... */
	TuyaBuf		signature;		/* ... as this one */
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	EVP_MAC_CTX *mac;
	bool		keeps_key;		/* it begins anew with the key that it has */
#endif
};

/* Fetches one algorithm of a kind, and so all of them; in prepared, whether all kinds were. */
#define PREPARE(kind, name) \
	do { \
		kind	   *fetched = kind##_fetch(NULL, name, NULL); \
\
		prepared &= fetched != NULL; \
		kind##_free(fetched); \
	} while (0)

bool
tuya_sign_prepare(void)
{
	bool		prepared = true;

#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	PREPARE(EVP_MD, "SHA2-256");
	PREPARE(EVP_CIPHER, "AES-256-GCM");
	PREPARE(EVP_MAC, "HMAC");
	PREPARE(EVP_KDF, "HKDF");
	PREPARE(EVP_RAND, "CTR-DRBG");
	PREPARE(EVP_KEYMGMT, "RSA");
	PREPARE(EVP_KEYEXCH, "ECDH");
	PREPARE(EVP_SIGNATURE, "RSA");
	PREPARE(EVP_ASYM_CIPHER, "RSA");
	PREPARE(EVP_KEM, "RSA");
	PREPARE(OSSL_DECODER, "RSA");
	PREPARE(OSSL_ENCODER, "RSA");
#endif
	ERR_clear_error();
	return prepared;
}

/* 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z: what four digits can say */
#define UNIX_SECONDS_MIN INT64_C(-62167219200)
#define UNIX_SECONDS_MAX INT64_C(253402300799)

static char *
put_number(char *out, int64_t number, int ndigits)
{
	for (int i = ndigits - 1; i >= 0; i--)
	{
		out[i] = (char) ('0' + number % 10);
		number /= 10;
	}
	return out + ndigits;
}

/*
 * Year, month and day in the Gregorian calendar of a day, counted from
 * 0000-03-01: years that begin in March have the leap day at their end, so that
 * no month but the last depends on it.  gmtime_r() would do, but is not C11 and
 * takes a lock.
 */
static void
date_from_days(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
	int64_t		era = (days >= 0 ? days : days - 146096) / 146097;	/* 400 years */
	int64_t		of_era = days - era * 146097;
	int64_t		year_of_era = (of_era - of_era / 1460 + of_era / 36524 -
							   of_era / 146096) / 365;
	int64_t		of_year = of_era - (365 * year_of_era + year_of_era / 4 -
									year_of_era / 100);
	int64_t		march_month = (5 * of_year + 2) / 153;	/* 0 is March */

	*day = of_year - (153 * march_month + 2) / 5 + 1;
	*month = march_month < 10 ? march_month + 3 : march_month - 9;
	*year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

void
tuya_sign_format_timestamp(int64_t unix_seconds, char out[TUYA_TIMESTAMP_SIZE])
{
	int64_t		year,
				month,
				day,
				seconds;
	char	   *p = out;

	if (unix_seconds < UNIX_SECONDS_MIN)
		unix_seconds = UNIX_SECONDS_MIN;
	if (unix_seconds > UNIX_SECONDS_MAX)
		unix_seconds = UNIX_SECONDS_MAX;

	/* Counted from 0000-03-01, 719468 days before 1970. */
	seconds = unix_seconds + INT64_C(719468) * SECONDS_PER_DAY;
	/* January and February of the year 0 lie before that. */
	day = seconds / SECONDS_PER_DAY - (seconds % SECONDS_PER_DAY < 0 ? 1 : 0);
	seconds -= day * SECONDS_PER_DAY;
	date_from_days(day, &year, &month, &day);

	p = put_number(p, year, 4);
	*p++ = '-';
	p = put_number(p, month, 2);
	*p++ = '-';
	p = put_number(p, day, 2);
	*p++ = 'T';
	p = put_number(p, seconds / 3600, 2);
	*p++ = ':';
	p = put_number(p, seconds / 60 % 60, 2);
	*p++ = ':';
	p = put_number(p, seconds % 60, 2);
	*p++ = 'Z';
	*p = '\0';
}

bool
tuya_sign_append_string_to_sign(TuyaBuf *out, const char *canonical_query)
{
	return tuya_buf_append_str(out, STRING_TO_SIGN_PREFIX) &&
		tuya_url_append_encoded(out, canonical_query, strlen(canonical_query));
}

/* Makes the HMAC's key: the secret and '&'. */
static bool
make_key(TuyaBuf *key, const char *secret)
{
	return tuya_buf_reserve(key, strlen(secret) + 1) &&
		tuya_buf_append_str(key, secret) &&
		tuya_buf_append_char(key, '&');
}

#if OPENSSL_VERSION_NUMBER >= 0x30000000L
static bool
compute_hmac(TuyaSigner *signer, const char *text, unsigned char digest[SHA1_BYTES])
{
	const char *key = signer->keeps_key ? NULL : signer->key.data;
	size_t		len = 0;

	return EVP_MAC_init(signer->mac, (const unsigned char *) key, key ? signer->key.len : 0, NULL) == 1 &&
		EVP_MAC_update(signer->mac, (const unsigned char *) text, strlen(text)) == 1 &&
		EVP_MAC_final(signer->mac, digest, &len, SHA1_BYTES) == 1 && len == SHA1_BYTES;
}

/* Gives it the key, and tries twice whether it still has that; false if out of memory. */
static bool
set_key(TuyaSigner *signer)
{
	unsigned char keyed[SHA1_BYTES];
	unsigned char again[SHA1_BYTES];

	if (!compute_hmac(signer, "", keyed))
		return false;
	signer->keeps_key = true;
	for (int i = 0; i < 2; i++)
		signer->keeps_key = signer->keeps_key && compute_hmac(signer, "", again) &&
			CRYPTO_memcmp(keyed, again, SHA1_BYTES) == 0;
	return true;
}

static bool
make_mac(TuyaSigner *signer)
{
	char		digest[] = "SHA1";
	OSSL_PARAM	params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end()
	};
	EVP_MAC    *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	signer->mac = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
	EVP_MAC_free(hmac);
	return signer->mac && EVP_MAC_CTX_set_params(signer->mac, params) == 1 && set_key(signer);
}

static void
free_mac(TuyaSigner *signer)
{
	EVP_MAC_CTX_free(signer->mac);
}
#else
static bool
make_mac(TuyaSigner *signer)
{
	(void) signer;
	return true;
}

static void
free_mac(TuyaSigner *signer)
{
	(void) signer;
}

static bool
compute_hmac(TuyaSigner *signer, const char *text, unsigned char digest[SHA1_BYTES])
{
	unsigned int len = 0;

	return HMAC(EVP_sha1(), signer->key.data, (int) signer->key.len,
				(const unsigned char *) text, strlen(text), digest, &len) != NULL && len == SHA1_BYTES;
}
#endif

/*
 * What OpenSSL says about a failure is taken back from the thread's error queue,
 * where the backend's own TLS connection would find it.
 */
TuyaSigner *
tuya_signer_create(const char *secret)
{
	TuyaSigner *signer = calloc(1, sizeof(*signer));
	bool		made;

	if (signer == NULL)
		return NULL;
	tuya_buf_init(&signer->key, strlen(secret) + 1);
	tuya_buf_init(&signer->string_to_sign, SIZE_MAX);
	tuya_buf_init(&signer->signature, SIGNATURE_BYTES);
	ERR_set_mark();
	made = make_key(&signer->key, secret) && make_mac(signer);
	ERR_pop_to_mark();
	if (made)
		return signer;
	tuya_signer_free(signer);
	return NULL;
}

void
tuya_signer_free(TuyaSigner *signer)
{
	if (signer == NULL)
		return;
	free_mac(signer);
	tuya_buf_free_secret(&signer->key);
	tuya_buf_free_secret(&signer->string_to_sign);
	tuya_buf_free_secret(&signer->signature);
	free(signer);
}

/* HMAC-SHA1; for OpenSSL's errors see tuya_signer_create(). */
static bool
hmac_sha1(TuyaSigner *signer, const char *text, unsigned char digest[SHA1_BYTES])
{
	bool		ok;

	ERR_set_mark();
	ok = compute_hmac(signer, text, digest);
	ERR_pop_to_mark();
	return ok;
}

/* What failed was not this buffer, but its user looks nowhere else. */
static bool
fail_no_memory(TuyaBuf *out)
{
	if (out->status == TUYA_BUF_OK)
		out->status = TUYA_BUF_NO_MEMORY;
	return false;
}

bool
tuya_sign_append_signature(TuyaBuf *out, TuyaSigner *signer, const char *string_to_sign)
{
	unsigned char digest[SHA1_BYTES];
	unsigned char base64[SIGNATURE_BYTES + 1];
	bool		ok = hmac_sha1(signer, string_to_sign, digest);

	if (ok)
	{
		EVP_EncodeBlock(base64, digest, SHA1_BYTES);
		ok = tuya_buf_append(out, base64, SIGNATURE_BYTES);
	}
	else
		fail_no_memory(out);

	OPENSSL_cleanse(digest, sizeof(digest));
	OPENSSL_cleanse(base64, sizeof(base64));
	return ok;
}

/*
 * Appends the encoded signature of the canonical query that begins at "start"
 * of the same buffer.  All that reads it comes before the first append, which
 * may move the bytes.
 */
static bool
append_encoded_signature(TuyaBuf *out, size_t start, TuyaSigner *signer)
{
	const char *canonical_query = out->data + start;
	TuyaBuf    *text = &signer->string_to_sign;
	TuyaBuf    *signature = &signer->signature;
	bool		ok;

	ok = tuya_buf_reserve(text, strlen(STRING_TO_SIGN_PREFIX) +
						  ENCODED_BYTES_PER_BYTE * strlen(canonical_query)) &&
		tuya_sign_append_string_to_sign(text, canonical_query) &&
		tuya_sign_append_signature(signature, signer, text->data);
	if (ok)
		ok = tuya_buf_append_str(out, "&Signature=") &&
			tuya_url_append_encoded(out, signature->data, signature->len);
	else
		fail_no_memory(out);

	tuya_buf_empty_secret(text);
	tuya_buf_empty_secret(signature);
	return ok;
}

bool
tuya_sign_append_query(TuyaBuf *out, TuyaParam *params, size_t nparams, TuyaSigner *signer)
{
	size_t		start = out->len;

	return tuya_url_append_query(out, params, nparams) &&
		append_encoded_signature(out, start, signer);
}
