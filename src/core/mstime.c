/*
 * mstime.c
 *		A time as milliseconds since 1970; see mstime.h.
 */
#include "mstime.h"

#define US_PER_MS 1000

/* 0001-01-01, and the last of 9999. */
#define MS_MIN INT64_C(-62135596800000)
#define MS_MAX INT64_C(253402300799999)

bool
tuya_mstime_parse(const char *text, int64_t *us)
{
	bool		negative = *text == '-';
	const char *digit = text + negative;
	int64_t		ms = 0;

	if (*digit == '\0')
		return false;
	for (; *digit != '\0'; digit++)
	{
		if (*digit < '0' || *digit > '9' || ms > MS_MAX / 10)
			return false;
		ms = ms * 10 + (*digit - '0');
	}
	if (negative)
		ms = -ms;
	*us = ms * US_PER_MS;
	return ms >= MS_MIN && ms <= MS_MAX;
}
