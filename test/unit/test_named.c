/*
 * test_named.c
 *		Promises of named.h.
 */
#include "named.h"

#include <stdlib.h>
#include <string.h>

#include "test.h"

/* Whether bytes that were given the one name are found by the other. */
static bool
is_found(const char *bytes, size_t len, const char *given, size_t given_len, const char *name,
		 size_t name_len)
{
	size_t		named_len = tuya_named_len(len, given_len);
	char	   *named = malloc(named_len);
	size_t		left = named_len;
	bool		is;

	tuya_named_write(named, bytes, len, given, given_len);
	is = tuya_named_is(named, &left, name, name_len);
	ok(left == len && memcmp(named, bytes, len) == 0, "the bytes are before the name");
	free(named);
	return is;
}

int
main(void)
{
	static const char bytes[] = "rows\0of a key";
	static const char name[] = "who\0asks\0for what";
	size_t		len = sizeof(bytes);
	size_t		name_len = sizeof(name);

	ok(is_found(bytes, len, name, name_len, name, name_len), "what has the name is found");
	ok(is_found("", 0, name, name_len, name, name_len), "without a byte, too");
	ok(!is_found(bytes, len, name, name_len, "who\0asks\0for whom", name_len), "another name of the length is another");
	ok(!is_found(bytes, len, name, name_len, name + 1, name_len - 1), "so is its end");
	ok(!is_found(bytes, len, name + 1, name_len - 1, name, name_len), "and a longer one");
	ok(!is_found("whx", 3, "asks", 4, "xasks", 5), "and one that begins in the bytes");
	ok(!is_found(bytes, len, name, name_len, "", 0), "and none");
	ok(is_found(bytes, len, "", 0, "", 0), "none is a name");
	return done_testing();
}
