/*
 * multi.c
 *		Many HTTPS requests at once behind one pollable descriptor.
 *
 * The multi handle owns connections; a TuyaHttp owns it, the epoll set that
 * gathers its sockets and its timer (events.c), and a list of spare request
 * objects whose easy handles are set up once and used again.
 *
 * What must always hold: a request is either in the multi handle ("in_flight")
 * or it is not, and only tuya_http_step() and tuya_http_release() change that.  One that
 * is "held" is in flight, but the multi handle gets it later (resolve.c).
 */
#include "http/internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/reserve.h"

#if LIBCURL_VERSION_NUM < 0x075700
#error "tuya_fdw needs libcurl 7.87 or later (CURLOPT_QUICK_EXIT)"
#endif

/* Idle request objects that are kept; each has an easy handle of some 10 kB. */
#define IDLE_REQUESTS_MAX 32

/* Streams of a connection that libcurl bears at least; as many as it does without being told. */
#define STREAMS_MIN 100L

/* Between two tries of a request that is held. */
#define HELD_MS 20

/*
 * ---- creation ----
 */

static char *
copy_string(const char *string, bool *failed)
{
	char	   *copy = string ? strdup(string) : NULL;

	if (string && !copy)
		*failed = true;
	return copy;
}

static bool
add_multi(TuyaHttp *http)
{
	long		max_connections = http->max_connections;

	http->multi = curl_multi_init();
	if (http->multi == NULL)
		return false;
	tuya_http_attach_events(http);
	curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, (long) CURLPIPE_MULTIPLEX);
	curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, max_connections);
	/* as many kept as there may be: else libcurl closes by its own heuristics */
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, max_connections);
	/* over HTTP/2 as many may be in flight over one */
	curl_multi_setopt(http->multi, CURLMOPT_MAX_CONCURRENT_STREAMS,
					  max_connections > STREAMS_MIN ? max_connections : STREAMS_MIN);
#if LIBCURL_VERSION_NUM >= 0x081400
	curl_multi_setopt(http->multi, CURLMOPT_QUICK_EXIT, 1L);
#endif
	return true;
}

TuyaHttp *
tuya_http_create(const TuyaHttpConfig *config)
{
	static bool initialized = false;
	TuyaHttp   *http;
	bool		failed = false;

	if (!initialized &&
		(!tuya_http_create_watchdog() || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK))
		return NULL;
	initialized = true;

	http = calloc(1, sizeof(*http));
	if (http == NULL)
		return NULL;
	http->epoll_fd = http->timer_fd = http->left_fd = -1;
	http->done_tail = &http->done;
	http->cleartext = config->cleartext;
	http->max_connections = config->max_connections;
	http->streams = INT_MAX;
	http->used_fd = -1;
	http->fresh = true;
	http->connect_ms = config->connect_ms;
	http->trace = config->trace;
	http->ca_file = copy_string(config->ca_file, &failed);
	http->proxy = copy_string(config->proxy, &failed);
	if (failed || !tuya_http_make_headers(http, config->user_agent) || !tuya_http_create_events(http) || !add_multi(http))
	{
		tuya_http_destroy(http);
		return NULL;
	}
	return http;
}

static void
free_spare_requests(TuyaHttp *http)
{
	while (http->spare)
	{
		TuyaHttpRequest *request = http->spare;

		http->spare = request->next;
		tuya_http_free_request(request);
	}
	http->spare_count = 0;
}

/* Its connections go with it. */
static void
remove_multi(TuyaHttp *http)
{
	sigset_t	saved;

	tuya_http_begin_calls(http, &saved);
	free_spare_requests(http);
	if (http->multi)
		curl_multi_cleanup(http->multi);
	http->multi = NULL;
	tuya_http_end_calls(&saved);
}

bool
tuya_http_close_connections(TuyaHttp *http)
{
	remove_multi(http);
	http->version = 0;
	http->answered = false;
	if (!add_multi(http))
		return false;
	if (http->h1_required)
		tuya_http_note_version(http, 1);
	return true;
}

void
tuya_http_destroy(TuyaHttp *http)
{
	remove_multi(http);
	if (http->timer_fd >= 0)
		close(http->timer_fd);
	if (http->epoll_fd >= 0)
		close(http->epoll_fd);
	free(http->watches);
	tuya_http_release_trust(http->trust);
	free(http->ca_file);
	free(http->proxy);
	curl_slist_free_all(http->headers);
	curl_slist_free_all(http->proxy_headers);
	free(http);
}

int
tuya_http_fd(const TuyaHttp *http)
{
	return http->epoll_fd;
}

/*
 * ---- requests ----
 */

static TuyaHttpRequest *
take_spare_request(TuyaHttp *http)
{
	TuyaHttpRequest *request = http->spare;

	if (request == NULL)
		return tuya_http_new_request(http);
	http->spare = request->next;
	http->spare_count--;
	return request;
}

static void
put_spare_request(TuyaHttpRequest *request)
{
	TuyaHttp   *http = request->http;

	/* an easy handle counts its stale connections, and gives up at the fifth */
	if (http->spare_count >= IDLE_REQUESTS_MAX || request->times_sent > 1)
	{
		tuya_http_free_request(request);
		return;
	}
	tuya_buf_free(&request->body);
	request->next = http->spare;
	http->spare = request;
	http->spare_count++;
}

static void
enter_flight(TuyaHttpRequest *request)
{
	TuyaHttp   *http = request->http;

	request->in_flight = true;
	request->flight_next = http->in_flight;
	request->flight_link = &http->in_flight;
	if (http->in_flight)
		http->in_flight->flight_link = &request->flight_next;
	http->in_flight = request;
	http->nin_flight++;
}

static void
leave_flight(TuyaHttpRequest *request)
{
	TuyaHttp   *http = request->http;

	tuya_http_end_resolving(request, false);
	http->nin_flight--;
	http->nsent -= request->times_sent > 0;
	/* what it waited for may have been no stream */
	if (request->times_sent == 0)
		http->streams = INT_MAX;
	request->in_flight = false;
	*request->flight_link = request->flight_next;
	if (request->flight_next)
		request->flight_next->flight_link = request->flight_link;
}

/* To be handed out by tuya_http_next_done(). */
static void
queue_done(TuyaHttpRequest *request)
{
	TuyaHttp   *http = request->http;

	request->next = NULL;
	*http->done_tail = request;
	http->done_tail = &request->next;
}

/* Whether the connection of HTTP/2, which idles, is not to be used any more. */
static bool
is_spoilt(const TuyaHttp *http)
{
	return http->version == 2 && http->used_fd >= 0 &&
		tuya_http_is_connection(http, http->used_fd) && tuya_http_idle_has_input(http);
}

TuyaHttpRequest *
tuya_http_submit(TuyaHttp *http, const char *url, size_t body_max, void *owner)
{
	TuyaHttpRequest *request;
	bool		added;

	if (http->nin_flight == 0 && (tuya_http_leaves_h2(http) || is_spoilt(http)) &&
		!tuya_http_close_connections(http))
		return NULL;
	request = take_spare_request(http);
	if (request == NULL)
		return NULL;
	tuya_http_clear_request(request, body_max, owner);
	if (!tuya_http_set_trust(request))
	{
		queue_done(request);
		return request;
	}

	/* this resolves no name yet, so signals need not be blocked */
	added = tuya_http_set_url(request, url) &&
		curl_multi_add_handle(http->multi, request->easy) == CURLM_OK;

	if (!added)
	{
		put_spare_request(request);
		return NULL;
	}
	enter_flight(request);
	return request;
}

/* Takes the request out of the done queue, if it is there. */
static void
forget_done(TuyaHttpRequest *request)
{
	TuyaHttp   *http = request->http;

	for (TuyaHttpRequest **p = &http->done; *p; p = &(*p)->next)
		if (*p == request)
		{
			*p = request->next;
			if (http->done_tail == &request->next)
				http->done_tail = p;
			return;
		}
}

void
tuya_http_release(TuyaHttpRequest *request, bool hang_up)
{
	if (request->in_flight)
	{
		sigset_t	saved;

		tuya_http_begin_calls(request->http, &saved);
		if (hang_up)
			curl_easy_setopt(request->easy, CURLOPT_FORBID_REUSE, 1L);
		curl_multi_remove_handle(request->http->multi, request->easy);
		curl_easy_setopt(request->easy, CURLOPT_FORBID_REUSE, 0L);
		/* it may have made room for a request that waits in libcurl */
		tuya_http_arm_timer(request->http);
		tuya_http_end_calls(&saved);
		leave_flight(request);
	}
	else
		forget_done(request);
	put_spare_request(request);
}

/* The request has ended: takes it from libcurl, and queues it to be handed out. */
static void
put_done(TuyaHttpRequest *request)
{
	curl_multi_remove_handle(request->http->multi, request->easy);
	leave_flight(request);
	queue_done(request);
}

/* Ends the request, and the connection with the last one that it has. */
static void
lose(TuyaHttpRequest *request, const char *error)
{
	tuya_http_set_lost(request, error);
	curl_easy_setopt(request->easy, CURLOPT_FORBID_REUSE, 1L);
	put_done(request);
	curl_easy_setopt(request->easy, CURLOPT_FORBID_REUSE, 0L);
}

/* Ends all requests on the connection with that local port, and it with them. */
static void
lose_connection(TuyaHttp *http, int local_port)
{
	TuyaHttpRequest *next;
	sigset_t	saved;

	tuya_http_begin_calls(http, &saved);
	for (TuyaHttpRequest *request = http->in_flight; request; request = next)
	{
		next = request->flight_next;
		if (request->times_sent == 0 || request->local_port != local_port)
			continue;
		lose(request, "nothing came over the connection any more");
	}
	tuya_http_arm_timer(http);
	tuya_http_end_calls(&saved);
}

void
tuya_http_time_out(TuyaHttpRequest *request, bool had_time)
{
	TuyaHttp   *http = request->http;
	int			local_port = request->local_port;
	bool		dead = had_time && request->times_sent > 0 && http->version == 2 &&
	http->heard_step <= request->sent_step;

	if (http->trace)
		tuya_http_trace_end(request);
	tuya_http_release(request, true);
	if (dead)
		lose_connection(http, local_port);
}

/*
 * libcurl 8.16 and later take a broken connection from their pool again, for a request
 * that is sent anew (measured with 8.22: five tries in 1 ms).  Older ones do not, and
 * do not know the option.
 */
static void
forget_lost_connections(TuyaHttp *http)
{
	const CURLMoption network_changed = (CURLMoption) (CURLOPTTYPE_LONG + 17);
	const long	clear_connections = 1 << 1;

	if (http->lost)
		curl_multi_setopt(http->multi, network_changed, clear_connections);
	http->lost = false;
}

int
tuya_http_unsent(const TuyaHttp *http)
{
	return http->unsent;
}

int64_t
tuya_http_sent(const TuyaHttp *http)
{
	return http->nsent_ever;
}

int64_t
tuya_http_connections(const TuyaHttp *http)
{
	return http->nused;
}

int
tuya_http_streams(const TuyaHttp *http)
{
	bool		unknown = http->fresh ||
	(http->awaited && tuya_http_now_ms() < http->awaited_ms);

	if (tuya_http_leaves_h2(http))
		return 0;
	if (http->version == 1)
		return http->h1_required && !http->answered ? 1 : INT_MAX;
	return unknown ? 1 : http->streams;
}

/* A connection has told which version of HTTP it speaks. */
static void
note_agreed(TuyaHttp *http)
{
	if (http->agreed != 0)
		tuya_http_note_version(http, http->agreed);
	http->agreed = 0;
}

/* libcurl has ended the request since too many names are resolved. */
static void
hold(TuyaHttpRequest *request)
{
	TuyaHttp   *http = request->http;

	curl_multi_remove_handle(http->multi, request->easy);
	request->error[0] = '\0';
	if (http->held_ms == TIMER_OFF)
		http->held_ms = tuya_http_now_ms() + HELD_MS;
}

/* Gives libcurl the requests that are held once more, if it is time. */
static void
resume_held(TuyaHttp *http)
{
	TuyaHttpRequest *next;

	tuya_http_note_resolved(http);
	if (http->held_ms == TIMER_OFF || tuya_http_now_ms() < http->held_ms)
		return;
	http->held_ms = TIMER_OFF;
	for (TuyaHttpRequest *request = http->in_flight; request; request = next)
	{
		next = request->flight_next;
		if (!request->held)
			continue;
		request->held = false;
		if (curl_multi_add_handle(http->multi, request->easy) == CURLM_OK)
			continue;
		request->result.outcome = TUYA_HTTP_NO_MEMORY;
		put_done(request);
	}
}

/*
 * TLS that has failed tells one of the requests that share it, and libcurl does not tell
 * the others.  They may wait until their limits end: seen where memory for OpenSSL's buffer,
 * which it gives up between two records, was not to be had.
 */
static void
lose_failed_connections(TuyaHttp *http)
{
	TuyaHttpRequest *next;

	for (TuyaHttpRequest *request = http->failed ? http->in_flight : NULL; request; request = next)
	{
		const void *ssl = request->times_sent > 0 ? tuya_http_ssl_of(request) : NULL;

		next = request->flight_next;
		if (ssl && tuya_tls_has_failed(ssl))
			lose(request, "the connection's TLS has failed");
	}
	http->failed = false;
}

static void
collect_ended(TuyaHttp *http)
{
	CURLMsg    *message;
	int			left;

	while ((message = curl_multi_info_read(http->multi, &left)) != NULL)
	{
		TuyaHttpRequest *request;
		CURLcode	rc = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **) &request);
		/* the message dies here */
		if (request->held)
			hold(request);
		else
		{
			tuya_http_end_resolving(request, rc == CURLE_COULDNT_RESOLVE_HOST ||
									rc == CURLE_COULDNT_RESOLVE_PROXY);
			tuya_http_set_result(request, rc);
			http->failed |= rc != CURLE_OK && http->version == 2;
			put_done(request);
		}
	}
}

static void
collect_done(TuyaHttp *http)
{
	TuyaHttpRequest **first = http->done_tail;

	collect_ended(http);
	lose_failed_connections(http);
	for (TuyaHttpRequest *request = *first; request; request = request->next)
		tuya_http_classify_lost(request);
}

TuyaHttpRequest *
tuya_http_next_done(TuyaHttp *http)
{
	TuyaHttpRequest *request = http->done;

	if (request)
		forget_done(request);
	return request;
}

/* Ends all requests; where there is no memory libcurl had better not be called. */
static void
give_up(TuyaHttp *http)
{
	while (http->in_flight)
	{
		TuyaHttpRequest *request = http->in_flight;

		request->result.outcome = TUYA_HTTP_NO_MEMORY;
		put_done(request);
	}
}

/* Has libcurl do what there is to do.  False if it failed. */
static bool
run(TuyaHttp *http)
{
	bool		ok;

	if (!tuya_reserve_lend(RESERVE_BYTES))
	{
		give_up(http);
		return true;
	}
	ok = tuya_http_run_events(http);
	/* without the next step gives up */
	(void) tuya_reserve_hold();
	return ok;
}

bool
tuya_http_step(TuyaHttp *http)
{
	sigset_t	saved;
	bool		ok;

	http->steps++;
	tuya_http_begin_calls(http, &saved);
	resume_held(http);
	ok = run(http);
	note_agreed(http);
	collect_done(http);
	forget_lost_connections(http);
	tuya_http_note_streams(http);
	tuya_http_arm_timer(http);
	tuya_http_end_calls(&saved);
	return ok;
}
