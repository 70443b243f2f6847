/*
 * test_isotime.c
 *		Promises of isotime.h.
 */
#include "isotime.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "test.h"

#define US INT64_C(1000000)

static void
is_time(const char *text, int64_t seconds, int us)
{
	int64_t		got = -1;
	bool		taken = tuya_isotime_parse(text, &got);

	ok(taken && got == seconds * US + us, "\"%s\" is %" PRId64 ".%06d (%s%" PRId64 ")", text,
	   seconds, us, taken ? "" : "refused ", got);
}

static void
is_none(const char *text)
{
	int64_t		got;

	ok(!tuya_isotime_parse(text, &got), "\"%s\" is not a time", text);
}

static void
test_forms(void)
{
	int64_t		t = 1726128882;

	is_time("2024-09-12T08:14:42.214Z", t, 214000);
	is_time("2024-09-12T08:14:42.214", t, 214000);
	is_time("2024-09-12 T08:14:42.214Z", t, 214000);
	is_time("2024-09-12 08:14:42.214Z", t, 214000);
	is_time("2024-09-12 08:14:42", t, 0);
	is_time("2024-09-12t08:14:42z", t, 0);
	is_time("2024-09-12T08:14Z", t - 42, 0);
	is_time("2024-09-12T16:14:42+08:00", t, 0);
	is_time("2024-09-12T16:14:42+0800", t, 0);
	is_time("2024-09-12T16:14:42+08", t, 0);
	is_time("2024-09-12T16:14+08", t - 42, 0);
	is_time("2024-09-12T02:44:42.5-05:30", t, 500000);
	is_time("2024-09-12T08:14:42-00:00", t, 0);
	is_time("2024-09-13T08:13:42+23:59", t, 0);
}

static void
test_fractions(void)
{
	int64_t		t = 1726128882;

	is_time("2024-09-12T08:14:42.2Z", t, 200000);
	is_time("2024-09-12T08:14:42,214Z", t, 214000);
	is_time("2024-09-12T08:14:42.214159Z", t, 214159);
	is_time("2024-09-12T08:14:42.2141594999Z", t, 214159);
	is_time("2024-09-12T08:14:42.2141595Z", t, 214160);
	is_time("2024-09-12T08:14:42.9999995Z", t + 1, 0);
	is_time("2023-12-31T23:59:59.99999950000000000000000000000000000000000000Z", 1704067200, 0);
	is_time("2024-09-12T08:14:42.00000000000000000000000000000000000000000009+00", t, 0);
	is_none("2024-09-12T08:14:42.Z");
	is_none("2024-09-12T08:14:42.");
	is_none("2024-09-12T08:14.5Z");
	is_none("2024-09-12T08:14:42.-1Z");
}

static void
test_bounds(void)
{
	is_time("1970-01-01T00:00:00Z", 0, 0);
	is_time("1969-12-31T23:59:59.5Z", -1, 500000);
	is_time("0001-01-01T00:00:00Z", -62135596800, 0);
	is_time("0001-01-01T00:00:00+08:00", -62135596800 - 28800, 0);
	is_time("9999-12-31T23:59:59.999999Z", 253402300799, 999999);
	is_time("2024-02-29T23:59:59Z", 1709251199, 0);
	is_time("2000-02-29T00:00:00Z", 951782400, 0);
	is_time("2024-12-31T24:00:00.000Z", 1735689600, 0);
	is_time("2016-12-31T23:59:60Z", 1483228800, 0);
	is_time("2017-01-01T07:59:60.25+08:00", 1483228800, 250000);
	is_none("0000-01-01T00:00:00Z");
	is_none("2023-02-29T00:00:00Z");
	is_none("1900-02-29T00:00:00Z");
	is_none("2024-04-31T00:00:00Z");
	is_none("2024-00-10T00:00:00Z");
	is_none("2024-13-10T00:00:00Z");
	is_none("2024-01-00T00:00:00Z");
	is_none("2024-01-01T24:00:01Z");
	is_none("2024-01-01T24:00:00.1Z");
	is_none("2024-01-01T25:00:00Z");
	is_none("2024-01-01T00:60:00Z");
	is_none("2024-01-01T00:00:61Z");
	is_none("2024-01-01T08:14:60Z");
	is_none("2024-01-01T00:00:00+24:00");
	is_none("2024-01-01T00:00:00+08:60");
}

static void
test_others(void)
{
	static const char *const texts[] = {
		"", " ", "now", "today", "infinity", "-infinity", "epoch", "NaN", "null", "allballs",
		"2024-09-12", "2024-09-12T", "2024-09-12T08", "2024-09-12T08Z", "08:14:42", "T08:14:42Z",
		"2024-W37-4T08:14:42Z", "2024-256T08:14:42Z", "20240912T081442Z", "2024-09-12T081442Z",
		"12/09/2024 08:14:42Z", "2024/09/12 08:14:42", "12-09-2024 08:14:42", "24-09-12T08:14:42Z",
		"+2024-09-12T08:14:42Z", "-2024-09-12T08:14:42Z", "12024-09-12T08:14:42Z",
		"2024-9-12T08:14:42Z", "2024-09-12T8:14:42Z", "2024-09-12T08:14:42 Z", "2024-09-12T08:14:42ZZ",
		"2024-09-12  08:14:42Z", "2024-09-12T 08:14:42Z", "2024-09-12TT08:14:42Z",
		"2024-09-12\t08:14:42Z", " 2024-09-12T08:14:42Z", "2024-09-12T08:14:42Z ",
		"2024-09-12T08:14:42UTC", "2024-09-12T08:14:42 Asia/Shanghai",
		"2024-09-12T08:14:42+8", "2024-09-12T08:14:42+8:00", "2024-09-12T08:14:42+08:0",
		"2024-09-12T08:14:42+080", "2024-09-12T08:14:42+08:00:00", "2024-09-12T08:14:42+",
		"2024-09-12T08:14:42+08:", "2024-09-12T08:14:42Z+08:00", "2024-09-12T08:14:42Z BC",
		"2024-09-12T08:14:42 BC", "2024-09-12T08:14:42 PM", "1726128882214", "1726128882", "1726128882.214",
		"J2460566", "Thu, 12 Sep 2024 08:14:42 GMT", "2024-09-12T08:14:42\xE2\x88\x92" "05:00",
		"\xEF\xBC\x92" "024-09-12T08:14:42Z", "2024-09-12T08:14:42Zx", "2024-09-12T08:14:-2Z", "P1D"
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		is_none(texts[i]);
	ok(!tuya_isotime_parse("2024-09-12T08:14:42Z\n", &(int64_t) {0}), "nor is one with a newline behind");
}

/* Every day of the calendar against the C library's, and no other. */
static void
test_days(void)
{
	long		wrong = 0;
	long		days = 0;

	for (int i = 0; i < 10000 * 13 * 33; i++)
	{
		struct tm	tm = {.tm_year = i / (13 * 33) - 1900,.tm_mon = i / 33 % 13 - 1,.tm_mday = i % 33};
		struct tm	there = tm;
		time_t		seconds = timegm(&there);
		bool		real = i >= 13 * 33 && there.tm_mday == tm.tm_mday && there.tm_mon == tm.tm_mon;
		char		text[64];
		int64_t		us;
		bool		taken;

		snprintf(text, sizeof(text), "%04d-%02d-%02dT00:00:00Z", i / (13 * 33), i / 33 % 13, i % 33);
		taken = tuya_isotime_parse(text, &us);
		days += taken;
		/* before 1901 and after 2038 only where time_t can tell */
		if (sizeof(time_t) > 4 && (taken != real || (taken && us != seconds * US)))
			wrong++;
	}
	ok(wrong == 0 && days == 3652059, "all days of 9999 years, and no others (%ld days, %ld wrong)", days, wrong);
}

/* Exactly the bytes of the text are read. */
static void
test_ends(void)
{
	const char *text = "2024-09-12 T08:14:42.214159+08:00";
	bool		right = true;

	for (size_t len = 0; len <= strlen(text); len++)
	{
		char	   *copy = malloc(len + 1);
		int64_t		us;
		/* without seconds, fraction, zone or its minutes it is one, too */
		bool		whole = len == 17 || len == 20 || (len >= 22 && len <= 27) || len == 30 || len == 33;

		memcpy(copy, text, len);
		copy[len] = '\0';
		right &= tuya_isotime_parse(copy, &us) == whole;
		free(copy);
	}
	ok(right, "a time that is cut is a time only where a form ends");
}

int
main(void)
{
	test_forms();
	test_fractions();
	test_bounds();
	test_others();
	test_days();
	test_ends();
	return done_testing();
}
