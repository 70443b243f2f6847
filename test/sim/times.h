/*
 * times.h
 *		The forms that times have in replies.
 */
#ifndef SIM_TIMES_H
#define SIM_TIMES_H

#include <stdint.h>

#include "buf.h"

#define MS_SECOND INT64_C(1000)
#define MS_MINUTE INT64_C(60000)
#define MS_HOUR INT64_C(3600000)
#define MS_DAY INT64_C(86400000)
#define MS_2024 INT64_C(1704067200000)

/* Each appends the time, in milliseconds since 1970. */
void		time_iso(Buf *out, int64_t ms); /* 2024-01-01T00:00:00.000Z */
void		time_minutes(Buf *out, int64_t ms); /* 2024-01-01T00:00Z */
void		time_rfc(Buf *out, int64_t ms); /* Mon, 01-Jan-2024 00:00:00 GMT */

#endif
