/*
 * fuzz_isotime.c
 *		What is a time of the API's, and which.
 *
 * The input is the text.  It is held against isotime.h in other means: a regular
 * expression and timegm().
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "isotime.h"

#define US INT64_C(1000000)

static const char *const form =
	"^([0-9]{4})-([0-9]{2})-([0-9]{2})( |T|t| T| t)([0-9]{2}):([0-9]{2})(:([0-9]{2})([.,]([0-9]+))?)?"
	"(Z|z|([+-])([0-9]{2})(:?([0-9]{2}))?)?$";

/* Where in the form each part stands. */
enum
{
	YEAR = 1, MONTH, DAY, HOUR = 5, MINUTE, SECOND = 8, FRACTION = 10, SIGN = 12, HOURS, MINUTES = 15,
	PARTS
};

/* Microseconds, half of one rounded up. */
static int
fraction(const char *text, const regmatch_t *part)
{
	char		digits[8] = "0000000";

	for (int i = 0; part->rm_so >= 0 && i < 7 && part->rm_so + i < part->rm_eo; i++)
		digits[i] = text[part->rm_so + i];
	return (atoi(digits) + 5) / 10;
}

static bool
slow_parse(const char *text, int64_t *us)
{
	regmatch_t	part[PARTS];
	struct tm	tm = {0};
	struct tm	there;
	int			hours;
	int			minutes;
	int64_t		seconds;

	if (!fuzz_match(form, 0, text, part, PARTS))
		return false;
	tm.tm_year = fuzz_number(text, &part[YEAR]) - 1900;
	tm.tm_mon = fuzz_number(text, &part[MONTH]) - 1;
	tm.tm_mday = fuzz_number(text, &part[DAY]);
	tm.tm_hour = fuzz_number(text, &part[HOUR]);
	tm.tm_min = fuzz_number(text, &part[MINUTE]);
	tm.tm_sec = fuzz_number(text, &part[SECOND]);
	*us = fraction(text, &part[FRACTION]);
	hours = fuzz_number(text, &part[HOURS]);
	minutes = fuzz_number(text, &part[MINUTES]);
	if (tm.tm_year < 1 - 1900 || hours > 23 || minutes > 59 || tm.tm_sec > 60)
		return false;
	there = tm;
	seconds = timegm(&there);

	/* what timegm() had to put right was no time, but for an end of a day */
	if (tm.tm_hour == 24 && (tm.tm_min > 0 || tm.tm_sec > 0 || *us > 0))
		return false;
	if (tm.tm_hour < 24 && tm.tm_sec < 60 &&
		(there.tm_mday != tm.tm_mday || there.tm_hour != tm.tm_hour || there.tm_min != tm.tm_min))
		return false;
	there = tm;
	there.tm_hour = there.tm_min = there.tm_sec = 0;
	(void) timegm(&there);
	if (there.tm_mday != tm.tm_mday || there.tm_mon != tm.tm_mon || tm.tm_hour > 24 || tm.tm_min > 59)
		return false;
	if (part[SIGN].rm_so >= 0)
		seconds -= (text[part[SIGN].rm_so] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	if (tm.tm_sec == 60 && seconds % 86400 != 0)
		return false;
	*us += seconds * US;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t		got = 0;

	CHECK(!fuzz_time((FuzzInput) {data, size}, tuya_isotime_parse, slow_parse, &got) ||
		  (got >= INT64_C(-62135683200) * US && got <= INT64_C(253402387201) * US));
	return 0;
}
