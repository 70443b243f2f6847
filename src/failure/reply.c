/*
 * reply.c
 *		A reply that is not a page: the API's error, or malformed.
 */
#include "postgres.h"

#include "failure/failure.h"

#include "lib/stringinfo.h"

#include "core/reply.h"
#include "core/retry.h"
#include "failure/internal.h"

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
		return tuya_failure_make(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY,
								 "reply of the service is malformed", detail, not_json_hint(result));
	if (is_redirect(result->status))
		return tuya_failure_make(ERRCODE_FDW_ERROR, "the service redirects the request", detail,
								 "Redirects are not followed; set the server option \"endpoint\" to where the service is.");
	if (class == TUYA_ERROR_THROTTLED)
		return tuya_failure_make(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
								 "the service's rate limit is reached", detail, NULL);
	return tuya_failure_make(ERRCODE_FDW_ERROR, "the service failed", detail, not_json_hint(result));
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
	return tuya_failure_make(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
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
			return tuya_failure_make(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
									 "the service's rate limit is reached",
									 error_detail(reply, result, true), NULL);
		case TUYA_ERROR_CREDENTIALS:
			/* the message may quote the string that was signed */
			return tuya_failure_make(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
									 "the service refuses the credentials",
									 error_detail(reply, result, false),
									 credentials_hint(reply));
		case TUYA_ERROR_CLOCK:
			return clock_error(reply, result, signing);
		case TUYA_ERROR_TROUBLE:
			return tuya_failure_make(ERRCODE_FDW_ERROR, "the service is in trouble",
									 error_detail(reply, result, true), NULL);
		case TUYA_ERROR_NOT_FOUND:
			return tuya_failure_make(ERRCODE_FDW_ERROR, psprintf("the service does not know the %s", form->keyed_by),
									 error_detail(reply, result, true), ignore_hint(form, reply, page));
		case TUYA_ERROR_NONCE:
			return tuya_failure_make(ERRCODE_FDW_ERROR, "the service refuses the request's nonce",
									 error_detail(reply, result, true), NULL);
		case TUYA_ERROR_REQUEST:
			hint = request_hint(reply);
			break;
		case TUYA_ERROR_OTHER:
			break;
	}
	return tuya_failure_make(ERRCODE_FDW_ERROR, "the service refuses the request",
							 error_detail(reply, result, true), hint ? hint : ignore_hint(form, reply, page));
}

/* Where the list is looked for, as a path: "data.list" */
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
	return tuya_failure_make(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY, "reply of the service is malformed", detail,
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
			return tuya_failure_make(ERRCODE_OUT_OF_MEMORY, "out of memory",
									 "Failed on parsing a reply of the service.", NULL);
		case TUYA_REPLY_PAGE:
		case TUYA_REPLY_STOPPED:	/* none: the statement ends, or it was parsed again */
			break;
	}
	/* a page with an HTTP status that says otherwise */
	return tuya_failure_make(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY,
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
