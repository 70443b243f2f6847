/*
 * result.c
 *		How a request ended: from libcurl's code, or our own refusal, to an outcome.
 */
#include "http/internal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* libcurl could not hand over what it has read of the body. */
static TuyaHttpOutcome
undelivered_outcome(const TuyaHttpRequest *request)
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

/* Whether it was a proxy's reply that could not be taken, for there was no request to send yet. */
static bool
is_without_tunnel(const TuyaHttpRequest *request)
{
	return request->times_sent == 0 && request->http->proxy != NULL;
}

static TuyaHttpOutcome
receive_outcome(const TuyaHttpRequest *request)
{
	/* what libcurl says when a proxy refuses the tunnel */
	if (is_without_tunnel(request))
		return TUYA_HTTP_NO_PROXY;
	return strstr(request->error, "chunk") || strstr(request->error, "Content-Length") ?
		TUYA_HTTP_NOT_HTTP : TUYA_HTTP_LOST;
}

/* No connection came to be. */
static TuyaHttpOutcome
connect_outcome(const TuyaHttpRequest *request, TuyaHttpOutcome outcome)
{
	return is_short_of_descriptors(request->http) ? TUYA_HTTP_NO_DESCRIPTORS : outcome;
}

/* What came over a connection, or did not. */
static TuyaHttpOutcome
outcome_of_exchange(const TuyaHttpRequest *request, CURLcode rc)
{
	switch (rc)
	{
		case CURLE_WRITE_ERROR:
			return undelivered_outcome(request);
		case CURLE_BAD_CONTENT_ENCODING:
			return TUYA_HTTP_BAD_ENCODING;
		case CURLE_FILESIZE_EXCEEDED:
			return TUYA_HTTP_TOO_LARGE;
		case CURLE_WEIRD_SERVER_REPLY:
			return TUYA_HTTP_NOT_HTTP;
		case CURLE_BAD_FUNCTION_ARGUMENT:
			/* what libcurl says of a trailer that is no header line */
			return request->head_ended ? TUYA_HTTP_NOT_HTTP : TUYA_HTTP_OTHER;
		case CURLE_RECV_ERROR:
			return receive_outcome(request);
		case CURLE_HTTP2_STREAM:
			/* libcurl says the same when the connection has ended */
			return tuya_http_connection_lives(tuya_http_find_connection(request->http, request->local_port)) ?
				TUYA_HTTP_RESET : TUYA_HTTP_LOST;
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
#if LIBCURL_VERSION_NUM >= 0x080600
		case CURLE_TOO_LARGE:
			return is_without_tunnel(request) ? TUYA_HTTP_NO_PROXY : memory_outcome(request);
#endif
		case CURLE_OUT_OF_MEMORY:
			return memory_outcome(request);
		case CURLE_URL_MALFORMAT:
			/* it was given one, of which it cannot make a copy */
			return strstr(request->error, "No URL set") ? memory_outcome(request) : TUYA_HTTP_OTHER;
		case CURLE_UNSUPPORTED_PROTOCOL:
			return request->times_sent > 0 ? TUYA_HTTP_NOT_HTTP : TUYA_HTTP_OTHER;
		case CURLE_OPERATION_TIMEDOUT:
			/* the caller's limit is shorter, but does not run while nobody drives */
			return TUYA_HTTP_STALE;
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
		default:
			return outcome_of_exchange(request, rc);
	}
}

static void
set_error(TuyaHttpRequest *request, const char *error)
{
	request->error[0] = '\0';
	tuya_http_append_error(request, error);
}

/*
 * The connection or stream ended, but perhaps after the reply: over HTTP/2 libcurl
 * reports the end to each request that has not been told of its reply's end yet.
 */
static void
find_end(TuyaHttpRequest *request, int64_t body_bytes)
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

/* libcurl's words stand in the request's error; some are replaced by better ones. */
static void
choose_words(TuyaHttpRequest *request, CURLcode rc)
{
	const TuyaHttpResult *result = &request->result;

	if (rc != CURLE_OK && request->refused)
		set_error(request, request->refused);
	else if (result->outcome != TUYA_HTTP_REPLIED && request->http->disconnected)
		set_error(request, "more came than can be read at once, and little of it was a reply");
	else if (result->outcome == TUYA_HTTP_LOST && strstr(request->error, "callback function"))
		set_error(request, "what the service has sent is not HTTP/2");
	else if (rc == CURLE_WRITE_ERROR && result->outcome == TUYA_HTTP_BAD_ENCODING)
		set_error(request, "its content coding is broken");
	else if (result->outcome != TUYA_HTTP_REPLIED && request->error[0] == '\0')
		set_error(request, rc == CURLE_OK ? "the reply ended within its head" :
				  curl_easy_strerror(rc));
}

void
tuya_http_set_result(TuyaHttpRequest *request, CURLcode rc)
{
	TuyaHttpResult *result = &request->result;
	long		status = 0;
	long		connects = 0;
	long		version = CURL_HTTP_VERSION_NONE;
	curl_off_t	body_bytes = 0;

	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(request->easy, CURLINFO_NUM_CONNECTS, &connects);
	curl_easy_getinfo(request->easy, CURLINFO_HTTP_VERSION, &version);
	if (status > 0 && version != CURL_HTTP_VERSION_NONE)
	{
		tuya_http_note_version(request->http, version == CURL_HTTP_VERSION_2_0 ? 2 : 1);
		request->http->answered = true;
		if (request->fd == request->http->used_fd)
			request->http->awaited = NULL;
	}
	curl_easy_getinfo(request->easy, CURLINFO_SIZE_DOWNLOAD_T, &body_bytes);
	result->multiplexed = request->http->version != 1;
	result->cold = !request->http->answered;
	result->outcome = outcome_of(request, rc);
	request->broken_framing = rc == CURLE_HTTP2;
	result->status = (int) status;
	result->reused = connects == 0 && request->times_sent > 0;
	result->bytes_received = (int64_t) body_bytes + (int64_t) request->head_bytes;
	/* on a kept connection it may be the rest of what came before */
	if (result->outcome == TUYA_HTTP_NOT_HTTP && result->reused)
		result->outcome = TUYA_HTTP_LOST;
	if (result->outcome == TUYA_HTTP_LOST && result->multiplexed)
		request->http->lost = true;
	if (result->outcome == TUYA_HTTP_LOST || result->outcome == TUYA_HTTP_RESET)
		find_end(request, (int64_t) body_bytes);
	if ((result->outcome == TUYA_HTTP_REPLIED || result->end_unseen) &&
		request->http->served < request->connection)
		request->http->served = request->connection;
	if (result->outcome == TUYA_HTTP_RESET && tuya_http_note_h1_required(request))
		result->outcome = TUYA_HTTP_STALE;
	choose_words(request, rc);
	if (result->outcome != TUYA_HTTP_REPLIED)
		tuya_http_find_tls_fault(request);
	if (request->http->trace)
		tuya_http_trace_end(request);
}

/*
 * Over HTTP/2 libcurl does not try to repeat all that a connection has lost, so it is ours to
 * see: nothing of what a kept one has; of what GOAWAY refuses all but one, of which it says
 * that the framing is broken (7.88, if GOAWAY comes while nothing is sent).  It repeats all but
 * the first of a connection that is reset, too, which nobody has refused.
 */
static bool
is_stale(const TuyaHttpRequest *request, bool served)
{
	const TuyaHttpResult *result = &request->result;

	if (result->bytes_received > 0)
		return false;
	if (request->broken_framing && request->connection == request->http->repeated)
		return true;
	return served && result->reused;
}

/*
 * A connection that has served before, or others, may end at any time.  One over which
 * no whole reply has come is how the service treats these requests, and each may be what
 * it is about; else all of them would be tried for ever.
 */
void
tuya_http_classify_lost(TuyaHttpRequest *request)
{
	TuyaHttpResult *result = &request->result;
	const TuyaHttp *http = request->http;
	bool		served = request->connection <= http->served;

	if (result->outcome != TUYA_HTTP_LOST || http->disconnected)
		return;
	if (is_stale(request, served))
		result->outcome = TUYA_HTTP_STALE;
	else if (!served)
		result->shared = false;
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
