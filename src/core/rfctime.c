/*
 * rfctime.c
 *		A time in RFC 1123's form, with dashes; see rfctime.h.
 *
 * Each of its parts stands in one place, so that only these need be looked at once the
 * text is known to have the form.
 */
#include "rfctime.h"

#include <stddef.h>
#include <string.h>

#include "ascii.h"
#include "isotime.h"

#define US_PER_SECOND INT64_C(1000000)
#define SECONDS_PER_DAY 86400

/* a: a letter; 0: a digit; what else there is stands for itself, but '-' for a blank, too. */
static const char form[] = "aaa, 00-aaa-0000 00:00:00 aaa";

enum
{
	WEEKDAY = 0, DAY = 5, DAY_END = 7, MONTH = 8, MONTH_END = 11, YEAR = 12, HOUR = 17, MINUTE = 20,
	SECOND = 23, ZONE = 26
};

static const char *const weekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};
static const char *const months[] = {
	"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", NULL
};
static const char *const zones[] = {"gmt", "utc", NULL};

static bool
fits(char wanted, char c)
{
	switch (wanted)
	{
		case 'a':
			return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		case '0':
			return c >= '0' && c <= '9';
		case '-':
			return c == '-' || c == ' ';
		default:
			return c == wanted;
	}
}

static bool
has_form(const char *text)
{
	for (size_t i = 0; i < sizeof(form) - 1; i++)
	{
		if (!fits(form[i], text[i]))
			return false;
	}
	return text[sizeof(form) - 1] == '\0' && text[DAY_END] == text[MONTH_END];
}

/* Which of the names stands there, from 0; -1: none. */
static int
name_at(const char *text, const char *const *names)
{
	char		name[4] = {text[0], text[1], text[2], '\0'};

	for (int i = 0; names[i] != NULL; i++)
	{
		if (tuya_ascii_same(name, names[i]))
			return i;
	}
	return -1;
}

static int
number_at(const char *text, int ndigits)
{
	int			number = 0;

	for (int i = 0; i < ndigits; i++)
		number = number * 10 + (text[i] - '0');
	return number;
}

/* Days from 1970-01-01; false if there is no such day, or it is another one of the week. */
static bool
read_day(const char *text, int64_t *days)
{
	int			year = number_at(text + YEAR, 4);
	int			month = name_at(text + MONTH, months) + 1;
	int			day = number_at(text + DAY, 2);

	if (year < 1 || month < 1 || day < 1 || day > tuya_isotime_days_of_month(year, month))
		return false;
	*days = tuya_isotime_days(year, month, day);
	/* 1970-01-01 was a Thursday; days may be negative */
	return name_at(text + WEEKDAY, weekdays) == (int) ((*days % 7 + 7 + 4) % 7);
}

bool
tuya_rfctime_parse(const char *text, int64_t *us)
{
	int64_t		days;
	int			hour;
	int			minute;
	int			second;

	if (!has_form(text) || name_at(text + ZONE, zones) < 0 || !read_day(text, &days))
		return false;
	hour = number_at(text + HOUR, 2);
	minute = number_at(text + MINUTE, 2);
	second = number_at(text + SECOND, 2);
	if (hour > 23 || minute > 59 || second > 60 || (second == 60 && (hour != 23 || minute != 59)))
		return false;
	*us = (days * SECONDS_PER_DAY + (hour * 60 + minute) * 60 + second) * US_PER_SECOND;
	return true;
}
