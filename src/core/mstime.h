/*
 * mstime.h
 *		A time as some fields of the API have it: milliseconds since 1970.
 *
 * Siblings: isotime.h, rfctime.h.
 */
#ifndef TUYA_MSTIME_H
#define TUYA_MSTIME_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Sets *us to the microseconds since 1970 in UTC that a NUL-terminated text tells, which is
 * a whole number of milliseconds, negative before 1970; false if it is not a time.  Never
 * throws.  Years are 0001 to 9999, as of the siblings: others are seconds or microseconds.
 */
extern bool tuya_mstime_parse(const char *text, int64_t *us);

#endif							/* TUYA_MSTIME_H */
