/*
 * test_rfctime.c
 *		Promises of rfctime.h.
 */
#include "rfctime.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "test.h"

#define US INT64_C(1000000)

static void
is_time(const char *text, int64_t seconds)
{
	int64_t		got = -1;
	bool		taken = tuya_rfctime_parse(text, &got);

	ok(taken && got == seconds * US, "\"%s\" is %" PRId64 " (%s%" PRId64 ")", text, seconds,
	   taken ? "" : "refused ", got);
}

static void
test_forms(void)
{
	is_time("Wed, 20-Feb-2019 02:16:09 GMT", 1550628969);
	is_time("Wed, 20 Feb 2019 02:16:09 GMT", 1550628969);
	is_time("wed, 20-feb-2019 02:16:09 gmt", 1550628969);
	is_time("WED, 20-FEB-2019 02:16:09 UTC", 1550628969);
	is_time("Thu, 01-Jan-1970 00:00:00 GMT", 0);
	is_time("Wed, 31-Dec-1969 23:59:59 GMT", -1);
	is_time("Mon, 01-Jan-0001 00:00:00 GMT", -62135596800);
	is_time("Fri, 31-Dec-9999 23:59:59 GMT", 253402300799);
	is_time("Thu, 29-Feb-2024 23:59:59 GMT", 1709251199);
	is_time("Tue, 29-Feb-2000 00:00:00 GMT", 951782400);
	is_time("Sat, 31-Dec-2016 23:59:60 GMT", 1483228800);
}

static void
test_others(void)
{
	static const char *const texts[] = {
		"", " ", "now", "infinity", "Wed", "Wed, 20-Feb-2019", "Wed, 20-Feb-2019 02:16:09",
		"Wed, 20-Feb-2019 02:16 GMT", "20-Feb-2019 02:16:09 GMT", "Wed 20-Feb-2019 02:16:09 GMT",
		"Wed,20-Feb-2019 02:16:09 GMT", "Wed, 20-Feb 2019 02:16:09 GMT", "Wed, 20 Feb-2019 02:16:09 GMT",
		"Wed, 20/Feb/2019 02:16:09 GMT", "Wed, 20-02-2019 02:16:09 GMT", "Wed, 20-Feb-19 02:16:09 GMT",
		"Wednesday, 20-Feb-19 02:16:09 GMT", "Wed Feb 20 02:16:09 2019", "Sat, 2-Feb-2019 02:16:09 GMT",
		"Sat,  2-Feb-2019 02:16:09 GMT", "Wed, 20-Feb-2019 2:16:09 GMT", "Wed, 20-Feb-2019  02:16:09 GMT",
		"Wed, 20-Feb-2019T02:16:09 GMT", "Wed, 20-Feb-2019 02:16:09.5 GMT", "Wed, 20-Feb-2019 02-16-09 GMT",
		"Wed, 20-Feb-2019 02:16:09 +0000", "Wed, 20-Feb-2019 02:16:09 PST", "Wed, 20-Feb-2019 02:16:09 GMT ",
		" Wed, 20-Feb-2019 02:16:09 GMT", "Wed, 20-Feb-2019 02:16:09 GMT\n", "Wed, 20-Feb-2019 02:16:09 GMT+1",
		/* another day of the week */
		"Tue, 20-Feb-2019 02:16:09 GMT", "Thu, 20-Feb-2019 02:16:09 GMT", "Foo, 20-Feb-2019 02:16:09 GMT",
		/* no such day, month, year, time */
		"Fri, 29-Feb-2019 00:00:00 GMT", "Thu, 29-Feb-1900 00:00:00 GMT", "Wed, 00-Feb-2019 00:00:00 GMT",
		"Wed, 32-Jan-2019 00:00:00 GMT", "Wed, 31-Apr-2019 00:00:00 GMT", "Wed, 20-Foo-2019 00:00:00 GMT",
		"Wed, 20-Mai-2019 00:00:00 GMT", "Sat, 01-Jan-0000 00:00:00 GMT", "Sat, 01-Jan-10000 00:00:00 GMT",
		"Wed, 20-Feb--019 00:00:00 GMT", "Wed, 20-Feb-+019 00:00:00 GMT", "Wed, 20-Feb-2019 24:00:00 GMT",
		"Wed, 20-Feb-2019 23:60:00 GMT", "Wed, 20-Feb-2019 02:16:60 GMT", "Wed, 20-Feb-2019 23:59:61 GMT",
		"Wed, 20-Feb-2019 -2:16:09 GMT",
		/* the other forms */
		"2019-02-20T02:16:09Z", "1550628969000", "1550628969",
		"\xD0\xA1\xD1\x80, 20-Feb-2019 02:16:09 GMT", "Wed, 20\xE2\x80\x93" "Feb\xE2\x80\x93" "2019 02:16:09 GMT"
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ok(!tuya_rfctime_parse(texts[i], &(int64_t) {0}), "\"%s\" is not a time", texts[i]);
}

/* Every day of 9999 years, as the C library writes it, and with no other day of the week. */
static void
test_days(void)
{
	long		wrong = 0;

	for (int64_t day = -719162; sizeof(time_t) > 4 && day <= 2932896; day++)
	{
		static const char *const names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
		time_t		t = (time_t) (day * 86400 + 8049);
		struct tm	tm;
		char		date[64];
		char		text[80];
		int64_t		us;
		int			taken = 0;

		(void) gmtime_r(&t, &tm);
		(void) strftime(date, sizeof(date), "%b", &tm);
		for (int weekday = 0; weekday < 7; weekday++)
		{
			snprintf(text, sizeof(text), "%s, %02d-%s-%04d 02:14:09 GMT", names[weekday], tm.tm_mday,
					 date, tm.tm_year + 1900);
			if (!tuya_rfctime_parse(text, &us))
				continue;
			taken++;
			wrong += us != t * US || weekday != tm.tm_wday;
		}
		wrong += taken != 1;
	}
	ok(wrong == 0, "all days of 9999 years, each of one day of the week (%ld wrong)", wrong);
}

/* Exactly the bytes of the text are read. */
static void
test_ends(void)
{
	const char *text = "Wed, 20-Feb-2019 02:16:09 GMT";
	bool		right = true;

	for (size_t len = 0; len <= strlen(text); len++)
	{
		char	   *copy = malloc(len + 1);

		memcpy(copy, text, len);
		copy[len] = '\0';
		right &= tuya_rfctime_parse(copy, &(int64_t) {0}) == (len == strlen(text));
		free(copy);
	}
	ok(right, "a time that is cut is none");
}

int
main(void)
{
	test_forms();
	test_others();
	test_days();
	test_ends();
	return done_testing();
}
