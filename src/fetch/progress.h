/*
 * progress.h
 *		What the statement that a backend runs has done so far, for others to see.
 *
 * One for each remote that is used, as long as any execution of the backend uses it.  What
 * several executions of one statement do, as those of functions, adds up.  A table of a
 * fixed size in shared memory (util/shared); what finds no place is not seen.
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
	dlist_node	node;			/* while entry is not NULL */
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

/*
 * Shows it: some execution uses the remote from now on.  It goes on from where it is, if it
 * was shown before of the same statement.  Throws only at the backend's first time.
 */
extern void tuya_progress_begin(TuyaProgress *progress, const TuyaRemoteId *remote);

/* No execution does any more; may be called again.  Never throws. */
extern void tuya_progress_end(TuyaProgress *progress);

/* What of it has changed is shown; cheap. */
extern void tuya_progress_show(const TuyaProgress *progress, TuyaMetric metric);
extern void tuya_progress_add_done(TuyaProgress *progress);
extern void tuya_progress_add_row(TuyaProgress *progress);

/* The phase of all that is shown of this backend. */
extern void tuya_progress_set_phase(TuyaPhase phase);

/* The entries of all backends: from *place = 0 on, the next; false if there is none. */
extern bool tuya_progress_read(int *place, TuyaProgressRow *row);

#endif							/* TUYA_PROGRESS_H */
