/*
 * request.c
 *		One request: its easy handle, what comes back, how it ended.
 *
 * libcurl's callbacks record and return.
 */
#include "http/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * libcurl's own limit on connecting is the caller's and a bit more: it must not end an
 * attempt before the caller does, but libcurl gives the first of several addresses
 * half of it, half of the rest to the next, and so on.
 */
#define CONNECT_SPARE_MS(ms) ((ms) / 8 > 100 ? (ms) / 8 : 100)

/*
 * ---- libcurl's callbacks ----
 */

bool
tuya_http_refuse(TuyaHttpRequest *request, TuyaHttpOutcome outcome, const char *why)
{
	request->refused = why;
	request->refusal = outcome;
	return false;
}

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

static size_t
on_body(char *data, size_t size, size_t count, void *userp)
{
	TuyaHttpRequest *request = userp;

	request->http->received += size * count;
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

	request->http->shares = request->http->shares || shared;
	if (++request->times_sent > 1)
		return tuya_http_refuse(request, TUYA_HTTP_STALE, "the connection ended before the reply");
	if (shared && request->http->version == 1)
		return tuya_http_refuse(request, TUYA_HTTP_STALE, "the connection was in use");
	if (tuya_http_has_input(request))
		return tuya_http_refuse(request, TUYA_HTTP_STALE,
								"something came over the connection before the request was sent");
	return true;
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
	request->local_port = local_port;
	request->fd = tuya_http_find_connection(request->http, local_port);
	request->sent_step = request->http->steps;
	request->http->nsent += request->times_sent == 0;
	return may_send(request) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/*
 * ---- the easy handle ----
 */

void
tuya_http_free_request(TuyaHttpRequest *request)
{
	if (request->easy)
		curl_easy_cleanup(request->easy);
	tuya_http_release_trust(request->trust);
	tuya_buf_free(&request->body);
	free(request);
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
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	/* an empty PROXY keeps libcurl from reading the environment's variables */
	return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PROXY, http->proxy ? http->proxy : "") == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_NOPROXY, "") == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip") == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_USERAGENT, http->user_agent) == CURLE_OK;
}

static void
set_up_callbacks(CURL *easy, TuyaHttpRequest *request)
{
	curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
	curl_easy_setopt(easy, CURLOPT_RESOLVER_START_FUNCTION, tuya_http_on_resolve);
	curl_easy_setopt(easy, CURLOPT_RESOLVER_START_DATA, request);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, tuya_http_open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, request->http);
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
	if (request->easy == NULL || !tuya_http_set_up_tls(request->easy, http) ||
		!set_up_route(request->easy, http))
	{
		tuya_http_free_request(request);
		return NULL;
	}
	set_up_callbacks(request->easy, request);
	return request;
}

/* Offers HTTP/2, and waits for a connection that can be shared, unless it is HTTP/1.1. */
static void
set_version(TuyaHttpRequest *request)
{
	bool		one = request->http->version == 1;

	curl_easy_setopt(request->easy, CURLOPT_HTTP_VERSION,
					 one ? (long) CURL_HTTP_VERSION_1_1 : (long) CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(request->easy, CURLOPT_PIPEWAIT, one ? 0L : 1L);
}

/*
 * libcurl parses, copies and prints a URL many times over for each request, which
 * was a fifth of its CPU time.  So it gets the short part only, and the signed
 * query as the request's target, which it sends as it is.
 */
bool
tuya_http_set_url(TuyaHttpRequest *request, const char *url)
{
	const char *target = strchr(strstr(url, "://") + 3, '/');
	char	   *base = strndup(url, target + 1 - url);
	bool		ok = base != NULL &&
	curl_easy_setopt(request->easy, CURLOPT_URL, base) == CURLE_OK &&
	curl_easy_setopt(request->easy, CURLOPT_REQUEST_TARGET, target) == CURLE_OK;

	free(base);
	return ok;
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
	request->content_codings = 0;
	request->transfer_codings = 0;
	request->resolving = false;
	request->held = false;
	request->times_sent = 0;
	request->polled_for = 0;
	request->fd = -1;
	request->received = 0;
	request->received_before = 0;
	request->refused = NULL;
	request->content_type[0] = '\0';
	request->error[0] = '\0';
	tuya_buf_init(&request->body, body_max);
	/* what does not get smaller by a coding gets larger by very little */
	request->wire_bytes_max = body_max + HEAD_BYTES_MAX;
	memset(&request->result, 0, sizeof(request->result));
	set_version(request);
	request->result.own_authorities = request->http->ca_file != NULL;
	request->result.body = &request->body;
	request->result.content_type = request->content_type;
	request->result.error = request->error;
}

/*
 * ---- state and outcome ----
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

bool
tuya_http_has_addresses(const TuyaHttpRequest *request)
{
	curl_off_t	us = 0;

	return curl_easy_getinfo(request->easy, CURLINFO_NAMELOOKUP_TIME_T, &us) == CURLE_OK && us > 0;
}

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

/* libcurl could not hand over what it has read of the body. */
static TuyaHttpOutcome
write_outcome(const TuyaHttpRequest *request)
{
	if (request->body.status == TUYA_BUF_NO_MEMORY)
		return TUYA_HTTP_NO_MEMORY;
	if (request->body.status == TUYA_BUF_TOO_LARGE)
		return TUYA_HTTP_TOO_LARGE;
	/* our callbacks took all that they got, so it is the decoder */
	return TUYA_HTTP_BAD_ENCODING;
}

/* Whether libcurl may have failed for want of a descriptor; it does not tell. */
static bool
is_short_of_descriptors(const TuyaHttp *http)
{
	int			fd;

	if (http->short_step == http->steps)
		return true;
	if ((fd = dup(http->epoll_fd)) < 0)
		return errno == EMFILE || errno == ENFILE;
	close(fd);
	return false;
}

/* libcurl says the same of a header line that is too long for it. */
static TuyaHttpOutcome
memory_outcome(const TuyaHttpRequest *request)
{
	if (request->times_sent > 0 && !request->head_ended && request->http->proxy == NULL &&
		request->received > request->received_before + HEAD_BYTES_MAX)
		return TUYA_HTTP_HEAD_TOO_LARGE;
	return is_short_of_descriptors(request->http) ? TUYA_HTTP_NO_DESCRIPTORS : TUYA_HTTP_NO_MEMORY;
}

static TuyaHttpOutcome
receive_outcome(const TuyaHttpRequest *request)
{
	/* what libcurl says when a proxy refuses the tunnel */
	if (request->times_sent == 0 && request->http->proxy)
		return TUYA_HTTP_NO_PROXY;
	return strstr(request->error, "chunk") ? TUYA_HTTP_NOT_HTTP : TUYA_HTTP_LOST;
}

/* No connection came to be. */
static TuyaHttpOutcome
connect_outcome(const TuyaHttpRequest *request, TuyaHttpOutcome outcome)
{
	return is_short_of_descriptors(request->http) ? TUYA_HTTP_NO_DESCRIPTORS : outcome;
}

static TuyaHttpOutcome
outcome_of(const TuyaHttpRequest *request, CURLcode rc)
{
	if (rc != CURLE_OK && request->refused)
		return request->refusal;
	switch (rc)
	{
		case CURLE_OK:
			/* a connection that ends within the head does not disturb libcurl */
			return request->head_ended ? TUYA_HTTP_REPLIED : TUYA_HTTP_LOST;
		case CURLE_COULDNT_RESOLVE_HOST:
			return connect_outcome(request, TUYA_HTTP_NO_NAME);
		case CURLE_COULDNT_CONNECT:
		case CURLE_NO_CONNECTION_AVAILABLE:
			return connect_outcome(request, TUYA_HTTP_NO_CONNECTION);
		case CURLE_COULDNT_RESOLVE_PROXY:
		case CURLE_PROXY:
			return connect_outcome(request, TUYA_HTTP_NO_PROXY);
		case CURLE_SSL_CONNECT_ERROR:
		case CURLE_SSL_CLIENTCERT:
			return TUYA_HTTP_NO_HANDSHAKE;
		case CURLE_PEER_FAILED_VERIFICATION:
		case CURLE_SSL_CIPHER:
		case CURLE_SSL_ISSUER_ERROR:
		case CURLE_SSL_CERTPROBLEM:
		case CURLE_SSL_INVALIDCERTSTATUS:
			return TUYA_HTTP_NO_TLS;
		case CURLE_SSL_CACERT_BADFILE:
			return connect_outcome(request, TUYA_HTTP_BAD_CA_FILE);
		case CURLE_WRITE_ERROR:
			return write_outcome(request);
		case CURLE_BAD_CONTENT_ENCODING:
			return TUYA_HTTP_BAD_ENCODING;
		case CURLE_FILESIZE_EXCEEDED:
			return TUYA_HTTP_TOO_LARGE;
		case CURLE_OUT_OF_MEMORY:
#if LIBCURL_VERSION_NUM >= 0x080600
		case CURLE_TOO_LARGE:
#endif
			return memory_outcome(request);
		case CURLE_UNSUPPORTED_PROTOCOL:
			return request->times_sent > 0 ? TUYA_HTTP_NOT_HTTP : TUYA_HTTP_OTHER;
		case CURLE_WEIRD_SERVER_REPLY:
			return TUYA_HTTP_NOT_HTTP;
		case CURLE_RECV_ERROR:
			return receive_outcome(request);
		case CURLE_HTTP2_STREAM:
			/* libcurl says the same when the connection has ended */
			return tuya_http_connection_lives(request->http, request->local_port) ?
				TUYA_HTTP_RESET : TUYA_HTTP_LOST;
		case CURLE_OPERATION_TIMEDOUT:
			/* the caller's limit is shorter, but does not run while nobody drives */
			return TUYA_HTTP_STALE;
		case CURLE_GOT_NOTHING:
		case CURLE_SEND_ERROR:
		case CURLE_PARTIAL_FILE:
		case CURLE_HTTP2:
		case CURLE_AGAIN:
		case CURLE_SSL_SHUTDOWN_FAILED:
			return TUYA_HTTP_LOST;
		default:
			return TUYA_HTTP_OTHER;
	}
}

static void
set_error(TuyaHttpRequest *request, const char *error)
{
	request->error[0] = '\0';
	strncat(request->error, error, sizeof(request->error) - 1);
}

/*
 * The connection or stream ended, but perhaps after the reply: over HTTP/2 libcurl
 * reports the end to each request that has not been told of its reply's end yet.
 */
static void
judge_end(TuyaHttpRequest *request, int64_t body_bytes)
{
	TuyaHttpResult *result = &request->result;
	curl_off_t	length = -1;

	curl_easy_getinfo(request->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	if (!result->multiplexed || !request->head_ended || result->status < 200)
		return;
	if (length >= 0 && length == body_bytes)
		result->outcome = TUYA_HTTP_REPLIED;
	result->end_unseen = length < 0;
}

void
tuya_http_set_result(TuyaHttpRequest *request, CURLcode rc)
{
	TuyaHttpResult *result = &request->result;
	long		status = 0;
	long		connects = 0;
	long		version = CURL_HTTP_VERSION_NONE;
	curl_off_t	body_bytes = 0;

	tuya_http_end_resolving(request, rc == CURLE_COULDNT_RESOLVE_HOST || rc == CURLE_COULDNT_RESOLVE_PROXY);
	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(request->easy, CURLINFO_NUM_CONNECTS, &connects);
	curl_easy_getinfo(request->easy, CURLINFO_HTTP_VERSION, &version);
	if (status > 0 && version != CURL_HTTP_VERSION_NONE)
		tuya_http_note_version(request->http, version == CURL_HTTP_VERSION_2_0 ? 2 : 1);
	curl_easy_getinfo(request->easy, CURLINFO_SIZE_DOWNLOAD_T, &body_bytes);
	result->multiplexed = request->http->version != 1;
	result->cold = request->http->version == 0;
	result->outcome = outcome_of(request, rc);
	result->status = (int) status;
	result->reused = connects == 0 && request->times_sent > 0;
	result->bytes_received = (int64_t) body_bytes + (int64_t) request->head_bytes;
	/* on a kept connection it may be the rest of what came before */
	if (result->outcome == TUYA_HTTP_NOT_HTTP && result->reused)
		result->outcome = TUYA_HTTP_LOST;
	if (result->outcome == TUYA_HTTP_LOST && result->multiplexed)
		request->http->lost = true;
	if (result->outcome == TUYA_HTTP_LOST || result->outcome == TUYA_HTTP_RESET)
		judge_end(request, (int64_t) body_bytes);
	/* over HTTP/2 libcurl does not try to repeat it, so it is ours to see */
	if (result->outcome == TUYA_HTTP_LOST && result->reused && result->bytes_received == 0 &&
		!request->http->disconnected)
		result->outcome = TUYA_HTTP_STALE;
	if (rc != CURLE_OK && request->refused)
		set_error(request, request->refused);
	else if (result->outcome != TUYA_HTTP_REPLIED && request->http->disconnected)
		set_error(request, "more came than can be read at once, and little of it was a reply");
	else if (rc == CURLE_WRITE_ERROR && result->outcome == TUYA_HTTP_BAD_ENCODING)
		set_error(request, "its content coding is broken");
	else if (result->outcome != TUYA_HTTP_REPLIED && request->error[0] == '\0')
		set_error(request, rc == CURLE_OK ? "the reply ended within its head" :
				  curl_easy_strerror(rc));
	if (result->outcome != TUYA_HTTP_REPLIED)
		tuya_http_judge_tls(request);
}

void
tuya_http_set_lost(TuyaHttpRequest *request, const char *error)
{
	TuyaHttpResult *result = &request->result;

	result->outcome = TUYA_HTTP_LOST;
	result->multiplexed = true;
	result->shared = true;
	set_error(request, error);
}
