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
	request->times_sent++;
	(void) tuya_http_refuse(request, TUYA_HTTP_STALE, "the connection ended before the reply");
	return true;
}
