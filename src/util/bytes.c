/*
 * bytes.c
 *		Hash tables by strings of bytes of any length.
 */
#include "postgres.h"

#include "util/bytes.h"

#include "common/hashfn.h"

static uint32
hash_key(const void *key, Size keysize)
{
	const TuyaBytes *bytes = key;

	(void) keysize;
	return hash_bytes((const unsigned char *) bytes->data, (int) bytes->len);
}

static int
match_keys(const void *a, const void *b, Size keysize)
{
	const TuyaBytes *left = a;
	const TuyaBytes *right = b;

	(void) keysize;
	return left->len != right->len || memcmp(left->data, right->data, left->len) != 0;
}

TuyaBytes
tuya_bytes_copy(TuyaBytes bytes)
{
	TuyaBytes	copy = {.data = palloc(Max(bytes.len, 1)),.len = bytes.len};

	memcpy(unconstify(char *, copy.data), bytes.data, bytes.len);
	return copy;
}

HTAB *
tuya_bytes_create(const char *name, Size entrysize, MemoryContext cxt)
{
	HASHCTL		ctl = {
		.keysize = sizeof(TuyaBytes),
		.entrysize = entrysize,
		.hash = hash_key,
		.match = match_keys,
		.hcxt = cxt
	};

	return hash_create(name, 64, &ctl, HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
}
