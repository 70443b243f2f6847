/*
 * times.c
 *		The forms that times have in replies.
 */
#include "times.h"

#include <time.h>

/* Decimal digits, for printf took half the time of a large page. */
static char *
put_digits(char *to, int64_t number, int digits)
{
	for (int i = digits - 1; i >= 0; i--)
	{
		to[i] = (char) ('0' + number % 10);
		number /= 10;
	}
	return to + digits;
}

/* 2024-01-01T00:00 */
static char *
put_minute(char *to, const struct tm *tm)
{
	to = put_digits(to, tm->tm_year + 1900, 4);
	*to++ = '-';
	to = put_digits(to, tm->tm_mon + 1, 2);
	*to++ = '-';
	to = put_digits(to, tm->tm_mday, 2);
	*to++ = 'T';
	to = put_digits(to, tm->tm_hour, 2);
	*to++ = ':';
	return put_digits(to, tm->tm_min, 2);
}

static struct tm
broken_down(int64_t ms)
{
	time_t		seconds = ms / 1000;
	struct tm	tm;

	gmtime_r(&seconds, &tm);
	return tm;
}

void
time_iso(Buf *out, int64_t ms)
{
	struct tm	tm = broken_down(ms);
	char		text[32];
	char	   *to = put_minute(text, &tm);

	*to++ = ':';
	to = put_digits(to, tm.tm_sec, 2);
	*to++ = '.';
	to = put_digits(to, ms % 1000, 3);
	*to++ = 'Z';
	buf_append(out, text, (size_t) (to - text));
}

void
time_minutes(Buf *out, int64_t ms)
{
	struct tm	tm = broken_down(ms);
	char		text[32];
	char	   *to = put_minute(text, &tm);

	*to++ = 'Z';
	buf_append(out, text, (size_t) (to - text));
}

/* Not by strftime, whose names follow the locale. */
void
time_rfc(Buf *out, int64_t ms)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm	tm = broken_down(ms);

	buf_printf(out, "%.3s, %02d-%.3s-%04d %02d:%02d:%02d GMT", days + 3 * tm.tm_wday,
			   tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900,
			   tm.tm_hour, tm.tm_min, tm.tm_sec);
}
