/*
 * fuzz_rfctime.c
 *		What is a time in RFC 1123's form, and which.
 *
 * The input is the text.  It is held against rfctime.h in other means: a regular
 * expression and timegm().
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "rfctime.h"

#define US INT64_C(1000000)

static const char *const form =
	"^(sun|mon|tue|wed|thu|fri|sat), ([0-9]{2})([- ])(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)([- ])"
	"([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) (gmt|utc)$";

/* Where in the form each part stands. */
enum
{
	WEEKDAY = 1, DAY, BEFORE_MONTH, MONTH, BEHIND_MONTH, YEAR, HOUR, MINUTE, SECOND, ZONE,
	PARTS
};

/* The name there, of those of three letters; its number from 0. */
static int
name(const char *text, const regmatch_t *part, const char *names)
{
	for (int i = 0; names[3 * i] != '\0'; i++)
	{
		if (strncasecmp(text + part->rm_so, names + 3 * i, 3) == 0)
			return i;
	}
	abort();
}

static bool
slow_parse(const char *text, int64_t *us)
{
	regmatch_t	part[PARTS];
	struct tm	tm = {0};
	struct tm	day;
	struct tm	there;

	if (!fuzz_match(form, REG_ICASE, text, part, PARTS) || text[part[BEFORE_MONTH].rm_so] != text[part[BEHIND_MONTH].rm_so])
		return false;
	tm.tm_year = fuzz_number(text, &part[YEAR]) - 1900;
	tm.tm_mon = name(text, &part[MONTH], "janfebmaraprmayjunjulaugsepoctnovdec");
	tm.tm_mday = fuzz_number(text, &part[DAY]);
	day = tm;
	tm.tm_hour = fuzz_number(text, &part[HOUR]);
	tm.tm_min = fuzz_number(text, &part[MINUTE]);
	tm.tm_sec = fuzz_number(text, &part[SECOND]);
	there = tm;
	*us = timegm(&there) * US;

	/* what timegm() had to put right was no time, but for the end of a day */
	(void) timegm(&day);
	if (tm.tm_year < 1 - 1900 || day.tm_mday != tm.tm_mday || day.tm_mon != tm.tm_mon ||
		day.tm_wday != name(text, &part[WEEKDAY], "sunmontuewedthufrisat"))
		return false;
	if (tm.tm_sec == 60)
		return there.tm_hour == 0 && there.tm_min == 0 && tm.tm_hour == 23 && tm.tm_min == 59;
	return there.tm_hour == tm.tm_hour && there.tm_min == tm.tm_min && there.tm_sec == tm.tm_sec;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t		got = 0;

	CHECK(!fuzz_time((FuzzInput) {data, size}, tuya_rfctime_parse, slow_parse, &got) ||
		  (got >= INT64_C(-62135596800) * US && got <= INT64_C(253402300800) * US));
	return 0;
}
