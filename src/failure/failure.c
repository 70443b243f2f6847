/*
 * failure.c
 *		Why a lookup failed, kept until a row of it is asked for, then raised.
 *
 * Messages have three parts: what we did, what the other side said, what to
 * do.  For which table and key is the scan's to add, as context.
 */
#include "postgres.h"

#include "failure/failure.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "pgtime.h"

#include "core/reply.h"
#include "core/retry.h"

const char *const tuya_failure_hint_descriptors =
"Raise the operating system's limit on open files for the database server, or lower the server option \"concurrency\" or the parameter \"max_files_per_process\".";

static TuyaFailure *
failure(int sqlstate, const char *message, const char *detail, const char *hint)
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
	TuyaFailure *result = failure(sqlstate, message, detail, hint);

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
no_reply(TuyaHttpOutcome outcome, const char *said)
{
	const int	sqlstate = ERRCODE_FDW_UNABLE_TO_CREATE_REPLY;
	const char *too_large = "reply of the service is too large";
	const char *malformed = "reply of the service is malformed";

	if (outcome == TUYA_HTTP_TOO_LARGE)
		return failure(sqlstate, too_large,
					   psprintf("A page may have %d bytes.", REPLY_BYTES_MAX),
					   "Set the option \"page_size\" to a smaller value.");
	if (outcome == TUYA_HTTP_HEAD_TOO_LARGE)
		return failure(sqlstate, too_large,
					   psprintf("Its head may have %d bytes, and %d interim heads (status 1xx) before it.",
								HEAD_BYTES_MAX, INTERIM_HEADS_MAX), NULL);
	return failure(sqlstate, malformed, said,
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
		return failure(sqlstate, psprintf("could not connect to \"%s\" through the proxy", endpoint),
					   said, "Check the server option \"proxy\".");
	if (result->outcome == TUYA_HTTP_NO_NAME || result->outcome == TUYA_HTTP_NO_CONNECTION)
		return failure(sqlstate, psprintf("could not connect to \"%s\"", endpoint), said,
					   "Check the server options \"endpoint\" and, if there is one, \"proxy\", and that the database server may connect there.");
	return failure(sqlstate, secure, said, tuya_failure_tls_hint(result));
}

static TuyaFailure *
of_outcome(const char *endpoint, const TuyaHttpResult *result, int64 elapsed_ms)
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
			return failure(ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
						   psprintf("connection to \"%s\" was lost", endpoint),
						   lost_detail(result, elapsed_ms), NULL);
		case TUYA_HTTP_TOO_LARGE:
		case TUYA_HTTP_HEAD_TOO_LARGE:
		case TUYA_HTTP_NOT_HTTP:
		case TUYA_HTTP_BAD_ENCODING:
			return no_reply(result->outcome, said);
		case TUYA_HTTP_NO_DESCRIPTORS:
			return failure(ERRCODE_INSUFFICIENT_RESOURCES,
						   "too few file descriptors for a connection to the service", said,
						   tuya_failure_hint_descriptors);
		case TUYA_HTTP_OTHER:
			return failure(ERRCODE_FDW_ERROR,
						   psprintf("request to \"%s\" could not be made", endpoint), said, NULL);
		case TUYA_HTTP_NO_MEMORY:
			return failure(ERRCODE_OUT_OF_MEMORY, "out of memory",
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
tuya_failure_of_transport(const char *endpoint, const TuyaHttpResult *result, int64 elapsed_ms)
{
	TuyaFailure *failure = of_outcome(endpoint, result, elapsed_ms);

	failure->of_key = is_of_request(result->outcome);
	return failure;
}

TuyaFailure *
tuya_failure_of_libcurl(void)
{
	return failure(ERRCODE_INSUFFICIENT_RESOURCES, "libcurl failed: out of memory or descriptors",
				   "Its event loop reported an error, for which it knows no other reason.",
				   "Try again: the next statement makes new connections.");
}

TuyaFailure *
tuya_failure_of_max_requests(int64 requests, int64 retries, int64 keys)
{
	return failure(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
				   "the statement needs more requests than tuya_fdw.max_requests allows",
				   psprintf("It has sent " INT64_FORMAT " (different keys: " INT64_FORMAT ", sent again: " INT64_FORMAT ").",
							requests, keys, retries),
				   "If so many are meant, raise tuya_fdw.max_requests or set it to 0.");
}

TuyaFailure *
tuya_failure_of_statement_cap(const char *server, int limit, int64 sent)
{
	return failure(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
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
	return failure(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
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
 * ---- a reply that is not a page ----
 */

/* The rest of 3xx says other things, such as that nothing was modified. */
static bool
is_redirect(int status)
{
	return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

static const char *
not_json_hint(const TuyaHttpResult *result)
{
	static const char *const stranger =
	"The reply is not the service's own; a proxy or gateway before it may have sent it.";
	const char *text = result->body->data + strspn(result->body->data, " \t\r\n\xEF\xBB\xBF");

	if (pg_strncasecmp(text, "<?xml", 5) == 0)
		return "If the service answers in XML, the server option \"extra_parameters\" may ask for JSON, as by Format=JSON.";
	if (text[0] == '<' || result->status < 200 || result->status >= 300)
		return stranger;
	return NULL;
}

static TuyaFailure *
not_json(const TuyaReply *reply, const TuyaHttpResult *result)
{
	const char *detail =
	psprintf("HTTP status %d, %s, %zu bytes: %s.", result->status,
			 result->content_type[0] ?
			 psprintf("type %s", tuya_failure_quote(result->content_type)) : "no type",
			 result->body->len, reply->reason);
	TuyaErrorClass class = tuya_retry_classify(NULL, result->status);

	if (result->status >= 200 && result->status < 300)
		return failure(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY,
					   "reply of the service is malformed", detail, not_json_hint(result));
	if (is_redirect(result->status))
		return failure(ERRCODE_FDW_ERROR, "the service redirects the request", detail,
					   "Redirects are not followed; set the server option \"endpoint\" to where the service is.");
	if (class == TUYA_ERROR_THROTTLED)
		return failure(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
					   "the service's rate limit is reached", detail, NULL);
	return failure(ERRCODE_FDW_ERROR, "the service failed", detail, not_json_hint(result));
}

static char *
error_detail(const TuyaReply *reply, const TuyaHttpResult *result, bool show_message)
{
	StringInfoData detail;

	initStringInfo(&detail);
	appendStringInfo(&detail, "Code %s, HTTP status %d, request id %s.",
					 reply->code[0] ? tuya_failure_quote(reply->code) : "none",
					 result->status,
					 reply->request_id ? tuya_failure_quote(reply->request_id) : "none");
	if (show_message && reply->message && reply->message[0])
		appendStringInfo(&detail, " The service says: %s", tuya_failure_quote(reply->message));
	return detail.data;
}

/* "5 s ahead of this server's" */
static const char *
describe_ahead(int64 ahead)
{
	if (ahead == 0)
		return "at one with this server's";
	return psprintf("%lld s %s this server's", (long long) (ahead < 0 ? -ahead : ahead),
					ahead < 0 ? "behind" : "ahead of");
}

/* The service refuses a timestamp, and no other is known that could be right. */
static TuyaFailure *
clock_error(const TuyaReply *reply, const TuyaHttpResult *result, const TuyaSigning *signing)
{
	const char *detail = error_detail(reply, result, false);
	const char *hint = "Set the clock of the database server's machine.";
	int64		off = signing->timestamp_s - result->advice.date;

	if (!result->advice.has_date)
		detail = psprintf("%s The reply has no date to compare the clocks by.", detail);
	else
		detail = psprintf("%s The service's clock is %s.", detail,
						  describe_ahead(result->advice.date - signing->sent_s));
	if (signing->gave_up)
	{
		detail = psprintf("%s The request was signed anew by the date of %d refusals, and refused again.",
						  detail, CLOCK_CORRECTIONS_MAX);
		hint = "Clocks of several machines of the service may differ; ask those who run it.";
	}
	else if (result->advice.has_date && llabs(off) <= signing->slack_s)
	{
		detail = psprintf("%s The request was signed by that clock, to %lld s: the service allows less, or its date is not what it goes by.",
						  detail, (long long) llabs(off));
		hint = "Ask those who run the service how far a timestamp may be off.";
	}
	return failure(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
				   "the service refuses the request's timestamp", detail, hint);
}

/*
 * An error that says that a device is not there may mean "no rows", and tells how to have
 * it so.  Of others that would be bad advice: a used-up quota, an action that is not found.
 */
static const char *
ignore_hint(const TuyaReplyForm *form, const TuyaReply *reply, int64 page)
{
	if (page > 1 || !tuya_retry_says_absent(reply->code, form->nouns))
		return NULL;
	return psprintf("If this code shall mean that there are no rows, name it in the option \"ignored_codes\" of the server or the table: '%s'.",
					tuya_failure_quote(reply->code));
}

static bool
begins_with(const char *code, const char *prefix)
{
	return pg_strncasecmp(code, prefix, strlen(prefix)) == 0;
}

bool
tuya_failure_is_permission(const TuyaReply *reply)
{
	return reply->code && begins_with(reply->code, "Forbidden");
}

/* A key without a permission is another matter than a key that is wrong. */
static const char *
credentials_hint(const TuyaReply *reply)
{
	if (tuya_failure_is_permission(reply))
		return "The service knows access_key_id, but does not permit this; ask those who manage the account.";
	return "Check access_key_id and access_key_secret of the user mapping.";
}

/* What is demanded beyond the documentation can be given. */
static const char *
request_hint(const TuyaReply *reply)
{
	if (begins_with(reply->code, "Missing"))
		return "The service may want a parameter more (server option \"extra_parameters\"), or a key by another name (column option \"parameter\").";
	if (begins_with(reply->code, "InvalidVersion") || begins_with(reply->code, "InvalidAction"))
		return "The service may want a Version; see the server option \"extra_parameters\".";
	return NULL;
}

static TuyaFailure *
api_error(const TuyaReplyForm *form, const TuyaReply *reply, const TuyaHttpResult *result,
		  int64 page, const TuyaSigning *signing)
{
	const char *hint = NULL;

	switch (tuya_retry_classify(reply->code, result->status))
	{
		case TUYA_ERROR_THROTTLED:
			return failure(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
						   "the service's rate limit is reached",
						   error_detail(reply, result, true), NULL);
		case TUYA_ERROR_CREDENTIALS:
			/* the message may quote the string that was signed */
			return failure(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
						   "the service refuses the credentials",
						   error_detail(reply, result, false),
						   credentials_hint(reply));
		case TUYA_ERROR_CLOCK:
			return clock_error(reply, result, signing);
		case TUYA_ERROR_TROUBLE:
			return failure(ERRCODE_FDW_ERROR, "the service is in trouble",
						   error_detail(reply, result, true), NULL);
		case TUYA_ERROR_NOT_FOUND:
			return failure(ERRCODE_FDW_ERROR, psprintf("the service does not know the %s", form->keyed_by),
						   error_detail(reply, result, true), ignore_hint(form, reply, page));
		case TUYA_ERROR_NONCE:
			return failure(ERRCODE_FDW_ERROR, "the service refuses the request's nonce",
						   error_detail(reply, result, true), NULL);
		case TUYA_ERROR_REQUEST:
			hint = request_hint(reply);
			break;
		case TUYA_ERROR_OTHER:
			break;
	}
	return failure(ERRCODE_FDW_ERROR, "the service refuses the request",
				   error_detail(reply, result, true), hint ? hint : ignore_hint(form, reply, page));
}

/* Where the list is looked for: "data.simpleOTAJobInfo" */
static char *
list_path(const TuyaReplyForm *form)
{
	StringInfoData path;

	initStringInfo(&path);
	for (int i = 0; form->list[i]; i++)
		appendStringInfo(&path, "%s%s", i ? "." : "", form->list[i]);
	return path.data;
}

static TuyaFailure *
malformed(const char *action, const TuyaReplyForm *form, const TuyaReply *reply,
		  const TuyaHttpResult *result)
{
	const char *detail = psprintf("HTTP status %d, %zu bytes: %s.", result->status,
								  result->body->len, reply->reason);

	if (reply->instead[0])
		detail = psprintf("%s %s is taken to have its list at %s; in this reply %s.", detail, action,
						  list_path(form), reply->instead);
	return failure(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY, "reply of the service is malformed", detail,
				   reply->misses_list ?
				   "If the list is somewhere else, name the members on the way there in the table's option \"list_path\", as in 'data.list'." : NULL);
}

static TuyaFailure *
of_reply(const char *action, const TuyaReplyForm *form, const TuyaReply *reply,
		 const TuyaHttpResult *result, int64 page, const TuyaSigning *signing)
{
	switch (reply->status)
	{
		case TUYA_REPLY_ERROR:
			return api_error(form, reply, result, page, signing);
		case TUYA_REPLY_NOT_JSON:
			return not_json(reply, result);
		case TUYA_REPLY_MALFORMED:
			return malformed(action, form, reply, result);
		case TUYA_REPLY_NO_MEMORY:
			return failure(ERRCODE_OUT_OF_MEMORY, "out of memory",
						   "Failed on parsing a reply of the service.", NULL);
		case TUYA_REPLY_PAGE:
		case TUYA_REPLY_STOPPED:	/* none: the statement ends, or it was parsed again */
			break;
	}
	/* a page with an HTTP status that says otherwise */
	return failure(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY,
				   "reply of the service is malformed",
				   psprintf("It reports success with HTTP status %d.", result->status), NULL);
}

/* Whether another key may have a page: the account, the clocks and the endpoint are the same for all. */
static bool
may_be_of_key(const char *code, const TuyaReply *reply, const TuyaHttpResult *result)
{
	TuyaErrorClass class = tuya_retry_classify(code, result->status);

	return reply->status != TUYA_REPLY_NO_MEMORY && !is_redirect(result->status) &&
		class != TUYA_ERROR_THROTTLED && class != TUYA_ERROR_CREDENTIALS && class != TUYA_ERROR_CLOCK;
}

TuyaFailure *
tuya_failure_of_reply(const char *action, const TuyaReplyForm *form, const TuyaReply *reply,
					  const TuyaHttpResult *result, int64 page, const TuyaSigning *signing)
{
	const char *code = reply->status == TUYA_REPLY_ERROR && reply->code[0] ? reply->code : NULL;
	TuyaFailure *failure = of_reply(action, form, reply, result, page, signing);

	failure->code = code ? tuya_failure_quote(code) : NULL;
	failure->of_key = may_be_of_key(code, reply, result);
	return failure;
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
		return failure(ERRCODE_OUT_OF_MEMORY, "out of memory",
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
