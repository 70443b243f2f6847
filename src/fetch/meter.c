/*
 * meter.c
 *		Counts what a fetcher does: for the statistics, and for what is shown of the statement.
 *
 * A backend that exits leaves its fetchers as they are.  So its meters end before its
 * shared memory goes; what is still undone after that, as requests that are cancelled by
 * the end of a transaction, counts nowhere.
 */
#include "postgres.h"

#include "fetch/meter.h"

#include "storage/ipc.h"

static dlist_head meters = DLIST_STATIC_INIT(meters);
static int64 requests = 0;		/* of this backend */

/* Nothing counts any more that all backends see. */
static void
end_all(int code, Datum arg)
{
	dlist_mutable_iter iter;

	(void) code;
	(void) arg;
	dlist_foreach_modify(iter, &meters)
	{
		tuya_meter_end(dlist_container(TuyaMeter, node, iter.cur));
	}
}

static void
register_end(void)
{
	static bool registered = false;

	if (!registered)
		before_shmem_exit(end_all, (Datum) 0);
	registered = true;
}

void
tuya_meter_begin(TuyaMeter *meter, const TuyaRemoteId *remote, const uint8 *account,
				 int rate_limit)
{
	register_end();
	meter->progress = tuya_progress_get(remote->server_id);
	meter->stats = tuya_stats_attach(remote, account, rate_limit);
	dlist_push_tail(&meters, &meter->node);
}

void
tuya_meter_end(TuyaMeter *meter)
{
	TuyaStats  *stats = meter->stats;

	if (stats == NULL)
		return;
	meter->stats = NULL;
	dlist_delete(&meter->node);
	tuya_progress_add(meter->progress, TUYA_METRIC_IN_FLIGHT, -meter->in_flight);
	tuya_meter_hide(meter);
	tuya_stats_detach(stats, meter->in_flight);
}

void
tuya_meter_show(TuyaMeter *meter, const TuyaRemoteId *remote)
{
	meter->shows = true;
	tuya_progress_begin(meter->progress, remote);
}

void
tuya_meter_hide(TuyaMeter *meter)
{
	if (meter->shows)
		tuya_progress_end(meter->progress);
	meter->shows = false;
}

void
tuya_meter_add(TuyaMeter *meter, TuyaMetric metric, int64 n)
{
	if (meter->stats == NULL)
		return;
	pg_atomic_fetch_add_u64(&meter->stats->count[metric], n);
	if (metric == TUYA_METRIC_IN_FLIGHT)
		meter->in_flight += n;
	if (metric == TUYA_METRIC_REQUESTS)
		requests += n;
	if (metric < TUYA_METRICS_OF_PROGRESS)
		tuya_progress_add(meter->progress, metric, n);
}

int64
tuya_meter_requests(void)
{
	return requests;
}

/* Which of the classes of TUYA_REPLY_TIMES. */
static int
reply_time_class(int64 us)
{
	int			class = 0;

	for (int64 ms = us / 1000; ms > 0 && class < TUYA_REPLY_TIMES - 1; ms >>= 1)
		class++;
	return class;
}

void
tuya_meter_add_reply(TuyaMeter *meter, int64 us)
{
	pg_atomic_uint64 *most;
	uint64		known;

	if (meter->stats == NULL)
		return;
	tuya_meter_add(meter, TUYA_METRIC_REPLY_US, us);
	tuya_meter_add(meter, TUYA_METRIC_REPLY_TIMES + reply_time_class(us), 1);
	most = &meter->stats->reply_us_max;
	known = pg_atomic_read_u64(most);
	while (known < (uint64) us && !pg_atomic_compare_exchange_u64(most, &known, (uint64) us))
		;
}

void
tuya_meter_add_error(TuyaMeter *meter, TuyaErrorCount class, const TuyaFailure *failure,
					 const char *about)
{
	char		text[STATS_ERROR_BYTES * 2];

	if (meter->stats == NULL)
		return;
	tuya_meter_add(meter, TUYA_METRIC_ERRORS + class, 1);
	snprintf(text, sizeof(text), "%s: %s%s%s", unpack_sql_state(failure->sqlstate),
			 failure->message, about ? ": " : "", about ? about : "");
	tuya_stats_set_error(meter->stats, text);
}
