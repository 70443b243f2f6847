/*
 * trace.c
 *		How far a request has got, and its way, for who asks more than how it ended.
 *
 * libcurl knows all of it, but a connection's TLS only as long as the request has the
 * connection: that is noted when the request is about to be sent.
 */
#include "http/internal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/*
 * libcurl tells that TCP is connected only when TLS is, too.  But to connect it
 * waits for the socket to be writable, and in a handshake for something to read.
 */
TuyaHttpPhase
tuya_http_phase(const TuyaHttpRequest *request)
{
	if (request->times_sent > 0)
		return TUYA_HTTP_REPLYING;
	if (request->held)
		return TUYA_HTTP_RESOLVING;
	if (!tuya_http_has_addresses(request))
		return request->http->version != 1 && request->http->nsent > 0 ?
			TUYA_HTTP_WAITING : TUYA_HTTP_RESOLVING;
	if (request->polled_for & CURL_POLL_IN)
		return TUYA_HTTP_HANDSHAKING;
	return TUYA_HTTP_CONNECTING;
}

bool
tuya_http_has_secure_proxy(const TuyaHttp *http)
{
	return http->proxy && strncasecmp(http->proxy, "https:", strlen("https:")) == 0;
}

void
tuya_http_trace_sending(const TuyaHttpRequest *request)
{
	const void *ssl = tuya_http_ssl_of(request);

	if (ssl)
		tuya_tls_describe(ssl, &request->http->trace->tls);
}

/* In which phase it is, or has ended. */
static TuyaHttpPhase
phase_of(const TuyaHttpRequest *request)
{
	TuyaHttpPhase phase = tuya_http_phase(request);

	switch (request->result.outcome)
	{
		case TUYA_HTTP_NO_NAME:
			return TUYA_HTTP_RESOLVING;
		case TUYA_HTTP_NO_CONNECTION:
			return TUYA_HTTP_CONNECTING;
		case TUYA_HTTP_NO_PROXY:
			return tuya_http_has_addresses(request) ? TUYA_HTTP_CONNECTING : TUYA_HTTP_RESOLVING;
		case TUYA_HTTP_NO_HANDSHAKE:
		case TUYA_HTTP_NO_TLS:
		case TUYA_HTTP_BAD_CA_FILE:
			return TUYA_HTTP_HANDSHAKING;
		default:
			break;
	}
	/* the way through the proxy is part of the connection */
	if (phase == TUYA_HTTP_HANDSHAKING && request->http->proxy && !request->http->trace->tls_begun &&
		!tuya_http_has_secure_proxy(request->http))
		return TUYA_HTTP_CONNECTING;
	return phase;
}

static int64_t
time_of(const TuyaHttpRequest *request, CURLINFO info)
{
	curl_off_t	us = 0;

	curl_easy_getinfo(request->easy, info, &us);
	return (int64_t) us;
}

static void
put_address(const TuyaHttpRequest *request, char address[TUYA_HTTP_ADDRESS_BYTES])
{
	const char *ip = NULL;
	long		port = 0;

	curl_easy_getinfo(request->easy, CURLINFO_PRIMARY_IP, &ip);
	curl_easy_getinfo(request->easy, CURLINFO_PRIMARY_PORT, &port);
	if (ip && ip[0])
		snprintf(address, TUYA_HTTP_ADDRESS_BYTES, strchr(ip, ':') ? "[%s]:%ld" : "%s:%ld", ip, port);
}

/* Of the reply; NULL if none has begun. */
static const char *
version_of(const TuyaHttpRequest *request)
{
	long		version = CURL_HTTP_VERSION_NONE;
	long		status = 0;

	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(request->easy, CURLINFO_HTTP_VERSION, &version);
	if (status == 0 || request->times_sent == 0)
		return NULL;
	return version == CURL_HTTP_VERSION_2_0 ? "HTTP/2" : version == CURL_HTTP_VERSION_1_0 ? "HTTP/1.0" : "HTTP/1.1";
}

void
tuya_http_trace_end(const TuyaHttpRequest *request)
{
	TuyaHttpTrace *trace = request->http->trace;

	trace->phase = phase_of(request);
	trace->named_us = time_of(request, CURLINFO_NAMELOOKUP_TIME_T);
	trace->connected_us = time_of(request, CURLINFO_CONNECT_TIME_T);
	trace->secured_us = time_of(request, CURLINFO_APPCONNECT_TIME_T);
	trace->answered_us = time_of(request, CURLINFO_STARTTRANSFER_TIME_T);
	put_address(request, trace->address);
	trace->version = version_of(request);
	trace->has_date = request->result.advice.has_date;
	trace->date = request->result.advice.date;
}
