/*
 * test_buf.c
 *		Promises of buf.h.
 */
#include "buf.h"

#include <stdint.h>
#include <string.h>

#include "test.h"

static void
test_growth(void)
{
	TuyaBuf		buf;
	bool		intact = true;

	tuya_buf_init(&buf, 100000);
	ok(buf.alloc == 0 && strcmp(buf.data, "") == 0, "an empty buffer is \"\" and allocates nothing");
	ok(tuya_buf_append(&buf, NULL, 0) && buf.alloc == 0, "appending nothing allocates nothing");

	for (int i = 0; i < 100000; i++)
		intact &= tuya_buf_append_char(&buf, (char) ('a' + i % 26)) && buf.data[buf.len] == '\0';
	for (int i = 0; i < 100000; i++)
		intact &= buf.data[i] == 'a' + i % 26;
	ok(intact && buf.len == 100000, "bytes survive growth, always followed by NUL");
	ok(buf.alloc <= 100001, "the allocation never exceeds the cap and its NUL");
	ok(!tuya_buf_append_char(&buf, 'x') && buf.status == TUYA_BUF_TOO_LARGE && buf.len == 100000,
	   "a full buffer refuses one byte more");
	tuya_buf_free(&buf);
	ok(buf.alloc == 0 && buf.len == 0 && buf.max == 100000 && buf.status == TUYA_BUF_OK &&
	   strcmp(buf.data, "") == 0, "free makes it empty and keeps the cap");
	ok(tuya_buf_append_str(&buf, "again"), "a freed buffer can be used again");
	tuya_buf_free_secret(&buf);
	tuya_buf_free_secret(&buf);
	ok(buf.alloc == 0, "freeing twice does no harm");
}

static void
test_failure(void)
{
	TuyaBuf		buf;

	tuya_buf_init(&buf, 5);
	ok(tuya_buf_append_str(&buf, "12345") && buf.len == 5, "exactly the cap fits");
	tuya_buf_free(&buf);
	tuya_buf_append_str(&buf, "123");
	ok(!tuya_buf_append_str(&buf, "456"), "beyond the cap is refused");
	is_text(buf.data, "123", "a failed append leaves the bytes as they were");
	ok(!tuya_buf_append_str(&buf, "4") && buf.len == 3, "after a failure nothing is appended");
	ok(!tuya_buf_append(&buf, "", 0), "not even nothing");
	ok(buf.status == TUYA_BUF_TOO_LARGE, "the failure is remembered");
	ok(buf.alloc <= 6, "a small cap is a small allocation");
	tuya_buf_free(&buf);
	ok(buf.status == TUYA_BUF_OK && buf.len == 0 && buf.data[0] == '\0', "free clears the status");

	tuya_buf_init(&buf, 0);
	ok(tuya_buf_append_str(&buf, "") && !tuya_buf_append_str(&buf, "1"), "a cap of 0 holds nothing");
	tuya_buf_free(&buf);

	tuya_buf_init(&buf, SIZE_MAX);
	ok(tuya_buf_append_str(&buf, "1") && !tuya_buf_reserve(&buf, SIZE_MAX - 1) &&
	   buf.status == TUYA_BUF_TOO_LARGE, "sizes do not overflow");
	tuya_buf_free(&buf);
}

static void
test_reserve(void)
{
	TuyaBuf		buf;
	char	   *data;
	bool		moved = false;

	tuya_buf_init(&buf, 5000);
	ok(tuya_buf_reserve(&buf, 4000), "reserve makes room");
	data = buf.data;
	for (int i = 0; i < 4000; i++)
		moved |= !tuya_buf_append_char(&buf, 's') || buf.data != data;
	ok(!moved, "reserved bytes do not move while they are appended");
	ok(!tuya_buf_reserve(&buf, 1001) && buf.status == TUYA_BUF_TOO_LARGE && buf.len == 4000,
	   "reserve keeps to the cap");
	tuya_buf_free_secret(&buf);
}

static void
test_no_memory(void)
{
	TuyaBuf		buf;

	for (long n = 0; n < 3; n++)
	{
		bool		all = true;
		bool		failed;

		tuya_buf_init(&buf, 1000);
		oom_arm(n);
		for (int i = 0; i < 50; i++)
			all &= tuya_buf_append_str(&buf, "12345");
		failed = oom_disarm();
		ok(failed && !all && buf.status == TUYA_BUF_NO_MEMORY && buf.len % 5 == 0 &&
		   strlen(buf.data) == buf.len && buf.len < 250,
		   "allocation %ld fails: the buffer says so and keeps what it had", n);
		tuya_buf_free(&buf);
	}
}

int
main(void)
{
	test_growth();
	test_failure();
	test_reserve();
	test_no_memory();
	return done_testing();
}
