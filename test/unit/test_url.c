/*
 * test_url.c
 *		Promises of url.h.
 */
#include "url.h"

#include <stdlib.h>
#include <string.h>

#include "test.h"

static void
is_encoded(const char *bytes, size_t len, const char *expected, const char *name)
{
	TuyaBuf		buf;

	tuya_buf_init(&buf, 10000);
	ok(tuya_url_append_encoded(&buf, bytes, len), "%s: it works", name);
	is_text(buf.data, expected, name);
	tuya_buf_free(&buf);
}

static void
test_encoding(void)
{
	TuyaBuf		buf;
	const char *unreserved =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
	bool		right = true;

	is_encoded(unreserved, strlen(unreserved), unreserved, "the 66 unreserved characters stay");
	is_encoded(" ", 1, "%20", "a space is %20, not +");
	is_encoded("*+/=&%", 6, "%2A%2B%2F%3D%26%25", "what other encoders leave is encoded");
	is_encoded("\xE4\xB8\xAD", 3, "%E4%B8%AD", "UTF-8 is encoded by bytes, in upper case");
	is_encoded("a\0b", 3, "a%00b", "a NUL is a byte like others");
	is_encoded("", 0, "", "nothing is nothing");

	for (int c = 0; c < 256; c++)
	{
		char		byte = (char) c;
		bool		stays = c != 0 && strchr(unreserved, c) != NULL;

		tuya_buf_init(&buf, 3);
		tuya_url_append_encoded(&buf, &byte, 1);
		right &= stays ? buf.len == 1 && buf.data[0] == byte :
			buf.len == 3 && buf.data[0] == '%' && strtol(buf.data + 1, NULL, 16) == c;
		tuya_buf_free(&buf);
	}
	ok(right, "each of the 256 bytes is one character or one escape");

	tuya_buf_init(&buf, 4);
	ok(!tuya_url_append_encoded(&buf, "a b", 3) && buf.status == TUYA_BUF_TOO_LARGE,
	   "a buffer that refuses is reported");
	tuya_buf_free(&buf);
}

static void
test_query(void)
{
	TuyaBuf		buf;
	TuyaParam	params[] = {
		{"b", "2"}, {"a-b", "&"}, {"B", "1"}, {"a", ""}, {"\xC3\xA9", "e"}, {"a.", "x y"}, {"~", "="},
	};

	tuya_buf_init(&buf, 1000);
	ok(tuya_url_append_query(&buf, params, 7), "a query can be made");
	is_text(buf.data, "B=1&a=&a-b=%26&a.=x%20y&b=2&~=%3D&%C3%A9=e",
			"names are sorted by bytes: upper case first, above ASCII last");
	ok(tuya_url_append_query(&buf, NULL, 0) && buf.len == strlen(buf.data), "no parameters are no bytes");
	tuya_buf_free(&buf);

	tuya_buf_init(&buf, 41);
	ok(!tuya_url_append_query(&buf, params, 7), "a query over the cap is refused");
	tuya_buf_free(&buf);
}

/* expected NULL: must be refused */
static void
is_decoded(const char *text, size_t len, const char *expected, const char *name)
{
	TuyaBuf		buf;
	bool		result;

	tuya_buf_init(&buf, 10);
	result = tuya_url_append_decoded(&buf, text, len);
	if (expected == NULL)
		ok(!result && buf.status == TUYA_BUF_OK, "%s", name);
	else
		is_text(result ? buf.data : NULL, expected, name);
	tuya_buf_free(&buf);
}

static void
test_decoding(void)
{
	TuyaBuf		buf;

	is_decoded("a%20b+%e4%B8%ad", 15, "a b+\xE4\xB8\xAD", "escapes in either case are decoded, + is a plus");
	is_decoded("%2", 2, NULL, "an escape that is cut is refused");
	is_decoded("%2%41", 5, NULL, "an escape with a % inside is refused");
	is_decoded("%g0", 3, NULL, "an escape that is not hexadecimal is refused");
	is_decoded("%0g", 3, NULL, "nor may its second digit be");
	is_decoded("%41", 2, NULL, "bytes behind the length are not looked at");
	is_decoded("a%00", 4, NULL, "an encoded NUL is refused");
	is_decoded("a\0b", 3, NULL, "a bare NUL is refused");
	is_decoded("", 0, "", "nothing decodes to nothing");

	tuya_buf_init(&buf, 2);
	ok(!tuya_url_append_decoded(&buf, "abc", 3) && buf.status == TUYA_BUF_TOO_LARGE,
	   "a text over the cap is refused, and the status says why");
	tuya_buf_free(&buf);
}

static void
test_no_memory(void)
{
	for (long n = 0;; n++)
	{
		TuyaBuf		buf;
		TuyaParam	params[] = {{"b", "                                "}, {"a", "1"}};
		bool		result;

		tuya_buf_init(&buf, 1000);
		oom_arm(n);
		result = tuya_url_append_query(&buf, params, 2);
		if (!oom_disarm())
		{
			ok(result && n > 0, "with memory it works");
			tuya_buf_free(&buf);
			break;
		}
		ok(!result && buf.status == TUYA_BUF_NO_MEMORY, "allocation %ld fails: reported", n);
		tuya_buf_free(&buf);
	}
}

int
main(void)
{
	test_encoding();
	test_query();
	test_decoding();
	test_no_memory();
	return done_testing();
}
