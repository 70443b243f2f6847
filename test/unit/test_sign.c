/*
 * test_sign.c
 *		Promises of sign.h, and all vectors of vectors.json, byte for byte.
 */
#include "sign.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "test.h"

#define PARAMS_MAX 32

static const char *
text_of(struct json_object *object, const char *name)
{
	return json_object_get_string(json_object_object_get(object, name));
}

static size_t
read_params(struct json_object *object, TuyaParam *params)
{
	size_t		n = 0;

	json_object_object_foreach(object, name, value)
	{
		params[n].name = name;
		params[n].value = json_object_get_string(value);
		n++;
	}
	return n;
}

static void
is_bytes(const TuyaBuf *buf, const char *expected, const char *id, const char *what)
{
	if (!ok(strcmp(buf->data, expected) == 0 && buf->len == strlen(expected), "%s: %s", id, what))
		is_text(buf->data, expected, what);
}

static void
test_vector(struct json_object *vector)
{
	const char *id = text_of(vector, "id");
	TuyaSigner *signer = tuya_signer_create(text_of(vector, "access_key_secret"));
	const char *published = text_of(vector, "published_signature");
	TuyaParam	params[PARAMS_MAX];
	size_t		nparams = read_params(json_object_object_get(vector, "params"), params);
	TuyaBuf		canonical,
				string_to_sign,
				signature,
				encoded,
				query;

	tuya_buf_init(&canonical, 100000);
	tuya_buf_init(&string_to_sign, 100000);
	tuya_buf_init(&signature, 100);
	tuya_buf_init(&encoded, 100);
	tuya_buf_init(&query, 100000);

	tuya_url_append_query(&canonical, params, nparams);
	is_bytes(&canonical, text_of(vector, "canonical_query"), id, "canonical query");
	tuya_sign_append_string_to_sign(&string_to_sign, canonical.data);
	is_bytes(&string_to_sign, text_of(vector, "string_to_sign"), id, "string to sign");
	tuya_sign_append_signature(&signature, signer, string_to_sign.data);
	is_bytes(&signature, text_of(vector, "signature"), id, "signature");
	if (published != NULL)
		is_bytes(&signature, published, id, "published signature");
	tuya_url_append_encoded(&encoded, signature.data, signature.len);
	is_bytes(&encoded, text_of(vector, "signature_encoded"), id, "encoded signature");

	/* behind something, as in a URL */
	tuya_buf_append_str(&query, "/?");
	ok(tuya_sign_append_query(&query, params, nparams, signer), "%s: signs", id);
	ok(strncmp(query.data, "/?", 2) == 0 && strcmp(query.data + 2, text_of(vector, "query")) == 0,
	   "%s: whole query, behind what was there", id);

	tuya_signer_free(signer);
	tuya_buf_free(&canonical);
	tuya_buf_free(&string_to_sign);
	tuya_buf_free(&signature);
	tuya_buf_free(&encoded);
	tuya_buf_free(&query);
}

static void
test_vectors(void)
{
	static const char *const groups[] = {"published", "vectors"};
	struct json_object *document = json_object_from_file(VECTORS);
	size_t		n = 0;

	for (int i = 0; i < 2; i++)
	{
		struct json_object *group = json_object_object_get(document, groups[i]);

		for (size_t j = 0; j < json_object_array_length(group); j++, n++)
			test_vector(json_object_array_get_idx(group, j));
	}
	ok(n == 9, "all nine vectors were read");
	json_object_put(document);
}

static void
test_timestamp(void)
{
	char		out[TUYA_TIMESTAMP_SIZE];
	bool		right = true;

	tuya_sign_format_timestamp(INT64_C(1732009663), out);
	is_text(out, "2024-11-19T09:47:43Z", "the documented timestamp");
	tuya_sign_format_timestamp(0, out);
	is_text(out, "1970-01-01T00:00:00Z", "the epoch");
	tuya_sign_format_timestamp(-1, out);
	is_text(out, "1969-12-31T23:59:59Z", "before the epoch");
	tuya_sign_format_timestamp(INT64_C(951782399), out);
	is_text(out, "2000-02-28T23:59:59Z", "a year divisible by 400 is a leap year: the day before");
	tuya_sign_format_timestamp(INT64_C(951782400), out);
	is_text(out, "2000-02-29T00:00:00Z", "and the leap day");
	tuya_sign_format_timestamp(INT64_MAX, out);
	is_text(out, "9999-12-31T23:59:59Z", "what four digits cannot say is their last second");
	tuya_sign_format_timestamp(INT64_MIN, out);
	is_text(out, "0000-01-01T00:00:00Z", "or their first");

	/* steps of a day, less a second, from the year 0 on */
	for (int64_t t = INT64_C(-62167219200); t < INT64_C(253402300799); t += 86399)
	{
		char		expected[64];
		time_t		seconds = (time_t) t;
		struct tm	tm;

		/* the C library cannot tell, where its times have 32 bits */
		if (seconds != t)
			continue;
		/* %Y has no leading zeros before the year 1000 */
		gmtime_r(&seconds, &tm);
		strftime(expected + 4, sizeof(expected) - 4, "-%m-%dT%H:%M:%SZ", &tm);
		for (int i = 3, year = tm.tm_year + 1900; i >= 0; i--, year /= 10)
			expected[i] = (char) ('0' + year % 10);
		tuya_sign_format_timestamp(t, out);
		right &= strcmp(out, expected) == 0;
	}
	ok(right, "ten thousand years agree with the C library");
}

/* Whether a signer of this secret signs one text like any other, and like another signer. */
static bool
signs_again(const char *secret)
{
	TuyaSigner *signers[] = {tuya_signer_create(secret), tuya_signer_create(secret)};
	TuyaBuf		out;
	bool		same;

	tuya_buf_init(&out, 4 * 28);
	same = tuya_sign_append_signature(&out, signers[0], "x") &&
		tuya_sign_append_signature(&out, signers[1], "y") &&
		tuya_sign_append_signature(&out, signers[0], "") &&
		tuya_sign_append_signature(&out, signers[0], "y") && out.len == 4 * 28 &&
		memcmp(out.data, out.data + 28, 28) != 0 && memcmp(out.data + 28, out.data + 3 * 28, 28) == 0;
	tuya_buf_free(&out);
	tuya_signer_free(signers[0]);
	tuya_signer_free(signers[1]);
	return same;
}

static void
test_limits(void)
{
	TuyaBuf		out;
	TuyaParam	params[] = {{"a", "1"}};
	TuyaSigner *signer = tuya_signer_create("s");
	char	   *secret = malloc(100001);

	tuya_buf_init(&out, 20);
	ok(!tuya_sign_append_query(&out, params, 1, signer) && out.status == TUYA_BUF_TOO_LARGE,
	   "a query over the cap is refused");
	tuya_buf_free(&out);
	tuya_signer_free(signer);
	tuya_signer_free(NULL);

	memset(secret, 's', 100000);
	secret[100000] = '\0';
	ok(signs_again("s"), "a signer signs many texts");
	ok(signs_again(""), "one with an empty secret, too");
	ok(signs_again(secret), "and one with a long secret");
	free(secret);
}

/*
 * Every allocation fails in turn, ours and OpenSSL's.  That the bytes are
 * overwritten cannot be seen from here.
 */
static void
test_no_memory(void)
{
	bool		reported = true;
	long		n;

	for (n = 0;; n++)
	{
		TuyaParam	params[] = {{"b", "                                "}, {"a", "1"}};
		TuyaSigner *signer;
		TuyaBuf		out;
		bool		result,
					failed;

		tuya_buf_init(&out, 1000);
		oom_arm(n);
		signer = tuya_signer_create("secret");
		result = signer != NULL && tuya_sign_append_query(&out, params, 2, signer);
		failed = oom_disarm();
		if (failed && !result)
			reported &= signer == NULL || out.status == TUYA_BUF_NO_MEMORY;
		else
			/* OpenSSL can do without some of its allocations */
			reported &= result && out.status == TUYA_BUF_OK &&
				strstr(out.data, "&Signature=Ao%2BRMH0U25vsxXZx4m4Ihh5K9LE%3D") != NULL;
		tuya_buf_free(&out);
		tuya_signer_free(signer);
		if (!failed)
			break;
	}
	ok(reported, "whichever of %ld allocations fails, it is reported or the signature is right", n);
	ok(n > 5, "ours and OpenSSL's were among them");
	ok(ERR_peek_error() == 0, "OpenSSL's error queue is left empty");
}

static void *
openssl_malloc(size_t size, const char *file, int line)
{
	(void) file;
	(void) line;
	return malloc(size);
}

static void *
openssl_realloc(void *old, size_t size, const char *file, int line)
{
	(void) file;
	(void) line;
	return realloc(old, size);
}

static void
openssl_free(void *old, const char *file, int line)
{
	(void) file;
	(void) line;
	free(old);
}

int
main(void)
{
	ok(CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) == 1,
	   "OpenSSL's allocations can be made to fail");
	test_vectors();
	test_timestamp();
	test_limits();
	test_no_memory();
	return done_testing();
}
