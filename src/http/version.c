/*
 * version.c
 *		HTTP/1.1 or HTTP/2: which the service speaks, and what follows from it.
 *
 * libcurl 7.88 may send several requests at once over one HTTP/1.1 connection,
 * and hand their replies to the wrong ones, once it has had connections of both
 * versions to a host (measured).  So the two never mix: after HTTP/2 there is
 * one connection at most, which is all that HTTP/2 needs, and after HTTP/1.1
 * nothing else is offered any more.
 *
 * A service may refuse a stream of HTTP/2 with the words that it wants HTTP/1.1 (error
 * code HTTP_1_1_REQUIRED).  libcurl would repeat that request over HTTP/1.1, and each
 * that comes after it would meet the same.  So the handle leaves HTTP/2 for good: what is
 * in flight ends, all connections are closed, and nothing but HTTP/1.1 is offered then.
 */
#include "http/internal.h"

#include <string.h>

void
tuya_http_note_version(TuyaHttp *http, int version)
{
	if (version == http->version)
		return;
	http->version = version;
	curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
					  version == 2 ? 1L : (long) http->max_connections);
}

void
tuya_http_offer_version(TuyaHttpRequest *request)
{
	bool		one = request->http->version == 1;

	curl_easy_setopt(request->easy, CURLOPT_HTTP_VERSION,
					 one ? (long) CURL_HTTP_VERSION_1_1 : (long) CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(request->easy, CURLOPT_PIPEWAIT, one ? 0L : 1L);
}

/*
 * The name is RFC 9113's, and stands in libcurl's words, whatever its version.  When it is
 * about to repeat the request it has put shorter ones over these ("Empty reply from
 * server"), whose end is still there.
 */
bool
tuya_http_note_h1_required(const TuyaHttpRequest *request)
{
	static const char name[] = "HTTP_1_1_REQUIRED";

	if (memmem(request->error, sizeof(request->error), name, strlen(name)) == NULL)
		return false;
	request->http->h1_required = true;
	return true;
}

bool
tuya_http_leaves_h2(const TuyaHttp *http)
{
	return http->h1_required && http->version != 1;
}
