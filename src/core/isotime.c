/*
 * isotime.c
 *		A time of the API's; see isotime.h.
 *
 * Every step takes the text from where the step before has left it, moves it
 * on, and says whether it found what it was looking for.
 */
#include "isotime.h"

#include <stddef.h>

#define US_PER_SECOND INT64_C(1000000)
#define SECONDS_PER_DAY 86400

/* What the text says, before the offset is taken off. */
typedef struct Fields
{
	int			year;
	int			month;
	int			day;
	int			hour;
	int			minute;
	int			second;
	int			us;				/* up to 1000000, when it was rounded up */
	int			offset;			/* seconds east of UTC */
} Fields;

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One of these two characters. */
static bool
take_either(const char **text, char a, char b)
{
	if (**text != a && **text != b)
		return false;
	(*text)++;
	return true;
}

static bool
take(const char **text, char c)
{
	return take_either(text, c, c);
}

/* A number of exactly so many digits, which lies between min and max. */
static bool
take_number(const char **text, int ndigits, int min, int max, int *number)
{
	*number = 0;
	for (int i = 0; i < ndigits; i++)
	{
		if (!is_digit(**text))
			return false;
		*number = *number * 10 + (*(*text)++ - '0');
	}
	return *number >= min && *number <= max;
}

int
tuya_isotime_days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool		leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

static bool
take_date(const char **text, Fields *fields)
{
	return take_number(text, 4, 1, 9999, &fields->year) && take(text, '-') &&
		take_number(text, 2, 1, 12, &fields->month) && take(text, '-') &&
		take_number(text, 2, 1, tuya_isotime_days_of_month(fields->year, fields->month), &fields->day);
}

/* What stands between date and time of day: T, a space, or both. */
static bool
take_separator(const char **text)
{
	bool		space = take(text, ' ');

	return take_either(text, 'T', 't') || space;
}

/* The digits behind a point, of which there must be one. */
static bool
take_fraction(const char **text, int *us)
{
	int			unit = US_PER_SECOND / 10;	/* what the next digit counts; 0: nothing */
	bool		rounds = false;

	if (!is_digit(**text))
		return false;
	for (; is_digit(**text); (*text)++)
	{
		int			digit = **text - '0';

		if (unit > 0)
			*us += digit * unit;
		else if (!rounds)
		{
			*us += digit >= 5;
			rounds = true;
		}
		unit /= 10;
	}
	return true;
}

static bool
take_time_of_day(const char **text, Fields *fields)
{
	if (!take_number(text, 2, 0, 24, &fields->hour) || !take(text, ':') ||
		!take_number(text, 2, 0, 59, &fields->minute))
		return false;
	if (!take(text, ':'))
		return true;
	return take_number(text, 2, 0, 60, &fields->second) &&
		(!take_either(text, '.', ',') || take_fraction(text, &fields->us));
}

/* A zone, or nothing, which is UTC. */
static bool
take_zone(const char **text, Fields *fields)
{
	int			sign = **text == '-' ? -1 : 1;
	int			hours;
	int			minutes = 0;

	if (!take_either(text, '+', '-'))
	{
		(void) take_either(text, 'Z', 'z');
		return true;
	}
	if (!take_number(text, 2, 0, 23, &hours))
		return false;
	if (**text != '\0')
	{
		(void) take(text, ':');
		if (!take_number(text, 2, 0, 59, &minutes))
			return false;
	}
	fields->offset = sign * (hours * 60 + minutes) * 60;
	return true;
}

int64_t
tuya_isotime_days(int year, int month, int day)
{
	int			before = year - 1;	/* whole years since 0001-01-01 */
	int64_t		days = before * INT64_C(365) + before / 4 - before / 100 + before / 400;

	for (int i = 1; i < month; i++)
		days += tuya_isotime_days_of_month(year, i);
	return days + day - 1 - 719162; /* 0001-01-01 to 1970-01-01 */
}

bool
tuya_isotime_parse(const char *text, int64_t *us)
{
	Fields		fields = {0};
	int64_t		seconds;

	if (!take_date(&text, &fields) || !take_separator(&text) ||
		!take_time_of_day(&text, &fields) || !take_zone(&text, &fields) || *text != '\0')
		return false;
	if (fields.hour == 24 && (fields.minute > 0 || fields.second > 0 || fields.us > 0))
		return false;
	seconds = tuya_isotime_days(fields.year, fields.month, fields.day) * SECONDS_PER_DAY +
		(fields.hour * 60 + fields.minute) * 60 + fields.second - fields.offset;
	if (fields.second == 60 && seconds % SECONDS_PER_DAY != 0)
		return false;
	*us = seconds * US_PER_SECOND + fields.us;
	return true;
}
