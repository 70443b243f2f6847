/*
 * slow.c
 *		See slow.h.
 */
#include "slow.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define SHA1_BLOCK_BYTES 64

static void *
allocate(size_t bytes)
{
	void	   *memory = calloc(1, bytes);

	CHECK(memory != NULL);
	return memory;
}

/*
 * ---- text ----
 */

char *
slow_join(const char *first,...)
{
	va_list		args;
	char	   *text = allocate(1);

	va_start(args, first);
	for (const char *part = first; part != NULL; part = va_arg(args, const char *))
	{
		text = realloc(text, strlen(text) + strlen(part) + 1);
		CHECK(text != NULL);
		strcat(text, part);
	}
	va_end(args);
	return text;
}

char *
slow_encode(const char *text)
{
	static const char unreserved[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
	char	   *encoded = allocate(strlen(text) * 3 + 1);
	char	   *out = encoded;

	for (; *text; text++)
	{
		if (strchr(unreserved, *text))
			*out++ = *text;
		else
			out += sprintf(out, "%%%02X", (unsigned char) *text);
	}
	return encoded;
}

char *
slow_decode(const char *encoded, size_t len)
{
	char	   *text = allocate(len + 1);
	bool		good = true;
	size_t		n = 0;

	for (size_t i = 0; i < len && good; i++)
	{
		char		digits[3] = "";

		text[n] = encoded[i];
		if (encoded[i] == '%')
		{
			memcpy(digits, encoded + i + 1, len - i - 1 < 2 ? len - i - 1 : 2);
			good = strlen(digits) == 2 && strspn(digits, "0123456789abcdefABCDEF") == 2;
			text[n] = (char) strtol(digits, NULL, 16);
			i += 2;
		}
		good = good && text[n] != '\0';
		n++;
	}
	if (good)
		return text;
	free(text);
	return NULL;
}

char *
slow_base64(const uint8_t *bytes, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char	   *text = allocate((len + 2) / 3 * 4 + 1);

	for (size_t i = 0; i < (len + 2) / 3 * 4; i++)
	{
		int			value = 0;

		if (i * 6 >= len * 8)
		{
			text[i] = '=';
			continue;
		}
		for (size_t bit = i * 6; bit < i * 6 + 6; bit++)
			value = value * 2 + (bit < len * 8 ? bytes[bit / 8] >> (7 - bit % 8) & 1 : 0);
		text[i] = digits[value];
	}
	return text;
}

/*
 * ---- SHA-1 ----
 */

static uint32_t
rotate(uint32_t x, int bits)
{
	return x << bits | x >> (32 - bits);
}

static void
sha1_block(uint32_t h[5], const uint8_t *block)
{
	uint32_t	w[80];
	uint32_t	v[5];

	memcpy(v, h, sizeof(v));
	for (int t = 0; t < 80; t++)
	{
		uint32_t	f,
					sum;

		if (t < 16)
			w[t] = (uint32_t) block[4 * t] << 24 | (uint32_t) block[4 * t + 1] << 16 |
				(uint32_t) block[4 * t + 2] << 8 | block[4 * t + 3];
		else
			w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
		if (t < 20)
			f = ((v[1] & v[2]) | (~v[1] & v[3])) + 0x5A827999;
		else if (t < 40)
			f = (v[1] ^ v[2] ^ v[3]) + 0x6ED9EBA1;
		else if (t < 60)
			f = ((v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])) + 0x8F1BBCDC;
		else
			f = (v[1] ^ v[2] ^ v[3]) + 0xCA62C1D6;
		sum = rotate(v[0], 5) + f + v[4] + w[t];
		memmove(v + 1, v, 4 * sizeof(v[0]));
		v[0] = sum;
		v[2] = rotate(v[2], 30);
	}
	for (int i = 0; i < 5; i++)
		h[i] += v[i];
}

static void
sha1(const uint8_t *bytes, size_t len, uint8_t digest[SLOW_SHA1_BYTES])
{
	uint32_t	h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
	size_t		padded_len = (len + 9 + SHA1_BLOCK_BYTES - 1) / SHA1_BLOCK_BYTES * SHA1_BLOCK_BYTES;
	uint8_t    *padded = allocate(padded_len);

	if (len > 0)
		memcpy(padded, bytes, len);
	padded[len] = 0x80;
	for (int i = 0; i < 8; i++)
		padded[padded_len - 1 - i] = (uint8_t) ((uint64_t) len * 8 >> (8 * i));
	for (size_t i = 0; i < padded_len; i += SHA1_BLOCK_BYTES)
		sha1_block(h, padded + i);
	for (int i = 0; i < SLOW_SHA1_BYTES; i++)
		digest[i] = (uint8_t) (h[i / 4] >> (24 - 8 * (i % 4)));
	free(padded);
}

/* SHA-1 of a block that is the key xor "pad", and of the text. */
static void
keyed_sha1(const uint8_t key[SHA1_BLOCK_BYTES], uint8_t pad, const uint8_t *text, size_t len,
		   uint8_t digest[SLOW_SHA1_BYTES])
{
	uint8_t    *bytes = allocate(SHA1_BLOCK_BYTES + len);

	for (int i = 0; i < SHA1_BLOCK_BYTES; i++)
		bytes[i] = key[i] ^ pad;
	memcpy(bytes + SHA1_BLOCK_BYTES, text, len);
	sha1(bytes, SHA1_BLOCK_BYTES + len, digest);
	free(bytes);
}

void
slow_hmac_sha1(const uint8_t *key, size_t key_len, const uint8_t *text, size_t len,
			   uint8_t digest[SLOW_SHA1_BYTES])
{
	uint8_t		block[SHA1_BLOCK_BYTES] = {0};
	uint8_t		inner[SLOW_SHA1_BYTES];

	if (key_len > sizeof(block))
		sha1(key, key_len, block);
	else
		memcpy(block, key, key_len);
	keyed_sha1(block, 0x36, text, len, inner);
	keyed_sha1(block, 0x5C, inner, sizeof(inner), digest);
}

char *
slow_signature(const char *secret, const char *string_to_sign)
{
	char	   *key = slow_join(secret, "&", NULL);
	uint8_t		digest[SLOW_SHA1_BYTES];

	slow_hmac_sha1((const uint8_t *) key, strlen(key), (const uint8_t *) string_to_sign,
				   strlen(string_to_sign), digest);
	free(key);
	return slow_base64(digest, sizeof(digest));
}
