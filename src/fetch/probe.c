/*
 * probe.c
 *		One request on its own, and how it went; see probe.h.
 *
 * Its fetcher is one that no other statement finds: it is destroyed when this one returns
 * or throws.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include <time.h>

#include "datatype/timestamp.h"
#include "miscadmin.h"

#include "util/clock.h"

/* What is undone when it has ended, however; what is not there yet is NULL. */
typedef struct Run
{
	TuyaFetcher *fetcher;		/* pinned */
	TuyaLookup *lookup;
	TuyaTransfer transfer;
	TuyaBudget	budget;
	TuyaCounters counters;
} Run;

static void
ask(Run *run, TuyaProbe *probe)
{
	tuya_fetcher_count_lookup(run->fetcher);
	tuya_fetcher_start(&run->transfer, &run->counters);
	while (!probe->ended && tuya_lookup_goes_on(run->lookup))
	{
		CHECK_FOR_INTERRUPTS();
		tuya_driver_run(&run->transfer, TUYA_DRIVE_WAIT, &run->counters);
	}
	if (probe->ended)
		return;
	/* libcurl itself has failed, and all with it */
	tuya_failure_raise(tuya_lookup_failure(run->lookup));
}

/* Never throws. */
static void
end(Run *run)
{
	if (run->lookup)
	{
		tuya_fetcher_cancel(&run->transfer, true);
		tuya_lookup_destroy(run->lookup);
	}
	if (run->fetcher)
	{
		TuyaFetcher *fetcher = run->fetcher;

		tuya_fetcher_retire(fetcher);
		tuya_fetcher_unpin(fetcher);
	}
}

/* Pinning comes first: from then on nobody gives the fetcher up. */
static void
begin(Run *run, TuyaStore *store, const TuyaSettings *settings, const TuyaRemoteId *remote,
	  const TuyaQuery *query, TuyaProbe *probe)
{
	TuyaLookup *lookup;

	tuya_fetcher_create(settings, remote, &probe->trace, &run->fetcher);
	tuya_fetcher_pin(run->fetcher);
	tuya_budget_init(&run->budget, CurrentMemoryContext);
	lookup = tuya_lookup_create(store, query);
	tuya_fetcher_init_transfer(&run->transfer, lookup, run->fetcher, &run->budget);
	run->transfer.probe = probe;
	run->lookup = lookup;
}

static void
run_once(const TuyaSettings *settings, const TuyaRemoteId *remote, const TuyaQuery *query,
		 TuyaProbe *probe)
{
	TuyaStore  *store = tuya_store_create(work_mem * (Size) 1024);
	Run		   *run = palloc0(sizeof(Run));

	PG_TRY();
	{
		begin(run, store, settings, remote, query, probe);
		ask(run, probe);
	}
	PG_FINALLY();
	{
		end(run);
	}
	PG_END_TRY();
	tuya_store_close(store);
}

/*
 * ---- what it means ----
 */

/* Nothing came that could be a whole reply. */
static TuyaStep
step_without_reply(const TuyaProbe *probe)
{
	static const TuyaStep steps[] = {
		[TUYA_HTTP_WAITING] = TUYA_STEP_HTTP,
		[TUYA_HTTP_RESOLVING] = TUYA_STEP_NAME,
		[TUYA_HTTP_CONNECTING] = TUYA_STEP_CONNECT,
		[TUYA_HTTP_HANDSHAKING] = TUYA_STEP_TLS,
		[TUYA_HTTP_REPLYING] = TUYA_STEP_HTTP
	};

	if (probe->out_of_budget)
		return TUYA_STEP_SETTINGS;
	if (probe->outcome == TUYA_HTTP_BAD_CA_FILE)
		return TUYA_STEP_CA_FILE;
	/* what TLS has found out of HTTP */
	if (probe->tls_fault == TUYA_TLS_HTTP_VERSION)
		return TUYA_STEP_HTTP;
	/* it had begun, so what it was to tell of is what is missing */
	if (probe->trace.phase == TUYA_HTTP_REPLYING && probe->trace.version)
		return TUYA_STEP_ACTION;
	return steps[probe->trace.phase];
}

static TuyaStep
failed_step(const TuyaProbe *probe)
{
	if (probe->failure == NULL)
		return TUYA_STEPS;
	if (!probe->replied)
		return step_without_reply(probe);
	if (probe->code && probe->error == TUYA_COUNT_CLOCK)
		return TUYA_STEP_CLOCK;
	if (probe->code && probe->error == TUYA_COUNT_CREDENTIALS && !probe->is_permission)
		return TUYA_STEP_CREDENTIALS;
	return TUYA_STEP_ACTION;
}

/* Others of its errors may have come before anybody looked at the signature. */
static bool
tells_of_right_credentials(const TuyaProbe *probe)
{
	return probe->failure == NULL || probe->is_permission ||
		probe->is_absent;
}

/* By how much a date is beyond the time between the two, in which it was made. */
static int64
seconds_beyond(int64 date, int64 began_s, int64 ended_s)
{
	return date > ended_s ? date - ended_s : date < began_s ? date - began_s : 0;
}

static void
note_certificate(TuyaProbe *probe, int64 now_s)
{
	const TuyaTlsFacts *tls = &probe->trace.tls;

	if (tls->version == NULL)
		return;
	probe->issuer = tuya_failure_quote(tls->issuer);
	probe->days_left = (tls->not_after - now_s) / SECS_PER_DAY;
}

void
tuya_probe_run(const TuyaSettings *settings, const TuyaRemoteId *remote, const TuyaQuery *query,
			   TuyaProbe *probe)
{
	int64		began_us = tuya_clock_monotonic_us();
	int64		began_s = (int64) time(NULL);
	int64		ended_s;

	memset(probe, 0, sizeof(*probe));
	run_once(settings, remote, query, probe);
	if (probe->failure && probe->failure->sqlstate == ERRCODE_OUT_OF_MEMORY)
		tuya_failure_raise(probe->failure);
	ended_s = (int64) time(NULL);
	probe->elapsed_us = tuya_clock_monotonic_us() - began_us;
	probe->failed = failed_step(probe);
	probe->accepted = probe->replied && tells_of_right_credentials(probe);
	probe->ahead_s = seconds_beyond(probe->trace.date, began_s, ended_s);
	note_certificate(probe, ended_s);
}
