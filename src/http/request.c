/*
 * request.c
 *		One request: its easy handle, and what comes back.
 *
 * libcurl's callbacks record and return.
 */
#include "http/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of replies within one call into libcurl, decoded; 256 full pages are less. */
#define CALL_BODY_BYTES_MAX (8 * 1024 * 1024)

/*
 * libcurl's own limit on connecting is the caller's and a bit more: it must not end an
 * attempt before the caller does, but libcurl gives the first of several addresses
 * half of it, half of the rest to the next, and so on.
 */
#define CONNECT_SPARE_MS(ms) ((ms) / 8 > 100 ? (ms) / 8 : 100)

/*
 * So long the settings of an HTTP/2 connection are awaited.  A service sends them at
 * once; one that does not has its requests all the same, rather than one by one.
 */
#define SETTINGS_MS_MAX 1000

/*
 * ---- libcurl's callbacks ----
 */

/*
 * Called as bytes come: taken counts the body's as they came over the wire, of which
 * a content coding may make nothing at all.
 */
static int
on_progress(void *userp, curl_off_t total, curl_off_t taken,
			curl_off_t total_up, curl_off_t taken_up)
{
	TuyaHttpRequest *request = userp;

	(void) total;
	(void) total_up;
	(void) taken_up;
	if (taken <= (curl_off_t) request->wire_bytes_max)
		return 0;
	(void) tuya_http_refuse(request, TUYA_HTTP_TOO_LARGE, "its body is too large");
	return 1;
}

/*
 * Signals wait for the end of a call, in which libcurl may read and decode replies of
 * all requests.  Each has its bound, but all of them together are too much: one call
 * has a bound of its own, and what is beyond it is asked for again.
 */
static size_t
on_body(char *data, size_t size, size_t count, void *userp)
{
	TuyaHttpRequest *request = userp;
	TuyaHttp   *http = request->http;

	http->received += size * count;
	if (http->received - http->received_at_call > CALL_BODY_BYTES_MAX)
	{
		(void) tuya_http_refuse(request, TUYA_HTTP_CROWDED, "too much had come at once");
		return 0;
	}
	return tuya_buf_append(&request->body, data, size * count) ? size * count : 0;
}

/*
 * Marks those that share a connection; whether the request does.  One that has
 * ended in the running step is still in our list, but libcurl watches the socket
 * only for those that use it.
 */
static bool
note_sharing(TuyaHttpRequest *request)
{
	request->result.shared = false;
	if (!tuya_http_is_watched(request->http, request->fd))
		return false;
	for (TuyaHttpRequest *other = request->http->in_flight; other; other = other->flight_next)
		if (other != request && other->times_sent > 0 &&
			other->local_port == request->local_port)
			other->result.shared = request->result.shared = true;
	return request->result.shared;
}

/* Whether the request may go out over the connection that libcurl chose. */
static bool
may_send(TuyaHttpRequest *request)
{
	bool		shared = note_sharing(request);

	request->times_sent++;
	if (shared && request->http->version == 1)
		return tuya_http_refuse(request, TUYA_HTTP_STALE, "the connection was in use");
	if (tuya_http_has_input(request))
		return tuya_http_refuse(request, TUYA_HTTP_STALE,
								"something came over the connection, or its end, before the request was sent");
	return true;
}

/* Something is about to be sent over the connection; returns its number. */
static int64_t
use_connection(TuyaHttp *http, int fd)
{
	Watch	   *watch = &http->watches[fd];

	http->nused += !watch->was_used;
	watch->was_used = true;
	return watch->number;
}

/*
 * Called when a request is about to be sent.  libcurl repeats a request by
 * itself when a kept connection dies before a byte of the reply, or when the
 * stream was refused; the same nonce would go out twice.  So the second time
 * it is aborted, and the caller sends it again, signed anew.  So is a request
 * that would share an HTTP/1.1 connection (see tuya_http_note_version()), and one
 * that would find a reply there already.  libcurl closes the connection of a
 * request that is aborted, unless another uses it.
 */
static int
on_about_to_send(void *userp, char *remote_ip, char *local_ip,
				 int remote_port, int local_port)
{
	TuyaHttpRequest *request = userp;

	(void) remote_ip;
	(void) local_ip;
	(void) remote_port;
	if (tuya_http_refuse_repeat(request))
		return CURL_PREREQFUNC_ABORT;
	request->local_port = local_port;
	request->fd = tuya_http_find_connection(request->http, local_port);
	request->connection = request->fd < 0 ? 0 : use_connection(request->http, request->fd);
	request->sent_step = request->http->steps;
	request->http->nsent++;
	if (request->http->version != 1 &&
		(request->http->fresh || request->fd != request->http->used_fd))
	{
		tuya_http_await_settings(request);
		request->http->awaited_ms = tuya_http_now_ms() + SETTINGS_MS_MAX;
	}
	if (request->http->trace)
		tuya_http_trace_sending(request);
	if (!may_send(request))
		return CURL_PREREQFUNC_ABORT;
	request->http->nsent_ever++;
	return CURL_PREREQFUNC_OK;
}

/*
 * ---- the easy handle ----
 */

void
tuya_http_free_request(TuyaHttpRequest *request)
{
	if (request->easy)
		curl_easy_cleanup(request->easy);
	curl_url_cleanup(request->parsed_base);
	free(request->base);
	tuya_http_release_trust(request->trust);
	tuya_buf_free(&request->body);
	free(request);
}

static bool
add_header(struct curl_slist **headers, const char *header)
{
	struct curl_slist *longer = curl_slist_append(*headers, header);

	if (longer != NULL)
		*headers = longer;
	return longer != NULL;
}

/*
 * What libcurl's options say of these it prints for each request, and then once more into the
 * request.
 */
bool
tuya_http_make_headers(TuyaHttp *http, const char *user_agent)
{
	char		header[128];

	(void) snprintf(header, sizeof(header), "User-Agent: %s", user_agent);
	return add_header(&http->proxy_headers, header) && add_header(&http->headers, header) &&
		add_header(&http->headers, "Accept-Encoding: gzip");
}

/* CURLE_UNKNOWN_OPTION and the like cannot happen, out of memory can. */
static bool
set_up_route(CURL *easy, const TuyaHttp *http)
{
	const char *protocols = http->cleartext ? "http,https" : "https";

	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
					 http->connect_ms + (long) CONNECT_SPARE_MS(http->connect_ms));
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long) IDLE_S_MAX);
	/* nothing is uploaded, but the buffer is allocated for each request over HTTP/1.1 */
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	/* an empty PROXY keeps libcurl from reading the environment's variables */
	return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PROXY, http->proxy ? http->proxy : "") == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_NOPROXY, "") == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip") == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PROXYHEADER, http->proxy_headers) == CURLE_OK;
}

static void
set_up_callbacks(CURL *easy, TuyaHttpRequest *request)
{
	curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
	curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, tuya_http_on_resolve);
	curl_easy_setopt(easy, CURLOPT_RESOLVER_START_DATA, request);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, tuya_http_open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, request);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, tuya_http_close_socket);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, request->http);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->error);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, tuya_http_on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, request);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_about_to_send);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, request);
}

TuyaHttpRequest *
tuya_http_new_request(TuyaHttp *http)
{
	TuyaHttpRequest *request = calloc(1, sizeof(*request));

	if (request == NULL)
		return NULL;
	request->http = http;
	tuya_buf_init(&request->body, 0);
	request->easy = curl_easy_init();
	if (request->easy == NULL || !tuya_http_set_up_tls(request) ||
		!set_up_route(request->easy, http))
	{
		tuya_http_free_request(request);
		return NULL;
	}
	set_up_callbacks(request->easy, request);
	return request;
}

/*
 * libcurl parses, copies and prints a URL many times over for each request, which
 * was a fifth of its CPU time.  So it gets the short part only, parsed once for all
 * requests of the easy handle, and the signed query as the request's target, which it
 * sends as it is.
 */
static bool
set_base(TuyaHttpRequest *request, const char *url, size_t len)
{
	char	   *base;
	bool		ok;

	if (request->base && strncmp(request->base, url, len) == 0 && request->base[len] == '\0')
		return true;
	base = strndup(url, len);
	if (base == NULL)
		return false;
	free(request->base);
	request->base = base;
	if (request->parsed_base == NULL)
		request->parsed_base = curl_url();
	ok = request->parsed_base &&
		curl_url_set(request->parsed_base, CURLUPART_URL, base, 0) == CURLUE_OK &&
		curl_easy_setopt(request->easy, CURLOPT_CURLU, request->parsed_base) == CURLE_OK;
	if (!ok)
		*base = '\0';
	return ok;
}

bool
tuya_http_set_url(TuyaHttpRequest *request, const char *url)
{
	const char *target = strchr(strstr(url, "://") + 3, '/');

	return set_base(request, url, (size_t) (target + 1 - url)) &&
		curl_easy_setopt(request->easy, CURLOPT_REQUEST_TARGET, target) == CURLE_OK;
}

/* Forgets what an earlier use of the object has left. */
void
tuya_http_clear_request(TuyaHttpRequest *request, size_t body_max, void *owner)
{
	request->owner = owner;
	request->next = NULL;
	request->head_bytes = 0;
	request->heads = 0;
	request->interim = false;
	request->head_ended = false;
	request->coding_line = false;
	request->transfer_line = false;
	request->length_line = false;
	request->content_codings = 0;
	request->transfer_codings = 0;
	request->resolving = false;
	request->held = false;
	request->times_sent = 0;
	request->polled_for = 0;
	request->fd = -1;
	request->connection = 0;
	request->received = 0;
	request->received_before = 0;
	request->broken_framing = false;
	request->refused = NULL;
	request->content_type[0] = '\0';
	memset(request->error, 0, sizeof(request->error));
	tuya_buf_init(&request->body, body_max);
	/* what does not get smaller by a coding gets larger by very little */
	request->wire_bytes_max = body_max + HEAD_BYTES_MAX;
	memset(&request->result, 0, sizeof(request->result));
	tuya_http_offer_version(request);
	request->result.own_authorities = request->http->ca_file != NULL;
	request->result.body = &request->body;
	request->result.content_type = request->content_type;
	request->result.error = request->error;
}

/*
 * ---- state ----
 */

void *
tuya_http_owner(const TuyaHttpRequest *request)
{
	return request->owner;
}

const TuyaHttpResult *
tuya_http_result(const TuyaHttpRequest *request)
{
	return &request->result;
}
