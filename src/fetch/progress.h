/*
 * progress.h
 *		What the statement that a backend runs has done so far, for others to see.
 *
 * One for each server, shown as long as any execution of the backend uses it.  What several
 * executions of one statement do, as those of functions, adds up, whichever user mappings
 * they ask with, and whether the fetcher is the same or another one since options were
 * altered.  A table of a fixed size in shared memory (util/shared); what finds no place is
 * not seen.
 */
#ifndef TUYA_PROGRESS_H
#define TUYA_PROGRESS_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "lib/ilist.h"
#include "port/atomics.h"

#include "fetch/account.h"
#include "fetch/metric.h"

/* What the backend does. */
typedef enum TuyaPhase
{
	TUYA_PHASE_READING,			/* it does not wait in here */
	TUYA_PHASE_REPLY,			/* it waits for a reply, */
	TUYA_PHASE_RATE_LIMIT,		/* for the rate limit, */
	TUYA_PHASE_BACK_OFF			/* to send a request again */
} TuyaPhase;

typedef struct TuyaProgressEntry TuyaProgressEntry;

/* One writer, the backend. */
typedef struct TuyaProgress
{
	dlist_node	known;			/* in this backend's */
	dlist_node	node;			/* while entry is not NULL */
	Oid			server_id;
	int			users;			/* fetchers that executions use */
	TuyaProgressEntry *entry;	/* NULL: nothing is shown */
	TimestampTz statement_start;
	int64		count[TUYA_METRICS_OF_PROGRESS];
	int64		done;			/* of TUYA_METRIC_LOOKUPS, those that have all their rows */
	int64		rows_out;		/* handed out to plans */
} TuyaProgress;

/* What an entry says. */
typedef struct TuyaProgressRow
{
	int			pid;
	Oid			database_id;
	Oid			user_id;		/* the session's */
	char		server_name[NAMEDATALEN];
	TuyaPhase	phase;
	TimestampTz statement_start;
	int64		count[TUYA_METRICS_OF_PROGRESS];
	int64		done;
	int64		rows_out;
} TuyaProgressRow;

/* From _PG_init(). */
extern void tuya_progress_install(void);

/* The server's, which lives as long as the backend.  Throws. */
extern TuyaProgress *tuya_progress_get(Oid server_id);

/*
 * Shows it: one fetcher more is used from now on.  It goes on from where it is, if it was
 * shown before of the same statement.  Never throws.
 */
extern void tuya_progress_begin(TuyaProgress *progress, const TuyaRemoteId *remote);

/* The fetcher is used no more.  Never throws. */
extern void tuya_progress_end(TuyaProgress *progress);

/* Adds n, which is negative only of TUYA_METRIC_IN_FLIGHT; cheap, as those that follow. */
extern void tuya_progress_add(TuyaProgress *progress, TuyaMetric metric, int64 n);
extern void tuya_progress_add_done(TuyaProgress *progress);
extern void tuya_progress_add_row(TuyaProgress *progress);

/* The phase of all that is shown of this backend. */
extern void tuya_progress_set_phase(TuyaPhase phase);

/* The entries of all backends: from *place = 0 on, the next; false if there is none. */
extern bool tuya_progress_read(int *place, TuyaProgressRow *row);

#endif							/* TUYA_PROGRESS_H */
