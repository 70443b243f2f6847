/*
 * meter.h
 *		Counts what a fetcher does: for the statistics, and for what is shown of the statement.
 *
 * A meter goes with its fetcher.  Nothing that counts throws or takes a lock, but for errors.
 */
#ifndef TUYA_METER_H
#define TUYA_METER_H

#include "postgres.h"

#include "lib/ilist.h"

#include "failure/failure.h"
#include "fetch/progress.h"
#include "fetch/stats.h"

typedef struct TuyaMeter
{
	dlist_node	node;			/* in this backend's, while stats is attached */
	TuyaStats  *stats;
	TuyaProgress *progress;		/* its server's */
	bool		shows;			/* it is one of progress->users */
	int64		in_flight;
} TuyaMeter;

/*
 * A new meter, in zeroed memory.  Throws, and then leaves nothing.  To be ended, or else
 * it ends with the backend.
 */
extern void tuya_meter_begin(TuyaMeter *meter, const TuyaRemoteId *remote, const uint8 *account,
							 int rate_limit);
extern void tuya_meter_end(TuyaMeter *meter);

/* Executions use the fetcher from now on, or no more.  Never throw. */
extern void tuya_meter_show(TuyaMeter *meter, const TuyaRemoteId *remote);
extern void tuya_meter_hide(TuyaMeter *meter);

/* Adds n, which is negative only of TUYA_METRIC_IN_FLIGHT. */
extern void tuya_meter_add(TuyaMeter *meter, TuyaMetric metric, int64 n);

/* Requests that this backend has sent since it began. */
extern int64 tuya_meter_requests(void);

/* A reply has come, after so long. */
extern void tuya_meter_add_reply(TuyaMeter *meter, int64 us);

/* An attempt has come to an error of that class, not TUYA_COUNT_NONE; about: or NULL. */
extern void tuya_meter_add_error(TuyaMeter *meter, TuyaErrorCount class,
								 const TuyaFailure *failure, const char *about);

#endif							/* TUYA_METER_H */
