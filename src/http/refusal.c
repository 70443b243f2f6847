/*
 * refusal.c
 *		Requests that our own callbacks end: why, and as what outcome.
 */
#include "http/internal.h"

bool
tuya_http_refuse(TuyaHttpRequest *request, TuyaHttpOutcome outcome, const char *why)
{
	request->refused = why;
	request->refusal = outcome;
	return false;
}

bool
tuya_http_refuse_repeat(TuyaHttpRequest *request)
{
	if (request->times_sent == 0)
		return false;
	request->http->repeated = request->connection;
	/* libcurl may try several addresses, and has other words then */
	if (request->times_sent++ == 1)
		(void) tuya_http_refuse(request, TUYA_HTTP_STALE, tuya_http_note_h1_required(request) ?
								"the service wants HTTP/1.1 for it" :
								"the connection ended before the reply");
	return true;
}
