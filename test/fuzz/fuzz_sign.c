/*
 * fuzz_sign.c
 *		Encoding, canonical query and signature of any parameters.
 *
 * The input is texts that end with a NUL: the secret, then name and value of
 * each parameter in turn.  All of it, too, is an encoded text to decode, and
 * its first eight bytes are a time.  slow.c says what must come out.
 */
#include "fuzz.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sign.h"
#include "slow.h"
#include "url.h"

#define PARAMS_MAX 24

/* The first and the last second that have a year of four digits. */
#define SECONDS_MIN INT64_C(-62167219200)
#define SECONDS_MAX INT64_C(253402300799)

typedef struct Params
{
	char	   *secret;
	size_t		n;
	char	   *names[PARAMS_MAX];
	char	   *values[PARAMS_MAX];
} Params;

static char *
next_text(FuzzInput *input)
{
	FuzzInput	piece = {input->data, 0};

	fuzz_next(input, '\0', &piece);
	return fuzz_text(piece);
}

/* Names must be distinct: one that comes again is left out. */
static void
read_params(Params *params, FuzzInput input)
{
	params->secret = next_text(&input);
	while (input.len > 0 && params->n < PARAMS_MAX)
	{
		char	   *name = next_text(&input);
		size_t		i = 0;

		while (i < params->n && strcmp(params->names[i], name) != 0)
			i++;
		params->names[params->n] = name;
		params->values[params->n] = next_text(&input);
		if (i == params->n)
			params->n++;
		else
		{
			free(name);
			free(params->values[params->n]);
		}
	}
}

static void
free_params(Params *params)
{
	for (size_t i = 0; i < params->n; i++)
	{
		free(params->names[i]);
		free(params->values[i]);
	}
	free(params->secret);
}

/* Whether name a comes before name b: the first byte that differs decides. */
static bool
comes_before(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (unsigned char) *a < (unsigned char) *b;
}

/* Takes the least name that is left, again and again. */
static char *
slow_query(const Params *params)
{
	char	   *query = slow_join("", NULL);
	bool		taken[PARAMS_MAX] = {false};

	for (size_t n = 0; n < params->n; n++)
	{
		size_t		least = PARAMS_MAX;
		char	   *name,
				   *value,
				   *longer;

		for (size_t i = 0; i < params->n; i++)
		{
			if (!taken[i] && (least == PARAMS_MAX || comes_before(params->names[i], params->names[least])))
				least = i;
		}
		taken[least] = true;
		name = slow_encode(params->names[least]);
		value = slow_encode(params->values[least]);
		longer = slow_join(query, n > 0 ? "&" : "", name, "=", value, NULL);
		free(query);
		free(name);
		free(value);
		query = longer;
	}
	return query;
}

static void
check_text(const TuyaBuf *buf, const char *expected)
{
	CHECK(buf->status == TUYA_BUF_OK && buf->len == strlen(expected));
	CHECK(strcmp(buf->data, expected) == 0);
}

/* Nothing in it but what may stand in a URL, escapes in upper case. */
static void
check_characters(const char *query)
{
	for (const char *p = query; *p; p++)
	{
		if (*p == '%')
		{
			CHECK(strspn(p + 1, "0123456789ABCDEF") >= 2);
			p += 2;
		}
		else
			CHECK(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~=&", *p));
	}
}

static void
check_query(const Params *params)
{
	TuyaParam	list[PARAMS_MAX];
	TuyaSigner *signer = tuya_signer_create(params->secret);
	TuyaBuf		whole,
				to_sign;
	char	   *query = slow_query(params);
	char	   *encoded_query = slow_encode(query);
	char	   *string_to_sign = slow_join("GET&%2F&", encoded_query, NULL);
	char	   *signature = slow_signature(params->secret, string_to_sign);
	char	   *encoded_signature = slow_encode(signature);
	char	   *expected = slow_join(query, "&Signature=", encoded_signature, NULL);

	for (size_t i = 0; i < params->n; i++)
		list[i] = (TuyaParam) {params->names[i], params->values[i]};
	/* a buffer of the very size, behind what is in it already */
	tuya_buf_init(&whole, 1 + strlen(expected));
	tuya_buf_append_char(&whole, '?');
	CHECK(tuya_sign_append_query(&whole, list, params->n, signer));
	CHECK(whole.len == 1 + strlen(expected) && strcmp(whole.data + 1, expected) == 0);
	check_characters(whole.data + 1);

	tuya_buf_init(&to_sign, strlen(string_to_sign));
	CHECK(tuya_sign_append_string_to_sign(&to_sign, query));
	check_text(&to_sign, string_to_sign);

	/* and of one that is too small by a byte */
	tuya_buf_free(&whole);
	whole.max = strlen(expected) - 1;
	CHECK(!tuya_sign_append_query(&whole, list, params->n, signer));
	CHECK(whole.status == TUYA_BUF_TOO_LARGE && whole.len <= whole.max);

	tuya_signer_free(signer);
	tuya_buf_free_secret(&whole);
	tuya_buf_free_secret(&to_sign);
	free(query);
	free(encoded_query);
	free(string_to_sign);
	free(signature);
	free(encoded_signature);
	free(expected);
}

/* What was encoded is what is decoded. */
static void
check_back_and_forth(const char *text)
{
	TuyaBuf		encoded,
				decoded;
	char	   *expected = slow_encode(text);

	tuya_buf_init(&encoded, strlen(expected));
	CHECK(tuya_url_append_encoded(&encoded, text, strlen(text)));
	check_text(&encoded, expected);
	tuya_buf_init(&decoded, strlen(text));
	CHECK(tuya_url_append_decoded(&decoded, encoded.data, encoded.len));
	check_text(&decoded, text);
	tuya_buf_free(&encoded);
	tuya_buf_free(&decoded);
	free(expected);
}

/* Decodes what nobody encoded. */
static void
check_decoding(FuzzInput input)
{
	char	   *encoded = fuzz_copy(input);
	char	   *expected = slow_decode(encoded, input.len);
	TuyaBuf		decoded;

	tuya_buf_init(&decoded, input.len);
	CHECK(tuya_url_append_decoded(&decoded, encoded, input.len) == (expected != NULL));
	CHECK(decoded.status == TUYA_BUF_OK);
	if (expected != NULL)
		check_text(&decoded, expected);
	tuya_buf_free(&decoded);
	free(expected);
	free(encoded);
}

static void
check_timestamp(FuzzInput input)
{
	int64_t		seconds = 0;
	char		got[TUYA_TIMESTAMP_SIZE];
	char		expected[64];
	struct tm	tm;
	time_t		time;

	if (input.len < sizeof(seconds))
		return;
	memcpy(&seconds, input.data, sizeof(seconds));
	tuya_sign_format_timestamp(seconds, got);
	time = seconds < SECONDS_MIN ? SECONDS_MIN : seconds > SECONDS_MAX ? SECONDS_MAX : seconds;
	CHECK(gmtime_r(&time, &tm) != NULL);
	snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
			 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	CHECK(strcmp(got, expected) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput	input = {data, size};
	Params		params = {0};

	read_params(&params, input);
	check_query(&params);
	for (size_t i = 0; i < params.n; i++)
	{
		check_back_and_forth(params.names[i]);
		check_back_and_forth(params.values[i]);
	}
	check_decoding(input);
	check_timestamp(input);
	free_params(&params);
	return 0;
}
