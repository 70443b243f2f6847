/*
 * fuzz_mstime.c
 *		What is a time in milliseconds, and which.
 *
 * The input is the text.  It is held against mstime.h in other means: a regular
 * expression, strtoll() and gmtime().
 */
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "mstime.h"

static bool
slow_parse(const char *text, int64_t *us)
{
	struct tm	tm;
	int64_t		ms;
	time_t		seconds;

	if (!fuzz_match("^-?[0-9]+$", 0, text, NULL, 0))
		return false;
	errno = 0;
	ms = strtoll(text, NULL, 10);
	seconds = (time_t) (ms / 1000 - (ms % 1000 < 0));
	if (errno != 0 || gmtime_r(&seconds, &tm) == NULL || tm.tm_year < 1 - 1900 || tm.tm_year > 9999 - 1900)
		return false;
	*us = ms * 1000;
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void) fuzz_time((FuzzInput) {data, size}, tuya_mstime_parse, slow_parse, &(int64_t) {0});
	return 0;
}
