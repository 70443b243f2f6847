/*
 * stats.h
 *		The statistics of each user mapping, over all backends.
 *
 * A table of a fixed size in shared memory (util/shared), so where there is none of that
 * each backend has its own.  Whoever uses a mapping attaches to its slot and counts there
 * with atomic additions, without a lock.
 */
#ifndef TUYA_STATS_H
#define TUYA_STATS_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "port/atomics.h"

#include "fetch/account.h"
#include "fetch/metric.h"

/* The text of the last error is cut to this many bytes, with its NUL. */
#define STATS_ERROR_BYTES 256

/* What is counted without a lock. */
typedef struct TuyaStats
{
	pg_atomic_uint64 count[TUYA_METRICS];
	pg_atomic_uint64 reply_us_max;
} TuyaStats;

/* What is known of a mapping beside what is counted. */
typedef struct TuyaStatsNotes
{
	uint8		account[TUYA_ASKER_BYTES];	/* of who attached last */
	int			rate_limit;		/* the server option, likewise */
	TimestampTz since;			/* counted from then on */
	TimestampTz error_time;		/* 0: there was no error */
	char		error[STATS_ERROR_BYTES];
} TuyaStatsNotes;

/* What a slot says, at one time or nearly so. */
typedef struct TuyaStatsRow
{
	Oid			mapping_id;
	Oid			server_id;
	Oid			user_id;		/* InvalidOid: PUBLIC */
	TuyaStatsNotes notes;
	int64		count[TUYA_METRICS];
	int64		reply_us_max;
} TuyaStatsRow;

/* From _PG_init(). */
extern void tuya_stats_install(void);

/*
 * Where that remote is counted, until tuya_stats_detach().  Never NULL: if all slots are
 * attached to it counts where nobody sees it.  Throws only at the backend's first time.
 */
extern TuyaStats *tuya_stats_attach(const TuyaRemoteId *remote, const uint8 *account,
									int rate_limit);

/* Who counted there does so no more, and takes back what it has in flight.  Never throws. */
extern void tuya_stats_detach(TuyaStats *stats, int64 in_flight);

/* The text is in the database's encoding. */
extern void tuya_stats_set_error(TuyaStats *stats, const char *text);

/* Whether they are those of all backends. */
extern bool tuya_stats_are_shared(void);

/* The slots of the current database: from *place = 0 on, the next; false if there is none. */
extern bool tuya_stats_read(int *place, TuyaStatsRow *row);

/* Counts anew for that server of the current database, or for all: InvalidOid. */
extern void tuya_stats_reset(Oid server_id);

#endif							/* TUYA_STATS_H */
