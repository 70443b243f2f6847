/*
 * ending.c
 *		Ends page requests: their lookup gets a page or an error, or they are sent again.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "rows/image.h"
#include "util/clock.h"

/* Why a page request ends: what is not set is not the reason. */
typedef struct Reason
{
	const TuyaOverdue *overdue;
	bool		out_of_budget;
	bool		no_time_to_wait;
	int64		wait_us;		/* for which there is no time */
} Reason;

void
tuya_ending_count_done(TuyaTransfer *transfer)
{
	if (!transfer->counted_done)
		tuya_progress_add_done(transfer->fetcher->meter.progress);
	transfer->counted_done = true;
}

/* Never throws. */
static void
abandon(TuyaTransfer *transfer)
{
	tuya_lookup_abandon(transfer->lookup);
	tuya_queues_cancel(transfer, true);
}

static TuyaVerdict
verdict_on(TuyaPageRequest *page_request, const Reason *reason, const TuyaHttpRequest *request,
		   TuyaReply *reply)
{
	if (reason->overdue)
		return tuya_outcome_of_overdue(page_request, reason->overdue);
	if (reason->out_of_budget)
		return tuya_outcome_of_budget(page_request);
	if (reason->no_time_to_wait)
		return tuya_outcome_of_wait(page_request, reason->wait_us);
	return tuya_outcome_of_result(page_request, tuya_http_result(request), reply);
}

static void
send_again(TuyaPageRequest *page_request, const TuyaVerdict *verdict)
{
	TuyaFailure *kept = tuya_failure_copy(verdict->failure, "");

	if (page_request->failure)
		pfree(page_request->failure);
	page_request->failure = kept;
	tuya_queues_put_waiting(page_request, verdict->wait_us);
}

/* The verdict is carried out: counts what it has come to. */
static void
count(TuyaTransfer *transfer, const TuyaVerdict *verdict, const TuyaReply *reply)
{
	TuyaMeter  *meter = &transfer->fetcher->meter;
	const TuyaFailure *failure = tuya_lookup_failure(transfer->lookup);

	if (verdict->error != TUYA_COUNT_NONE)
		tuya_meter_add_error(meter, verdict->error, verdict->failure, verdict->about);
	if (verdict->kind == TUYA_VERDICT_PAGE)
		tuya_meter_add(meter, TUYA_METRIC_ROWS, (int64) reply->nrows);
	/* no request has failed, so its pages do not add up; that they are too many is no fault */
	if (failure && !transfer->request_failed && !tuya_lookup_is_refused(transfer->lookup))
		tuya_meter_add_error(meter, TUYA_COUNT_MALFORMED, failure, failure->detail);
	if (!tuya_lookup_goes_on(transfer->lookup))
		tuya_ending_count_done(transfer);
}

/* Tells who has asked for it alone how it went; in the lookup's context. */
static void
note_end(TuyaProbe *probe, const TuyaReplyForm *form, const Reason *reason,
		 const TuyaHttpRequest *request, const TuyaVerdict *verdict, const TuyaReply *reply)
{
	const TuyaHttpResult *result = request ? tuya_http_result(request) : NULL;

	probe->ended = true;
	probe->out_of_budget = reason->out_of_budget;
	probe->error = verdict->error;
	if (verdict->failure)
		probe->failure = tuya_failure_copy(verdict->failure, verdict->more);
	if (result == NULL)
		return;
	probe->outcome = result->outcome;
	probe->tls_fault = result->tls_fault;
	probe->replied = result->outcome == TUYA_HTTP_REPLIED;
	probe->total = reply->total;
	if (reply->status != TUYA_REPLY_ERROR)
		return;
	probe->code = tuya_failure_quote(reply->code);
	probe->is_absent = tuya_retry_says_absent(reply->code, form->nouns);
	probe->is_permission = tuya_failure_is_permission(reply);
}

/* In the lookup's context. */
static void
carry_out(TuyaPageRequest *page_request, const TuyaVerdict *verdict, const TuyaReply *reply)
{
	TuyaTransfer *transfer = page_request->transfer;

	transfer->request_failed |= verdict->kind == TUYA_VERDICT_FAILED;
	switch (verdict->kind)
	{
		case TUYA_VERDICT_PAGE:
			if (page_request->page == 1)
				transfer->first_sent_us = page_request->real_sent_us;
			tuya_lookup_put_page(transfer->lookup, page_request->page, reply);
			break;
		case TUYA_VERDICT_REFUSAL:
			tuya_lookup_put_refusal(transfer->lookup, page_request->page, reply->code);
			break;
		case TUYA_VERDICT_NO_ROWS:
			tuya_lookup_put_ignored(transfer->lookup, reply->code);
			break;
		case TUYA_VERDICT_FAILED:
			tuya_lookup_put_failure(transfer->lookup, page_request->page,
									tuya_failure_copy(verdict->failure, verdict->more));
			break;
		case TUYA_VERDICT_AGAIN:
			send_again(page_request, verdict);
			break;
	}
	count(transfer, verdict, reply);
	if (tuya_image_is_due(transfer->lookup))
		tuya_cached_put(transfer);
}

/*
 * The page request was taken off; the request, if it has one, and the reply hold memory
 * of malloc's.
 */
static void
finish(TuyaPageRequest *page_request, const Reason *reason, TuyaHttpRequest *request)
{
	TuyaTransfer *transfer = page_request->transfer;
	MemoryContext scratch = transfer->fetcher->scratch;
	MemoryContext saved = CurrentMemoryContext;
	TuyaReply	reply = {0};

	PG_TRY();
	{
		TuyaVerdict verdict;

		MemoryContextSwitchTo(scratch);
		verdict = verdict_on(page_request, reason, request, &reply);
		MemoryContextSwitchTo(GetMemoryChunkContext(transfer->lookup));
		if (transfer->probe && verdict.kind != TUYA_VERDICT_AGAIN)
			note_end(transfer->probe, &tuya_lookup_query(transfer->lookup)->action->reply, reason, request,
					 &verdict, &reply);
		carry_out(page_request, &verdict, &reply);
	}
	PG_CATCH();
	{
		abandon(transfer);
		tuya_reply_free(&reply);
		if (request)
			tuya_http_release(request, false);
		PG_RE_THROW();
	}
	PG_END_TRY();
	tuya_reply_free(&reply);
	if (request)
		tuya_http_release(request, false);
	if (page_request->state == TUYA_PAGE_TAKEN_OFF)
		tuya_queues_free(page_request);
	tuya_queues_cancel_useless(transfer);
	tuya_queues_go_ahead(transfer);
	MemoryContextReset(scratch);
	MemoryContextSwitchTo(saved);
}

/*
 * Whether the request had about as long as one may have for its reply.  Its lookup's time may
 * be over just after it was sent; that nothing has come since says nothing then.
 */
static bool
had_time(const TuyaPageRequest *page_request)
{
	const TuyaSettings *settings = &page_request->transfer->fetcher->settings;
	int64		most_ms = Min(settings->request_timeout, settings->lookup_timeout);

	return tuya_clock_us() - page_request->sent_us >= most_ms * 1000 / 2;
}

void
tuya_ending_out_of_time(const TuyaOverdue *overdue)
{
	const Reason reason = {.overdue = overdue};
	TuyaHttpRequest *request = tuya_queues_take_off(overdue->page_request);

	if (request)
		tuya_http_time_out(request, had_time(overdue->page_request));
	finish(overdue->page_request, &reason, NULL);
}

void
tuya_ending_out_of_budget(TuyaPageRequest *page_request)
{
	const Reason reason = {.out_of_budget = true};

	(void) tuya_queues_take_off(page_request);
	finish(page_request, &reason, NULL);
}

void
tuya_ending_no_time_to_wait(TuyaPageRequest *page_request, int64 wait_us)
{
	const Reason reason = {.no_time_to_wait = true,.wait_us = wait_us};

	(void) tuya_queues_take_off(page_request);
	finish(page_request, &reason, NULL);
}

void
tuya_ending_of_arrived(TuyaFetcher *fetcher, const TuyaBudget *budget)
{
	const Reason reason = {0};
	TuyaPageRequest *page_request;

	/* one that ends may take others along, so each time from the beginning */
	while ((page_request = tuya_queues_first_arrived(fetcher, budget)) != NULL)
	{
		TuyaHttpRequest *request = tuya_queues_take_off(page_request);

		finish(page_request, &reason, request);
		/* many large replies may have come at once */
		CHECK_FOR_INTERRUPTS();
	}
	(void) tuya_reply_reserve();
}

void
tuya_ending_fail_all(TuyaFetcher *fetcher)
{
	TuyaPageRequest *page_request;

	while ((page_request = tuya_queues_any_under_way(fetcher)) != NULL)
	{
		TuyaTransfer *transfer = page_request->transfer;
		MemoryContext saved = MemoryContextSwitchTo(GetMemoryChunkContext(transfer->lookup));

		tuya_lookup_put_failure(transfer->lookup, tuya_lookup_wanted_page(transfer->lookup),
								tuya_failure_of_libcurl());
		tuya_queues_cancel(transfer, true);
		MemoryContextSwitchTo(saved);
	}
}
