/*
 * rfctime.h
 *		A time as some fields of the API have it: RFC 1123's form with dashes in the date.
 *
 * Siblings: isotime.h, mstime.h.  Which of them a field has is the field's, not to be
 * guessed from a value.
 */
#ifndef TUYA_RFCTIME_H
#define TUYA_RFCTIME_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Sets *us to the microseconds since 1970 in UTC, negative before, that a
 * NUL-terminated text tells; false if it is not a time.  Never throws.
 *
 *		Wed, 20-Feb-2019 02:16:09 GMT
 *
 * With blanks instead of both dashes it is RFC 1123's own.  The names of days, months and
 * the zone, which is GMT or UTC, are English, in any case.  A day that is not that day of
 * the week is none, for it is not known which of them is right.  Years are 0001 to 9999.
 * A leap second ends a day, and is the second that follows it.
 */
extern bool tuya_rfctime_parse(const char *text, int64_t *us);

#endif							/* TUYA_RFCTIME_H */
