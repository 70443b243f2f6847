/*
 * version.c
 *		HTTP/1.1 or HTTP/2: which the service speaks, and what follows from it.
 *
 * libcurl 7.88 may send several requests at once over one HTTP/1.1 connection,
 * and hand their replies to the wrong ones, once it has had connections of both
 * versions to a host (measured).  So the two never mix: after HTTP/2 there is
 * one connection at most, which is all that HTTP/2 needs, and after HTTP/1.1
 * nothing else is offered any more.
 */
#include "http/internal.h"

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
