/*
 * md5.c
 *		What the rules draw from.
 */
#include "md5.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
md5(const void *bytes, size_t len, unsigned char digest[MD5_BYTES])
{
	static EVP_MD_CTX *context;
	static EVP_MD *algorithm;

	if (!context)
	{
		context = EVP_MD_CTX_new();
		algorithm = EVP_MD_fetch(NULL, "MD5", NULL);
	}
	if (!context || !algorithm ||
		!EVP_DigestInit_ex2(context, algorithm, NULL) ||
		!EVP_DigestUpdate(context, bytes, len) ||
		!EVP_DigestFinal_ex(context, digest, NULL))
	{
		fputs("tuya_sim: no MD5\n", stderr);
		abort();
	}
}

uint64_t
md5_digits(const unsigned char digest[MD5_BYTES], int first, int last)
{
	uint64_t	value = 0;

	for (int digit = first - 1; digit < last; digit++)
	{
		unsigned	byte = digest[digit / 2];

		value = value << 4 | (digit % 2 ? byte & 15 : byte >> 4);
	}
	return value;
}

Digest
digest_of(const void *bytes, size_t len)
{
	unsigned char raw[MD5_BYTES];
	Digest		digest;

	md5(bytes, len, raw);
	memcpy(&digest, raw, sizeof digest);
	return digest;
}
