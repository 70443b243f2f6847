/*
 * outcome.c
 *		What the end of a page request means: a page, an error, or once more.
 *
 * Whether a request is sent again, and when, is core/retry's to say; here an
 * outcome becomes one of its faults.  What is returned is a verdict, which ending.c
 * carries out; but the limiter, the scan's counters and the fetcher's clock learn
 * here what the reply says of them.
 */
#include "postgres.h"

#include "fetch/internal.h"

#include <time.h>

#include "common/pg_prng.h"
#include "miscadmin.h"

#include "util/clock.h"

/* Dead connections that a request may meet beyond those that can be kept. */
#define STALE_SPARE 4

/* Dates are whole seconds, and a second may end in between. */
#define CLOCK_SLACK_S 2

/*
 * ---- failing and trying again ----
 */

static TuyaVerdict
of_kind(TuyaVerdictKind kind)
{
	TuyaVerdict verdict = {.kind = kind,.error = TUYA_COUNT_NONE};

	return verdict;
}

static TuyaVerdict
again(const TuyaFailure *failure, int64 wait_us)
{
	TuyaVerdict verdict = {
		.kind = TUYA_VERDICT_AGAIN,.failure = failure,.wait_us = wait_us,
		.error = TUYA_COUNT_NONE
	};

	return verdict;
}

/* What the error says beside its cause. */
static const char *
describe_tries(const TuyaPageRequest *page_request, const char *end)
{
	int64		elapsed_us = tuya_clock_us() - page_request->first_sent_us;

	if (page_request->times_sent < 2)
		return end;
	return psprintf(" It was tried %d times in %lld ms.%s", page_request->times_sent,
					(long long) elapsed_us / 1000, end);
}

static TuyaVerdict
failed(const TuyaPageRequest *page_request, const TuyaFailure *failure, const char *end)
{
	TuyaVerdict verdict = {
		.kind = TUYA_VERDICT_FAILED,.failure = failure,
		.more = describe_tries(page_request, end),
		.error = TUYA_COUNT_NONE
	};

	return verdict;
}

/* For the next try there is no time. */
static TuyaVerdict
too_long(const TuyaPageRequest *page_request, const TuyaFailure *failure, int64 wait_us)
{
	return failed(page_request, failure,
				  psprintf(" The next try would be in %lld ms, which is beyond the server option \"lookup_timeout\" of %d ms.",
						   (long long) wait_us / 1000,
						   page_request->transfer->fetcher->settings.lookup_timeout));
}

/* How many kept connections may turn out to be dead: as many as there can be, and some. */
static int
stale_max(const TuyaFetcher *fetcher, const TuyaHttpResult *result)
{
	bool		one = result == NULL || result->multiplexed;

	return STALE_SPARE + (one ? 0 : fetcher->settings.concurrency);
}

/*
 * Whether it is for who wants one answer and no other.  One that the service has not looked
 * at is none, but only once.
 */
static bool
is_asked_once(const TuyaPageRequest *page_request, TuyaFault fault)
{
	return page_request->transfer->probe &&
		(fault != TUYA_FAULT_STALE || page_request->times_sent > 1);
}

/* Whether it is sent again is core/retry's to say.  result is NULL if it timed out. */
static TuyaVerdict
of_fault(TuyaPageRequest *page_request, TuyaFault fault, const TuyaFailure *failure,
		 const TuyaHttpResult *result, int64 advised_s)
{
	TuyaFetcher *fetcher = page_request->transfer->fetcher;
	int64		wait_us;

	if (is_asked_once(page_request, fault) ||
		!tuya_retry_again(&page_request->history, fault, fetcher->settings.retries,
						  stale_max(fetcher, result), result && result->shared, advised_s,
						  pg_prng_double(&pg_global_prng_state), &wait_us))
		return failed(page_request, failure, "");
	if (wait_us >= tuya_deadline_left_us(page_request->transfer))
		return too_long(page_request, failure, wait_us);
	return again(failure, wait_us);
}

/* The attempt was an error of that class. */
static TuyaVerdict
counted(TuyaVerdict verdict, TuyaErrorCount error, const char *about)
{
	verdict.error = error;
	verdict.about = about;
	return verdict;
}

TuyaVerdict
tuya_outcome_of_wait(TuyaPageRequest *page_request, int64 wait_us)
{
	return too_long(page_request, page_request->failure, wait_us);
}

TuyaVerdict
tuya_outcome_of_budget(const TuyaPageRequest *page_request)
{
	TuyaVerdict verdict = {
		.kind = TUYA_VERDICT_FAILED,
		.failure = tuya_budget_refusal(page_request->transfer->budget,
									   &page_request->transfer->fetcher->remote),
		.more = "",
		.error = TUYA_COUNT_NONE
	};

	return verdict;
}

/* The lookup has no time left. */
static TuyaVerdict
of_lookup_timeout(const TuyaPageRequest *page_request, const TuyaFailure *failure, int64 spent_us)
{
	const char *end = psprintf(" Then the server option \"lookup_timeout\" of %d ms was over, after %lld ms.",
							   page_request->transfer->fetcher->settings.lookup_timeout,
							   (long long) spent_us / 1000);

	/* what kept it from its page says more than that it took too long */
	if (page_request->failure)
		return failed(page_request, page_request->failure, end);
	return failed(page_request, failure, "");
}

TuyaVerdict
tuya_outcome_of_overdue(TuyaPageRequest *page_request, const TuyaOverdue *overdue)
{
	const char *endpoint = page_request->transfer->fetcher->settings.endpoint;
	TuyaFailure *failure = tuya_failure_of_timeout(endpoint, overdue->phase, overdue->limit,
												   overdue->elapsed_us / 1000);

	TuyaVerdict verdict;

	if (overdue->of_lookup)
		verdict = of_lookup_timeout(page_request, failure, overdue->elapsed_us);
	else
		verdict = of_fault(page_request, TUYA_FAULT_OWN, failure, NULL, -1);
	/* one that only waited to be sent again has been counted */
	return overdue->was_sent ? counted(verdict, TUYA_COUNT_TRANSPORT, failure->detail) : verdict;
}

/*
 * ---- no reply ----
 */

static TuyaFault
fault_of_outcome(const TuyaHttpResult *result)
{
	switch (result->outcome)
	{
		case TUYA_HTTP_STALE:
			return TUYA_FAULT_STALE;
		case TUYA_HTTP_CROWDED:
			return TUYA_FAULT_SHARED;
		case TUYA_HTTP_LOST:
		case TUYA_HTTP_OTHER:
			return result->shared ? TUYA_FAULT_SHARED : TUYA_FAULT_OWN;
		case TUYA_HTTP_RESET:
		case TUYA_HTTP_NO_NAME:
		case TUYA_HTTP_NO_CONNECTION:
		case TUYA_HTTP_NO_PROXY:
		case TUYA_HTTP_NO_HANDSHAKE:
		case TUYA_HTTP_NO_DESCRIPTORS:
			return TUYA_FAULT_OWN;
		case TUYA_HTTP_NO_TLS:
		case TUYA_HTTP_BAD_CA_FILE:
		case TUYA_HTTP_TOO_LARGE:
		case TUYA_HTTP_HEAD_TOO_LARGE:
		case TUYA_HTTP_BAD_ENCODING:
		case TUYA_HTTP_NOT_HTTP:
		case TUYA_HTTP_NO_MEMORY:
		case TUYA_HTTP_REPLIED:
			break;
	}
	return TUYA_FAULT_FINAL;
}

static TuyaErrorCount
count_of_outcome(TuyaHttpOutcome outcome)
{
	switch (outcome)
	{
		case TUYA_HTTP_STALE:	/* nothing is wrong with it */
			return TUYA_COUNT_NONE;
		case TUYA_HTTP_TOO_LARGE:
		case TUYA_HTTP_HEAD_TOO_LARGE:
		case TUYA_HTTP_BAD_ENCODING:
		case TUYA_HTTP_NOT_HTTP:
			return TUYA_COUNT_MALFORMED;
		default:
			return TUYA_COUNT_TRANSPORT;
	}
}

static TuyaVerdict
of_no_reply(TuyaPageRequest *page_request, const TuyaHttpResult *result)
{
	const char *endpoint = page_request->transfer->fetcher->settings.endpoint;
	int64		elapsed_us = page_request->arrived_us - page_request->sent_us;
	const TuyaQuery *query = tuya_lookup_query(page_request->transfer->lookup);
	TuyaFailure *failure = tuya_failure_of_transport(&query->action->reply, endpoint, result,
													 elapsed_us / 1000);

	/* there may be fewer of them than PostgreSQL knows */
	if (result->outcome == TUYA_HTTP_NO_DESCRIPTORS)
		(void) tuya_registry_give_up_oldest();
	/* it may have left HTTP/2 for good: the next statement begins anew */
	if (result->tls_fault == TUYA_TLS_HTTP_VERSION)
		tuya_registry_mark_broken(page_request->transfer->fetcher);
	return counted(of_fault(page_request, fault_of_outcome(result), failure, result, -1),
				   count_of_outcome(result->outcome), failure->detail);
}

/*
 * ---- a reply ----
 */

/*
 * When the page request was sent, by the clock as it is set now.  A refusal may have lain
 * unread for long, as in an idle cursor, so its date is not that of now.
 */
static int64
sent_s(const TuyaPageRequest *page_request)
{
	int64		ago_us = tuya_clock_monotonic_us() - page_request->real_sent_us;

	return (int64) time(NULL) - ago_us / 1000000;
}

/* The service looked at the request some time after it was sent. */
static int
slack_s(const TuyaPageRequest *page_request)
{
	return CLOCK_SLACK_S + (int) ((page_request->arrived_us - page_request->sent_us) / 1000000);
}

static void
tell_correction(int64 ahead)
{
	if (ahead == 0)
		ereport(NOTICE,
				(errmsg("the clocks of this server and of the service agree again"),
				 errdetail("This session signs by this server's clock from now on.")));
	else
		ereport(WARNING,
				(errmsg("the clocks of this server and of the service differ by %lld s",
						(long long) (ahead < 0 ? -ahead : ahead)),
				 errdetail("The service's clock is %s this server's, and refuses its timestamps. This session signs by the service's clock from now on.",
						   ahead < 0 ? "behind" : "ahead of"),
				 errhint("Set the clock of the database server's machine.")));
}

/* The service's clock is so far ahead of this server's. */
static void
correct_clock(TuyaFetcher *fetcher, int64 ahead)
{
	fetcher->clock_offset_s = ahead;
	fetcher->clock_version++;
	tell_correction(ahead);
}

/*
 * A timestamp was refused.  By the reply's date it is known whether it was wrong,
 * and whether the correction in force is: either clock may have been set since
 * the page request was signed, or since the correction.
 */
static TuyaFault
fault_of_clock(TuyaPageRequest *page_request, const TuyaHttpResult *result)
{
	TuyaFetcher *fetcher = page_request->transfer->fetcher;
	int64		date = result->advice.date;
	int64		slack = slack_s(page_request);

	/* it is to be told, not corrected */
	if (page_request->transfer->probe)
		return TUYA_FAULT_FINAL;
	if (!result->advice.has_date)
	{
		if (page_request->clock_version < fetcher->clock_version)
			return TUYA_FAULT_CLOCK;
	}
	else if (llabs(date - page_request->timestamp_s) > slack)
	{
		int64		ahead = date - sent_s(page_request);

		if (llabs(ahead) <= slack)
			ahead = 0;
		if (llabs(ahead - fetcher->clock_offset_s) > slack)
			correct_clock(fetcher, ahead);
		return TUYA_FAULT_CLOCK;
	}
	/* what is known of the clock may be wrong: the next statement begins anew */
	tuya_registry_mark_broken(fetcher);
	return TUYA_FAULT_FINAL;
}

static TuyaFault
fault_of_class(TuyaPageRequest *page_request, TuyaErrorClass class, const TuyaHttpResult *result)
{
	switch (class)
	{
		case TUYA_ERROR_THROTTLED:
			return TUYA_FAULT_THROTTLED;
		case TUYA_ERROR_TROUBLE:
			return TUYA_FAULT_OWN;
		case TUYA_ERROR_NONCE:
			return TUYA_FAULT_NONCE;
		case TUYA_ERROR_CLOCK:
			return fault_of_clock(page_request, result);
		case TUYA_ERROR_CREDENTIALS:
		case TUYA_ERROR_NOT_FOUND:
		case TUYA_ERROR_REQUEST:
		case TUYA_ERROR_OTHER:
			break;
	}
	return TUYA_FAULT_FINAL;
}

/* Tells the limiter of the reply. */
static void
note_reply(TuyaPageRequest *page_request, bool throttled, const TuyaRetryAdvice *advice,
		   int64 advised_s)
{
	TuyaTransfer *transfer = page_request->transfer;

	/* Retry-After is for this request alone, unless it is throttled */
	if (!throttled)
		advised_s = advice->used_up ? advice->used_up_s : -1;
	transfer->counters->throttled += throttled;
	if (throttled)
		tuya_meter_add(&transfer->fetcher->meter, TUYA_METRIC_THROTTLED, 1);
	tuya_meter_add_reply(&transfer->fetcher->meter, page_request->arrived_us - page_request->sent_us);
	tuya_limiter_note_reply(transfer->fetcher->limiter, throttled, page_request->real_sent_us,
							advised_s);
}

/*
 * Whether an error of that class may mean that there are no rows.  Not in a later
 * round, when there have been some.
 */
static bool
may_mean_no_rows(const TuyaPageRequest *page_request, TuyaErrorClass class)
{
	return page_request->page == 1 && tuya_lookup_round(page_request->transfer->lookup) == 1 &&
		(class == TUYA_ERROR_NOT_FOUND || class == TUYA_ERROR_REQUEST ||
		 class == TUYA_ERROR_OTHER);
}

/* What is refused is so by its code, or by a status if it has none that is known. */
static TuyaErrorCount
count_of_class(TuyaErrorClass class, const TuyaReply *reply, const TuyaHttpResult *result)
{
	switch (class)
	{
		case TUYA_ERROR_THROTTLED:	/* counts by itself */
			return TUYA_COUNT_NONE;
		case TUYA_ERROR_TROUBLE:
			return TUYA_COUNT_SERVICE;
		case TUYA_ERROR_CREDENTIALS:
			return TUYA_COUNT_CREDENTIALS;
		case TUYA_ERROR_CLOCK:
			return TUYA_COUNT_CLOCK;
		case TUYA_ERROR_NONCE:
		case TUYA_ERROR_NOT_FOUND:
		case TUYA_ERROR_REQUEST:
			return TUYA_COUNT_REQUEST;
		case TUYA_ERROR_OTHER:
			break;
	}
	if (reply->status == TUYA_REPLY_ERROR)
		return TUYA_COUNT_REQUEST;
	if (reply->status == TUYA_REPLY_NO_MEMORY)
		return TUYA_COUNT_NONE;
	return result->status >= 200 && result->status < 300 ? TUYA_COUNT_MALFORMED : TUYA_COUNT_SERVICE;
}

static TuyaVerdict
of_error(TuyaPageRequest *page_request, const TuyaHttpResult *result, const TuyaReply *reply,
		 TuyaErrorClass class, int64 advised_s)
{
	bool		told = reply->status == TUYA_REPLY_ERROR;
	TuyaFault	fault = TUYA_FAULT_FINAL;
	const TuyaFailure *failure;
	const TuyaQuery *query = tuya_lookup_query(page_request->transfer->lookup);
	TuyaListForm place;
	TuyaSigning signing = {
		.sent_s = sent_s(page_request),
		.timestamp_s = page_request->timestamp_s,
		.slack_s = slack_s(page_request),
		.gave_up = page_request->history.clock >= CLOCK_CORRECTIONS_MAX
	};

	if (told && page_request->page > 1 && class == TUYA_ERROR_REQUEST)
		return of_kind(TUYA_VERDICT_REFUSAL);
	if (told && may_mean_no_rows(page_request, class) &&
		tuya_option_ignores(query->ignored_codes, reply->code))
		return of_kind(TUYA_VERDICT_NO_ROWS);
	if (reply->status != TUYA_REPLY_PAGE && reply->status != TUYA_REPLY_NO_MEMORY)
		fault = fault_of_class(page_request, class, result);
	failure = tuya_failure_of_reply(query->action->name, tuya_query_form(query, &place), reply,
									result, page_request->page, &signing);
	/* the service's own words may tell of keys, its code does not */
	return counted(of_fault(page_request, fault, failure, result, advised_s),
				   count_of_class(class, reply, result),
				   told ? tuya_failure_quote(reply->code) : failure->detail);
}

/* Throws if the statement is to end, which is heard while a large reply is parsed. */
static TuyaReplyStatus
parse(const TuyaPageRequest *page_request, const TuyaHttpResult *result, TuyaReply *reply)
{
	const TuyaQuery *query = tuya_lookup_query(page_request->transfer->lookup);
	TuyaListForm place;
	const TuyaReplyForm *form = tuya_query_form(query, &place);
	int64		came_us = tuya_clock_real_us();
	TuyaReplyStatus status = tuya_reply_parse(form, query->fields, result->body->data, result->body->len,
											  page_request->page, &InterruptPending, reply);

	if (status == TUYA_REPLY_STOPPED)
	{
		tuya_reply_free(reply);
		CHECK_FOR_INTERRUPTS();
		/* it was something else, or is not to be heard now */
		status = tuya_reply_parse(form, query->fields, result->body->data, result->body->len, page_request->page,
								  NULL, reply);
	}
	reply->fetched_us = came_us;
	return status;
}

/* A whole reply came. */
static TuyaVerdict
of_reply(TuyaPageRequest *page_request, const TuyaHttpResult *result, TuyaReply *reply)
{
	TuyaReplyStatus status = parse(page_request, result, reply);
	bool		is_page = status == TUYA_REPLY_PAGE && result->status >= 200 && result->status < 300;
	TuyaErrorClass class = tuya_retry_classify(status == TUYA_REPLY_ERROR ? reply->code : NULL,
											   result->status);
	int64		advised_s = tuya_retry_advised_wait(&result->advice, (int64) time(NULL));

	note_reply(page_request, !is_page && class == TUYA_ERROR_THROTTLED, &result->advice,
			   advised_s);
	if (!is_page)
		return of_error(page_request, result, reply, class, advised_s);
	return of_kind(TUYA_VERDICT_PAGE);
}

/*
 * Whether a reply whose end was not seen is a page all the same: its JSON is whole, so
 * nothing of it is missing.
 */
static bool
is_whole_page(const TuyaPageRequest *page_request, const TuyaHttpResult *result, TuyaReply *reply)
{
	return result->end_unseen && result->status < 300 &&
		parse(page_request, result, reply) == TUYA_REPLY_PAGE;
}

TuyaVerdict
tuya_outcome_of_result(TuyaPageRequest *page_request, const TuyaHttpResult *result,
					   TuyaReply *reply)
{
	page_request->transfer->counters->bytes_received += result->bytes_received;
	tuya_meter_add(&page_request->transfer->fetcher->meter, TUYA_METRIC_BYTES, result->bytes_received);
	if (result->outcome == TUYA_HTTP_REPLIED)
		return of_reply(page_request, result, reply);
	if (!is_whole_page(page_request, result, reply))
		return of_no_reply(page_request, result);
	note_reply(page_request, false, &result->advice, -1);
	return of_kind(TUYA_VERDICT_PAGE);
}
