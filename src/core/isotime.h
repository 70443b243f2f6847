/*
 * isotime.h
 *		A time of the API's: ISO 8601 in one of a few forms, and nothing else.
 *
 * PostgreSQL's own input functions take far more than that ("now", 12/09/2024)
 * and read some of it by the session's settings, so that what a reply means
 * would depend on who reads it.  Siblings: rfctime.h, mstime.h.
 */
#ifndef TUYA_ISOTIME_H
#define TUYA_ISOTIME_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Sets *us to the microseconds since 1970 in UTC, negative before, that a
 * NUL-terminated text tells; false if it is not a time.  Never throws.
 *
 *		YYYY-MM-DD, then T, or a space, or a space and T, then hh:mm, then
 *		perhaps :ss, then perhaps a point or comma and any number of digits,
 *		then Z, +hh:mm, +hhmm, +hh or the same with -, or nothing.  T and Z may be
 *		lower case.  Nothing stands before or behind.
 *
 * Without a zone it is UTC, as the names of the API's fields say.  Years are 0001
 * to 9999, offsets below 24 hours.  24:00:00 is the midnight that ends
 * the day.  A leap second ends a day of UTC and is the second that follows it.
 * Digits beyond the microsecond are rounded, half of one up.
 */
extern bool tuya_isotime_parse(const char *text, int64_t *us);

/*
 * Days from 1970-01-01 to a day of the Gregorian calendar; years from 1, months from 1 to
 * 12.  timegm() cannot tell those after 2038 where time_t has 32 bits.
 */
extern int64_t tuya_isotime_days(int year, int month, int day);

/* Days of that month. */
extern int	tuya_isotime_days_of_month(int year, int month);

#endif							/* TUYA_ISOTIME_H */
