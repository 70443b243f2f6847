/*
 * failure.c
 *		Why a lookup failed, kept until a row of it is asked for, then raised.
 *
 * Messages have three parts: what we did, what the other side said, what to
 * do.  For which table and key is the scan's to add, as context.
 */
#include "postgres.h"

#include "failure/failure.h"

#include "mb/pg_wchar.h"
#include "pgtime.h"

#include "failure/internal.h"

const char *const tuya_failure_hint_descriptors =
"Raise the operating system's limit on open files for the database server, or lower the server option \"concurrency\" or the parameter \"max_files_per_process\".";

TuyaFailure *
tuya_failure_make(int sqlstate, const char *message, const char *detail, const char *hint)
{
	TuyaFailure *result = palloc0(sizeof(TuyaFailure));

	result->sqlstate = sqlstate;
	result->message = message;
	result->detail = detail;
	result->hint = hint;
	return result;
}

TuyaFailure *
tuya_failure_of_key(int sqlstate, const char *message, const char *detail, const char *hint)
{
	TuyaFailure *result = tuya_failure_make(sqlstate, message, detail, hint);

	result->of_key = true;
	return result;
}

void
tuya_failure_strip(char *text)
{
	bool		utf8 = GetDatabaseEncoding() == PG_UTF8;

	text[pg_mbcliplen(text, (int) strlen(text), REMOTE_TEXT_BYTES_MAX)] = '\0';

	for (unsigned char *p = (unsigned char *) text; *p; p++)
	{
		if (*p < ' ' || *p == 0x7f)
			*p = '?';
		/* U+0080 to U+009F: terminals take these for escape sequences */
		else if (utf8 && *p == 0xc2 && p[1] < 0xa0)
			*p = p[1] = '?';
	}
}

char *
tuya_failure_quote(const char *remote_text)
{
	char	   *text = pstrdup(remote_text);
	int			len = (int) strlen(text);

	/* elsewhere than in UTF-8 only ASCII is sure to fit */
	if (GetDatabaseEncoding() != PG_UTF8 || !pg_verify_mbstr(PG_UTF8, text, len, true))
	{
		for (char *p = text; *p; p++)
			if (IS_HIGHBIT_SET(*p))
				*p = '?';
	}
	tuya_failure_strip(text);
	return text;
}

/*
 * ---- no reply ----
 */

/* The error's words as a sentence: libcurl's begin with a capital mostly, ours do not. */
static const char *
error_sentence(const TuyaHttpResult *result)
{
	char	   *said = psprintf("%s.", tuya_failure_quote(result->error));

	said[0] = (char) pg_toupper((unsigned char) said[0]);
	return said;
}

static const char *
lost_detail(const TuyaHttpResult *result, int64 elapsed_ms)
{
	return psprintf("It was lost after %lld ms: %s.", (long long) elapsed_ms,
					tuya_failure_quote(result->error));
}

/* What came is none. */
static TuyaFailure *
no_reply(const TuyaReplyForm *form, TuyaHttpOutcome outcome, const char *said)
{
	const int	sqlstate = ERRCODE_FDW_UNABLE_TO_CREATE_REPLY;
	const char *too_large = "reply of the service is too large";
	const char *malformed = "reply of the service is malformed";

	if (outcome == TUYA_HTTP_TOO_LARGE)
		return tuya_failure_make(sqlstate, too_large,
								 psprintf("A page may have %d bytes.", REPLY_BYTES_MAX),
								 form->paging == TUYA_PAGING_NONE ? NULL :
								 "Set the option \"page_size\" to a smaller value.");
	if (outcome == TUYA_HTTP_HEAD_TOO_LARGE)
		return tuya_failure_make(sqlstate, too_large,
								 psprintf("Its head may have %d bytes, and %d interim heads (status 1xx) before it.",
										  HEAD_BYTES_MAX, INTERIM_HEADS_MAX), NULL);
	return tuya_failure_make(sqlstate, malformed, said,
							 outcome == TUYA_HTTP_BAD_ENCODING ? NULL :
							 "Check that the server option \"endpoint\" names the service's port.");
}

/* Nothing was sent, since there is no connection, or none that is secure. */
static TuyaFailure *
no_connection(const char *endpoint, const TuyaHttpResult *result, const char *said)
{
	const int	sqlstate = ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION;
	const char *secure = psprintf("could not establish a secure connection to %s\"%s\"",
								  result->at_proxy ? "the proxy before " : "", endpoint);

	if (result->outcome == TUYA_HTTP_NO_PROXY)
		return tuya_failure_make(sqlstate, psprintf("could not connect to \"%s\" through the proxy", endpoint),
								 said, "Check the server option \"proxy\".");
	if (result->outcome == TUYA_HTTP_NO_NAME || result->outcome == TUYA_HTTP_NO_CONNECTION)
		return tuya_failure_make(sqlstate, psprintf("could not connect to \"%s\"", endpoint), said,
								 "Check the server options \"endpoint\" and, if there is one, \"proxy\", and that the database server may connect there.");
	return tuya_failure_make(sqlstate, secure, said, tuya_failure_tls_hint(result));
}

static TuyaFailure *
of_outcome(const TuyaReplyForm *form, const char *endpoint, const TuyaHttpResult *result,
		   int64 elapsed_ms)
{
	const char *said = error_sentence(result);

	switch (result->outcome)
	{
		case TUYA_HTTP_NO_NAME:
		case TUYA_HTTP_NO_CONNECTION:
		case TUYA_HTTP_NO_PROXY:
		case TUYA_HTTP_NO_HANDSHAKE:
		case TUYA_HTTP_NO_TLS:
		case TUYA_HTTP_BAD_CA_FILE:
			return no_connection(endpoint, result, said);
		case TUYA_HTTP_LOST:
		case TUYA_HTTP_RESET:
		case TUYA_HTTP_STALE:
		case TUYA_HTTP_CROWDED:
			return tuya_failure_make(ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
									 psprintf("connection to \"%s\" was lost", endpoint),
									 lost_detail(result, elapsed_ms), NULL);
		case TUYA_HTTP_TOO_LARGE:
		case TUYA_HTTP_HEAD_TOO_LARGE:
		case TUYA_HTTP_NOT_HTTP:
		case TUYA_HTTP_BAD_ENCODING:
			return no_reply(form, result->outcome, said);
		case TUYA_HTTP_NO_DESCRIPTORS:
			return tuya_failure_make(ERRCODE_INSUFFICIENT_RESOURCES,
									 "too few file descriptors for a connection to the service", said,
									 tuya_failure_hint_descriptors);
		case TUYA_HTTP_OTHER:
			return tuya_failure_make(ERRCODE_FDW_ERROR,
									 psprintf("request to \"%s\" could not be made", endpoint), said, NULL);
		case TUYA_HTTP_NO_MEMORY:
			return tuya_failure_make(ERRCODE_OUT_OF_MEMORY, "out of memory",
									 "Failed on a request to the service.", NULL);
		case TUYA_HTTP_REPLIED:
			break;
	}
	pg_unreachable();
}

/* Whether another request may fare better: settings are no better then, nor is this machine. */
static bool
is_of_request(TuyaHttpOutcome outcome)
{
	return outcome != TUYA_HTTP_NO_TLS && outcome != TUYA_HTTP_BAD_CA_FILE &&
		outcome != TUYA_HTTP_NO_DESCRIPTORS && outcome != TUYA_HTTP_NO_MEMORY;
}

TuyaFailure *
tuya_failure_of_transport(const TuyaReplyForm *form, const char *endpoint,
						  const TuyaHttpResult *result, int64 elapsed_ms)
{
	TuyaFailure *failure = of_outcome(form, endpoint, result, elapsed_ms);

	failure->of_key = is_of_request(result->outcome);
	return failure;
}

TuyaFailure *
tuya_failure_of_libcurl(void)
{
	return tuya_failure_make(ERRCODE_INSUFFICIENT_RESOURCES, "libcurl failed: out of memory or descriptors",
							 "Its event loop reported an error, for which it knows no other reason.",
							 "Try again: the next statement makes new connections.");
}

TuyaFailure *
tuya_failure_of_max_requests(int64 requests, int64 retries, int64 keys)
{
	return tuya_failure_make(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
							 "the statement needs more requests than tuya_fdw.max_requests allows",
							 psprintf("It has sent " INT64_FORMAT " (different keys: " INT64_FORMAT ", sent again: " INT64_FORMAT ").",
									  requests, keys, retries),
							 "If so many are meant, raise tuya_fdw.max_requests or set it to 0.");
}

TuyaFailure *
tuya_failure_of_statement_cap(const char *server, int limit, int64 sent)
{
	return tuya_failure_make(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
							 psprintf("the statement needs more requests than server \"%s\" allows", server),
							 psprintf("The server option \"max_requests\" allows a statement %d, and it has sent " INT64_FORMAT ".",
									  limit, sent),
							 "If so many are meant, the server's owner can raise the option.");
}

TuyaFailure *
tuya_failure_of_day_cap(const char *server, int limit, int64 sent, int64 end_s)
{
	pg_time_t	end = (pg_time_t) end_s;
	char		day[32];

	pg_strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S UTC", pg_gmtime(&end));
	return tuya_failure_make(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
							 psprintf("server \"%s\" allows no more requests today", server),
							 sent < 0 ?
							 psprintf("The server option \"max_requests_per_day\" allows %d, and too many servers have one to count them all until %s.",
									  limit, day) :
							 psprintf("The server option \"max_requests_per_day\" allows %d to all sessions together, and " INT64_FORMAT " were sent. The next day begins at %s.",
									  limit, sent, day),
							 "Wait until then; or the server's owner can raise the option.");
}

TuyaFailure *
tuya_failure_of_timeout(const char *endpoint, TuyaHttpPhase phase, TuyaTimeLimit limit,
						int64 elapsed_ms)
{
	static const char *const doing[] = {
		[TUYA_HTTP_WAITING] = "waiting for a stream of the connection",
		[TUYA_HTTP_RESOLVING] = "resolving the name",
		[TUYA_HTTP_CONNECTING] = "connecting",
		[TUYA_HTTP_HANDSHAKING] = "negotiating TLS",
		[TUYA_HTTP_REPLYING] = "waiting for the reply"
	};
	static const char *const options[] = {
		[TUYA_LIMIT_CONNECT] = "connect_timeout",
		[TUYA_LIMIT_REQUEST] = "request_timeout",
		[TUYA_LIMIT_LOOKUP] = "lookup_timeout"
	};

	return tuya_failure_of_key(ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
							   phase == TUYA_HTTP_REPLYING || phase == TUYA_HTTP_WAITING ?
							   psprintf("request to \"%s\" timed out", endpoint) :
							   psprintf("connection to \"%s\" timed out", endpoint),
							   psprintf("The limit of %d ms ran out while %s, after %lld ms.",
										limit.ms, doing[phase], (long long) elapsed_ms),
							   psprintf("The limit is the server option \"%s\".", options[limit.kind]));
}

/*
 * ---- pages that do not add up ----
 */

static char *
round_detail(const TuyaReplyForm *form, const TuyaRoundReport *report, const char *refusal)
{
	switch (report->fault)
	{
		case TUYA_ROUND_TOTAL_CHANGED:
			return psprintf("Page " INT64_FORMAT " tells another total than page 1, which told " INT64_FORMAT ".",
							report->page, report->total);
		case TUYA_ROUND_PAGE_NOT_FULL:
			return psprintf("Page " INT64_FORMAT " has " INT64_FORMAT " %s, and the total of " INT64_FORMAT " needs another number.",
							report->page, report->page_rows, form->rows, report->total);
		case TUYA_ROUND_IDS_DIFFER:
			return psprintf("The pages show " INT64_FORMAT " different %s, and their total is " INT64_FORMAT ".",
							report->ids, form->rows, report->total);
		case TUYA_ROUND_PAGE_REFUSED:
			return psprintf("The service refuses page " INT64_FORMAT " with code %s, and %s.",
							report->page, refusal ? refusal : "none",
							report->total < 0 ? "the page before it has its token" :
							psprintf("the total of page 1 is " INT64_FORMAT, report->total));
		case TUYA_ROUND_ID_REPEATED:
			return psprintf("The pages to page " INT64_FORMAT " show " INT64_FORMAT " different %s, and some of them twice.",
							report->page, report->ids, form->rows);
		case TUYA_ROUND_TOKEN_MISSING:
			return psprintf("Page " INT64_FORMAT " has no token of a next page, nor an empty one, and %s: the pages show " INT64_FORMAT " different %s.",
							report->page,
							report->total < 0 ? "no total" :
							psprintf("its total of " INT64_FORMAT " needs another number", report->total),
							report->ids, form->rows);
		case TUYA_ROUND_TOKEN_REPEATED:
			return psprintf("Page " INT64_FORMAT " tells a token that an earlier page told.", report->page);
		case TUYA_ROUND_FAULT_NONE:
			break;
	}
	return psprintf("The total of page 1 is " INT64_FORMAT ".", report->total);
}

/* No round can be read to its end. */
static TuyaFailure *
of_endless_round(const TuyaReplyForm *form, const TuyaRoundReport *report)
{
	const int	sqlstate = ERRCODE_FDW_UNABLE_TO_CREATE_REPLY;
	const char *too_many = psprintf("the service tells of more %s than can be read", form->rows);

	if (report->fault == TUYA_ROUND_TOKEN_REPEATED)
		return tuya_failure_of_key(sqlstate, "the service's pages lead in a circle",
								   round_detail(form, report, NULL), NULL);
	if (form->paging == TUYA_PAGING_TOKEN)
		return tuya_failure_of_key(sqlstate, too_many,
								   psprintf("There are more after " INT64_FORMAT " pages with " INT64_FORMAT " different %s; %d pages and " INT64_FORMAT " %s can be read.",
											report->page, report->ids, form->rows, ROUND_PAGES_MAX,
											report->rows_max, form->rows), NULL);
	return tuya_failure_of_key(sqlstate, too_many,
							   psprintf("The total of " INT64_FORMAT " needs more than %d pages of " INT64_FORMAT " %s.",
										report->total, ROUND_PAGES_MAX, report->page_rows, form->rows), NULL);
}

TuyaFailure *
tuya_failure_of_round(const TuyaReplyForm *form, const TuyaRoundReport *report,
					  TuyaRoundVerdict verdict, const char *refusal)
{
	if (verdict == TUYA_ROUND_NO_MEMORY)
		return tuya_failure_make(ERRCODE_OUT_OF_MEMORY, "out of memory",
								 psprintf("Failed on the %s ids of a lookup.", form->row), NULL);
	if (verdict == TUYA_ROUND_ENDLESS)
		return of_endless_round(form, report);
	return tuya_failure_of_key(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY,
							   psprintf("the service's pages do not add up, also when read %d times", ROUNDS_MAX),
							   round_detail(form, report, refusal),
							   psprintf("%c%s may be created or deleted all the time. Try again, or set the option \"on_incomplete\" to \"warning\" to take what there is.",
										pg_toupper((unsigned char) form->rows[0]), form->rows + 1));
}

void
tuya_failure_raise(const TuyaFailure *failure)
{
	ereport(ERROR,
			(errcode(failure->sqlstate),
			 errmsg_internal("%s", failure->message),
			 failure->detail ? errdetail_internal("%s", failure->detail) : 0,
			 failure->hint ? errhint("%s", failure->hint) : 0));
}
