/*
 * ending.c
 *		Ends attempts: their lookup gets a page or an error, or they are sent again.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include "miscadmin.h"
#include "utils/memutils.h"

/* Why an attempt ends: what is not set is not the reason. */
typedef struct Reason
{
	const TuyaOverdue *overdue;
	bool		out_of_budget;
	bool		no_time_to_wait;
	int64		wait_us;		/* for which there is no time */
} Reason;

/* Never throws. */
static void
abandon(TuyaLookup *lookup)
{
	tuya_lookup_abandon(lookup);
	tuya_queues_cancel(lookup, true);
}

static TuyaVerdict
verdict_on(TuyaAttempt *attempt, const Reason *reason, const TuyaHttpRequest *request, TuyaReply *reply)
{
	if (reason->overdue)
		return tuya_outcome_of_overdue(attempt, reason->overdue);
	if (reason->out_of_budget)
		return tuya_outcome_of_budget(attempt);
	if (reason->no_time_to_wait)
		return tuya_outcome_of_wait(attempt, reason->wait_us);
	return tuya_outcome_of_result(attempt, tuya_http_result(request), reply);
}

static void
send_again(TuyaAttempt *attempt, const TuyaVerdict *verdict)
{
	TuyaFailure *kept = tuya_failure_copy(verdict->failure, "");

	if (attempt->failure)
		pfree(attempt->failure);
	attempt->failure = kept;
	tuya_queues_put_waiting(attempt, verdict->wait_us);
}

/* In the lookup's context. */
static void
carry_out(TuyaAttempt *attempt, const TuyaVerdict *verdict, const TuyaReply *reply)
{
	TuyaLookup *lookup = attempt->lookup;

	switch (verdict->kind)
	{
		case TUYA_VERDICT_PAGE:
			tuya_lookup_put_page(lookup, attempt->page, reply);
			break;
		case TUYA_VERDICT_REFUSAL:
			tuya_lookup_put_refusal(lookup, attempt->page, reply->code);
			break;
		case TUYA_VERDICT_NO_ROWS:
			tuya_lookup_put_ignored(lookup, reply->code);
			break;
		case TUYA_VERDICT_FAILED:
			tuya_lookup_put_failure(lookup, attempt->page,
									tuya_failure_copy(verdict->failure, verdict->more));
			break;
		case TUYA_VERDICT_AGAIN:
			send_again(attempt, verdict);
			break;
	}
}

/* The attempt was taken off; the request, if it has one, and the reply hold memory of malloc's. */
static void
finish(TuyaAttempt *attempt, const Reason *reason, TuyaHttpRequest *request)
{
	TuyaLookup *lookup = attempt->lookup;
	MemoryContext scratch = lookup->fetcher->scratch;
	MemoryContext saved = CurrentMemoryContext;
	TuyaReply	reply = {0};

	PG_TRY();
	{
		TuyaVerdict verdict;

		MemoryContextSwitchTo(scratch);
		verdict = verdict_on(attempt, reason, request, &reply);
		MemoryContextSwitchTo(GetMemoryChunkContext(lookup));
		carry_out(attempt, &verdict, &reply);
	}
	PG_CATCH();
	{
		abandon(lookup);
		tuya_reply_free(&reply);
		if (request)
			tuya_http_release(request, false);
		PG_RE_THROW();
	}
	PG_END_TRY();
	tuya_reply_free(&reply);
	if (request)
		tuya_http_release(request, false);
	if (attempt->state == TUYA_ATTEMPT_TAKEN_OFF)
		tuya_queues_free(attempt);
	tuya_queues_cancel_useless(lookup);
	MemoryContextReset(scratch);
	MemoryContextSwitchTo(saved);
}

void
tuya_ending_out_of_time(const TuyaOverdue *overdue)
{
	const Reason reason = {.overdue = overdue};
	TuyaHttpRequest *request = tuya_queues_take_off(overdue->attempt);

	if (request)
		tuya_http_time_out(request);
	finish(overdue->attempt, &reason, NULL);
}

void
tuya_ending_out_of_budget(TuyaAttempt *attempt)
{
	const Reason reason = {.out_of_budget = true};

	(void) tuya_queues_take_off(attempt);
	finish(attempt, &reason, NULL);
}

void
tuya_ending_no_time_to_wait(TuyaAttempt *attempt, int64 wait_us)
{
	const Reason reason = {.no_time_to_wait = true,.wait_us = wait_us};

	(void) tuya_queues_take_off(attempt);
	finish(attempt, &reason, NULL);
}

void
tuya_ending_of_arrived(TuyaFetcher *fetcher, const TuyaBudget *budget)
{
	const Reason reason = {0};
	TuyaAttempt *attempt;

	/* one that ends may take others along, so each time from the beginning */
	while ((attempt = tuya_queues_first_arrived(fetcher, budget)) != NULL)
	{
		TuyaHttpRequest *request = tuya_queues_take_off(attempt);

		finish(attempt, &reason, request);
		/* many large replies may have come at once */
		CHECK_FOR_INTERRUPTS();
	}
}

void
tuya_ending_fail_all(TuyaFetcher *fetcher)
{
	TuyaAttempt *attempt;

	while ((attempt = tuya_queues_any_under_way(fetcher)) != NULL)
	{
		TuyaLookup *lookup = attempt->lookup;
		MemoryContext saved = MemoryContextSwitchTo(GetMemoryChunkContext(lookup));

		tuya_lookup_put_failure(lookup, tuya_lookup_wanted_page(lookup), tuya_failure_of_libcurl());
		tuya_queues_cancel(lookup, true);
		MemoryContextSwitchTo(saved);
	}
}
