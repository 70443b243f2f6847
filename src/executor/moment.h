/*
 * moment.h
 *		From a time that a row has to a column of times.
 */
#ifndef TUYA_MOMENT_H
#define TUYA_MOMENT_H

#include "postgres.h"

/* The value of such a column from microseconds since 1970, in UTC. */
typedef Datum (*TuyaMakeTime) (int64 unix_us, int32 typmod);

/* How those of that type are made; NULL if it is no type of times. */
extern TuyaMakeTime tuya_moment_maker(Oid base_type);

/* "2024-09-12T08:14:42.214000Z", whatever the session's settings are; palloc'ed. */
extern char *tuya_moment_as_iso8601(int64 unix_us);

#endif							/* TUYA_MOMENT_H */
