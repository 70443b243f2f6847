/*
 * http.c
 *		Many HTTPS requests at once behind one pollable descriptor.
 *
 * libcurl tells which sockets it wants watched and when it wants to be called;
 * the sockets go into one epoll set, the time into a timerfd that is in the
 * set too.  The multi handle owns connections, a TuyaHttp owns it, the epoll
 * set, and a list of idle request objects whose easy handles are set up once
 * and used again.
 *
 * What must always hold: a request is either in the multi handle ("in_flight")
 * or it is not, and only tuya_http_step() and tuya_http_release() change that.
 */
#include "http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#if LIBCURL_VERSION_NUM < 0x075700
#error "tuya_fdw needs libcurl 7.87 or later (CURLOPT_QUICK_EXIT)"
#endif

/* Idle request objects that are kept; each has an easy handle of some 10 kB. */
#define IDLE_REQUESTS_MAX 32

/*
 * libcurl's own limit on connecting, which would end an attempt before the
 * caller's.  No caller waits a day.
 */
#define CONNECT_MS_MAX (24L * 60 * 60 * 1000)

struct TuyaHttpRequest
{
	TuyaHttp   *http;
	CURL	   *easy;
	void	   *owner;
	bool		in_flight;		/* the multi handle has it */
	TuyaBuf		body;
	size_t		head_bytes;
	int			times_sent;		/* how often libcurl was about to send it */
	TuyaHttpResult result;
	char		content_type[CONTENT_TYPE_BYTES_MAX];
	char		error[CURL_ERROR_SIZE];
	TuyaHttpRequest *next;		/* in the list of idle or of done requests */
};

struct TuyaHttp
{
	CURLM	   *multi;
	int			epoll_fd;
	int			timer_fd;
	long		timer_ms;		/* when libcurl wants to be called; -1 never */
	bool		timer_changed;	/* timer_ms is not yet in timer_fd */
	bool		cleartext;
	char	   *ca_file;
	char	   *proxy;
	char	   *user_agent;
	TuyaHttpRequest *done;		/* ended, not yet handed out: a queue */
	TuyaHttpRequest **done_tail;
	TuyaHttpRequest *idle;
	int			idle_count;
};

/*
 * ---- libcurl's callbacks: they record and return ----
 */

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *userp, void *socketp)
{
	TuyaHttp   *http = userp;
	struct epoll_event event = {.data.fd = fd};

	(void) easy;
	if (what == CURL_POLL_REMOVE)
	{
		/* fails if libcurl has closed it already, which removed it, too */
		(void) epoll_ctl(http->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	if (socketp == NULL)
	{
		curl_multi_assign(http->multi, fd, http);	/* marks it as added */
		if (epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0)
			return 0;
	}
	return epoll_ctl(http->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0 ? 0 : -1;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *userp)
{
	TuyaHttp   *http = userp;

	(void) multi;
	http->timer_ms = timeout_ms;
	http->timer_changed = true;
	return 0;
}

static size_t
on_body(char *data, size_t size, size_t count, void *userp)
{
	TuyaHttpRequest *request = userp;

	return tuya_buf_append(&request->body, data, size * count) ? size * count : 0;
}

/* The value of the header line if it has that name, else NULL. */
static const char *
header_value(const char *line, size_t len, const char *name)
{
	size_t		name_len = strlen(name);

	if (len <= name_len || line[name_len] != ':' ||
		strncasecmp(line, name, name_len) != 0)
		return NULL;
	for (line += name_len + 1; *line == ' ' || *line == '\t'; line++)
		;
	return line;
}

static void
note_header(TuyaHttpRequest *request, const char *line, size_t len)
{
	const char *value;

	if ((value = header_value(line, len, "content-type")) != NULL)
	{
		size_t		cut = strcspn(value, "\r\n");

		if (cut >= sizeof(request->content_type))
			cut = sizeof(request->content_type) - 1;
		memcpy(request->content_type, value, cut);
		request->content_type[cut] = '\0';
	}
	else if ((value = header_value(line, len, "date")) != NULL)
		request->result.date = (int64_t) curl_getdate(value, NULL);
}

static size_t
on_header(char *data, size_t size, size_t count, void *userp)
{
	TuyaHttpRequest *request = userp;
	size_t		len = size * count;
	char		line[256];
	size_t		copied = len < sizeof(line) ? len : sizeof(line) - 1;

	request->head_bytes += len;
	if (request->head_bytes > HEAD_BYTES_MAX)
		return 0;
	memcpy(line, data, copied);
	line[copied] = '\0';
	note_header(request, line, copied);
	return len;
}

/*
 * Called when a request is about to be sent.  libcurl repeats a request by
 * itself when a kept connection dies before a byte of the reply, or when the
 * stream was refused; the same nonce would go out twice.  So the second time
 * it is aborted, and the caller sends it again, signed anew.
 */
static int
on_about_to_send(void *userp, char *remote_ip, char *local_ip,
				 int remote_port, int local_port)
{
	TuyaHttpRequest *request = userp;

	(void) remote_ip;
	(void) local_ip;
	(void) remote_port;
	(void) local_port;
	return ++request->times_sent > 1 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/*
 * ---- signals ----
 *
 * Debian's libcurl resolves names in a thread of its own, which inherits the
 * mask and would otherwise run the backend's signal handlers.
 */

static void
block_signals(sigset_t *saved)
{
	sigset_t	all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, saved);
}

static void
restore_signals(const sigset_t *saved)
{
	pthread_sigmask(SIG_SETMASK, saved, NULL);
}

/*
 * ---- URLs ----
 */

static bool
is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (strcasecmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return (ntohl(v4.s_addr) >> 24) == 127;
	if (host[0] == '[')
	{
		char		bare[INET6_ADDRSTRLEN];
		size_t		len = strcspn(host + 1, "]");

		if (len >= sizeof(bare))
			return false;
		memcpy(bare, host + 1, len);
		bare[len] = '\0';
		return inet_pton(AF_INET6, bare, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
	}
	return false;
}

/* Whether the URL has this part. */
static bool
has_part(CURLU *parsed, CURLUPart part)
{
	char	   *text = NULL;
	bool		has = curl_url_get(parsed, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return has;
}

static const char *
check_parsed_url(CURLU *parsed, TuyaHttpUrl *parts)
{
	char	   *text = NULL;

	if (has_part(parsed, CURLUPART_USER) || has_part(parsed, CURLUPART_PASSWORD))
		return "has user info";
	if (has_part(parsed, CURLUPART_QUERY))
		return "has a query";
	if (has_part(parsed, CURLUPART_FRAGMENT))
		return "has a fragment";
	if (curl_url_get(parsed, CURLUPART_PATH, &text, 0) != CURLUE_OK)
		return "cannot be parsed";
	if (strcmp(text, "/") != 0)
	{
		curl_free(text);
		return "has a path";
	}
	curl_free(text);

	if (curl_url_get(parsed, CURLUPART_SCHEME, &text, 0) != CURLUE_OK)
		return "has no scheme";
	parts->scheme[0] = '\0';
	strncat(parts->scheme, text, sizeof(parts->scheme) - 1);
	curl_free(text);

	if (curl_url_get(parsed, CURLUPART_HOST, &text, 0) != CURLUE_OK)
		return "has no host";
	parts->loopback = is_loopback(text);
	curl_free(text);
	return NULL;
}

const char *
tuya_http_check_url(const char *url, TuyaHttpUrl *parts)
{
	CURLU	   *parsed;
	const char *wrong;

	/* libcurl forgives blanks, a missing scheme and an empty query; we do not */
	for (const char *p = url; *p; p++)
		if ((unsigned char) *p <= ' ' || *p == 0x7f || *p == '\\')
			return "has a blank, a control character or a backslash";
	if (strstr(url, "://") == NULL)
		return "has no scheme";
	if (strchr(url, '?') != NULL)
		return "has a query";
	if (strchr(url, '#') != NULL)
		return "has a fragment";
	if (strchr(url, '@') != NULL)
		return "has user info";

	parsed = curl_url();
	if (parsed == NULL)
		return "cannot be parsed: out of memory";
	if (curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
		wrong = "cannot be parsed";
	else
		wrong = check_parsed_url(parsed, parts);
	curl_url_cleanup(parsed);
	return wrong;
}

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
add_timer(TuyaHttp *http)
{
	struct epoll_event event = {.events = EPOLLIN};

	http->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	http->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	event.data.fd = http->timer_fd;
	return http->epoll_fd >= 0 && http->timer_fd >= 0 &&
		epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, http->timer_fd, &event) == 0;
}

static bool
add_multi(TuyaHttp *http, int max_connections)
{
	http->multi = curl_multi_init();
	if (http->multi == NULL)
		return false;
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, (long) CURLPIPE_MULTIPLEX);
	curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long) max_connections);
	/* as many kept as there may be: else libcurl closes by its own heuristics */
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long) max_connections);
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

	if (!initialized && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return NULL;
	initialized = true;

	http = calloc(1, sizeof(*http));
	if (http == NULL)
		return NULL;
	http->epoll_fd = http->timer_fd = -1;
	http->timer_ms = -1;
	http->done_tail = &http->done;
	http->cleartext = config->cleartext;
	http->ca_file = copy_string(config->ca_file, &failed);
	http->proxy = copy_string(config->proxy, &failed);
	http->user_agent = copy_string(config->user_agent, &failed);
	if (failed || !add_timer(http) || !add_multi(http, config->max_connections))
	{
		tuya_http_destroy(http);
		return NULL;
	}
	return http;
}

static void
free_request(TuyaHttpRequest *request)
{
	if (request->easy)
		curl_easy_cleanup(request->easy);
	tuya_buf_free(&request->body);
	free(request);
}

void
tuya_http_destroy(TuyaHttp *http)
{
	sigset_t	saved;

	block_signals(&saved);
	while (http->idle)
	{
		TuyaHttpRequest *request = http->idle;

		http->idle = request->next;
		free_request(request);
	}
	if (http->multi)
		curl_multi_cleanup(http->multi);
	restore_signals(&saved);
	if (http->timer_fd >= 0)
		close(http->timer_fd);
	if (http->epoll_fd >= 0)
		close(http->epoll_fd);
	free(http->ca_file);
	free(http->proxy);
	free(http->user_agent);
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

/* CURLE_UNKNOWN_OPTION and the like cannot happen, out of memory can. */
static bool
set_up_tls(CURL *easy, const TuyaHttp *http)
{
	CURLcode	rc = CURLE_OK;

	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_PROXY_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	if (http->ca_file)
	{
		/* without CAPATH NULL the system's authorities stay trusted beside it */
		rc = curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_file);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
		if (rc == CURLE_OK)
			rc = curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, http->ca_file);
		curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
	}
	return rc == CURLE_OK;
}

static bool
set_up_route(CURL *easy, const TuyaHttp *http)
{
	const char *protocols = http->cleartext ? "http,https" : "https";

	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS_MAX);
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	/* an empty PROXY keeps libcurl from reading the environment's variables */
	return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_PROXY, http->proxy ? http->proxy : "") == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_NOPROXY, "") == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "") == CURLE_OK &&
		curl_easy_setopt(easy, CURLOPT_USERAGENT, http->user_agent) == CURLE_OK;
}

static void
set_up_callbacks(CURL *easy, TuyaHttpRequest *request)
{
	curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->error);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_about_to_send);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, request);
}

static TuyaHttpRequest *
new_request(TuyaHttp *http)
{
	TuyaHttpRequest *request = calloc(1, sizeof(*request));

	if (request == NULL)
		return NULL;
	request->http = http;
	tuya_buf_init(&request->body, 0);
	request->easy = curl_easy_init();
	if (request->easy == NULL || !set_up_tls(request->easy, http) ||
		!set_up_route(request->easy, http))
	{
		free_request(request);
		return NULL;
	}
	set_up_callbacks(request->easy, request);
	return request;
}

static TuyaHttpRequest *
take_idle_request(TuyaHttp *http)
{
	TuyaHttpRequest *request = http->idle;

	if (request == NULL)
		return new_request(http);
	http->idle = request->next;
	http->idle_count--;
	return request;
}

static void
put_idle_request(TuyaHttpRequest *request)
{
	TuyaHttp   *http = request->http;

	if (http->idle_count >= IDLE_REQUESTS_MAX)
	{
		free_request(request);
		return;
	}
	tuya_buf_free(&request->body);
	request->next = http->idle;
	http->idle = request;
	http->idle_count++;
}

/* Forgets what an earlier use of the object has left. */
static void
clear_request(TuyaHttpRequest *request, size_t body_max, void *owner)
{
	request->owner = owner;
	request->next = NULL;
	request->head_bytes = 0;
	request->times_sent = 0;
	request->content_type[0] = '\0';
	request->error[0] = '\0';
	tuya_buf_init(&request->body, body_max);
	memset(&request->result, 0, sizeof(request->result));
	request->result.date = -1;
	request->result.body = &request->body;
	request->result.content_type = request->content_type;
	request->result.error = request->error;
}

TuyaHttpRequest *
tuya_http_submit(TuyaHttp *http, const char *url, size_t body_max, void *owner)
{
	TuyaHttpRequest *request = take_idle_request(http);
	sigset_t	saved;

	if (request == NULL)
		return NULL;
	clear_request(request, body_max, owner);

	block_signals(&saved);
	request->in_flight =
		curl_easy_setopt(request->easy, CURLOPT_URL, url) == CURLE_OK &&
		curl_multi_add_handle(http->multi, request->easy) == CURLM_OK;
	restore_signals(&saved);

	if (!request->in_flight)
	{
		put_idle_request(request);
		return NULL;
	}
	return request;
}

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

static bool
has_passed(const TuyaHttpRequest *request, CURLINFO time_info)
{
	curl_off_t	us = 0;

	return curl_easy_getinfo(request->easy, time_info, &us) == CURLE_OK && us > 0;
}

TuyaHttpPhase
tuya_http_phase(const TuyaHttpRequest *request)
{
	if (request->times_sent > 0)
		return TUYA_HTTP_REPLYING;
	if (has_passed(request, CURLINFO_CONNECT_TIME_T))
		return TUYA_HTTP_HANDSHAKING;
	if (has_passed(request, CURLINFO_NAMELOOKUP_TIME_T))
		return TUYA_HTTP_CONNECTING;
	return TUYA_HTTP_RESOLVING;
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
tuya_http_release(TuyaHttpRequest *request)
{
	if (request->in_flight)
	{
		sigset_t	saved;

		block_signals(&saved);
		curl_multi_remove_handle(request->http->multi, request->easy);
		restore_signals(&saved);
		request->in_flight = false;
	}
	else
		forget_done(request);
	put_idle_request(request);
}

/*
 * ---- outcome ----
 */

static TuyaHttpOutcome
write_outcome(const TuyaHttpRequest *request)
{
	if (request->body.status == TUYA_BUF_NO_MEMORY)
		return TUYA_HTTP_NO_MEMORY;
	if (request->body.status == TUYA_BUF_TOO_LARGE)
		return TUYA_HTTP_TOO_LARGE;
	return request->head_bytes > HEAD_BYTES_MAX ? TUYA_HTTP_HEAD_TOO_LARGE : TUYA_HTTP_OTHER;
}

static TuyaHttpOutcome
outcome_of(const TuyaHttpRequest *request, CURLcode rc)
{
	switch (rc)
	{
		case CURLE_OK:
			return TUYA_HTTP_REPLIED;
		case CURLE_COULDNT_RESOLVE_HOST:
			return TUYA_HTTP_NO_NAME;
		case CURLE_COULDNT_CONNECT:
			return TUYA_HTTP_NO_CONNECTION;
		case CURLE_COULDNT_RESOLVE_PROXY:
		case CURLE_PROXY:
			return TUYA_HTTP_NO_PROXY;
		case CURLE_SSL_CONNECT_ERROR:
		case CURLE_PEER_FAILED_VERIFICATION:
		case CURLE_SSL_CIPHER:
		case CURLE_SSL_ISSUER_ERROR:
		case CURLE_SSL_CERTPROBLEM:
			return TUYA_HTTP_NO_TLS;
		case CURLE_SSL_CACERT_BADFILE:
			return TUYA_HTTP_BAD_CA_FILE;
		case CURLE_ABORTED_BY_CALLBACK:
			return request->times_sent > 1 ? TUYA_HTTP_STALE : TUYA_HTTP_OTHER;
		case CURLE_WRITE_ERROR:
			return write_outcome(request);
		case CURLE_BAD_CONTENT_ENCODING:
			return TUYA_HTTP_BAD_ENCODING;
		case CURLE_OUT_OF_MEMORY:
			return TUYA_HTTP_NO_MEMORY;
		case CURLE_GOT_NOTHING:
		case CURLE_RECV_ERROR:
		case CURLE_SEND_ERROR:
		case CURLE_PARTIAL_FILE:
		case CURLE_HTTP2:
		case CURLE_HTTP2_STREAM:
			return TUYA_HTTP_LOST;
		default:
			return TUYA_HTTP_OTHER;
	}
}

static void
set_result(TuyaHttpRequest *request, CURLcode rc)
{
	TuyaHttpResult *result = &request->result;
	long		status = 0;
	long		connects = 0;
	curl_off_t	body_bytes = 0;

	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(request->easy, CURLINFO_NUM_CONNECTS, &connects);
	curl_easy_getinfo(request->easy, CURLINFO_SIZE_DOWNLOAD_T, &body_bytes);
	result->outcome = outcome_of(request, rc);
	result->status = (int) status;
	result->reused = connects == 0 && request->times_sent > 0;
	result->bytes_received = (int64_t) body_bytes + (int64_t) request->head_bytes;
	if (rc != CURLE_OK && request->error[0] == '\0')
		strncat(request->error, curl_easy_strerror(rc), sizeof(request->error) - 1);
}

static void
collect_done(TuyaHttp *http)
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
		set_result(request, rc);
		/* the message dies here */
		curl_multi_remove_handle(http->multi, request->easy);
		request->in_flight = false;
		*http->done_tail = request;
		http->done_tail = &request->next;
	}
}

TuyaHttpRequest *
tuya_http_next_done(TuyaHttp *http)
{
	TuyaHttpRequest *request = http->done;

	if (request)
		forget_done(request);
	return request;
}

/*
 * ---- driving ----
 */

/* Puts libcurl's time into the timer, unless it is there. */
static void
arm_timer(TuyaHttp *http)
{
	struct itimerspec when = {{0, 0}, {0, 0}};

	if (!http->timer_changed)
		return;
	http->timer_changed = false;
	if (http->timer_ms == 0)
		when.it_value.tv_nsec = 1;	/* 0 would disarm it */
	else if (http->timer_ms > 0)
	{
		when.it_value.tv_sec = http->timer_ms / 1000;
		when.it_value.tv_nsec = (http->timer_ms % 1000) * 1000000L;
	}
	timerfd_settime(http->timer_fd, 0, &when, NULL);
}

/* Calls libcurl for its timer, if that is due, and not forever. */
static CURLMcode
run_timer(TuyaHttp *http, bool expired)
{
	CURLMcode	rc = CURLM_OK;
	int			running;

	for (int i = 0; rc == CURLM_OK && i < 16; i++)
	{
		bool		due = expired || (http->timer_changed && http->timer_ms == 0);

		if (!due)
			break;
		expired = false;
		http->timer_changed = false;
		http->timer_ms = -1;
		rc = curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	return rc;
}

static CURLMcode
run_socket(TuyaHttp *http, const struct epoll_event *event)
{
	int			mask = 0;
	int			running;

	if (event->events & EPOLLIN)
		mask |= CURL_CSELECT_IN;
	if (event->events & EPOLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (event->events & (EPOLLERR | EPOLLHUP))
		mask |= CURL_CSELECT_ERR;
	return curl_multi_socket_action(http->multi, event->data.fd, mask, &running);
}

/* One round of events.  Returns how many there were, or -1 if libcurl failed. */
static int
run_events(TuyaHttp *http, struct epoll_event *events, int max)
{
	int			count = epoll_wait(http->epoll_fd, events, max, 0);
	bool		expired = false;

	for (int i = 0; i < count; i++)
	{
		if (events[i].data.fd == http->timer_fd)
		{
			uint64_t	times;

			expired = read(http->timer_fd, &times, sizeof(times)) == sizeof(times);
		}
		else if (run_socket(http, &events[i]) != CURLM_OK)
			return -1;
	}
	return run_timer(http, expired) == CURLM_OK ? count : -1;
}

bool
tuya_http_step(TuyaHttp *http)
{
	struct epoll_event events[64];
	const int	max = sizeof(events) / sizeof(events[0]);
	sigset_t	saved;
	int			count;

	block_signals(&saved);
	/* what was submitted since the last step is due now */
	count = run_timer(http, false) == CURLM_OK ? max : -1;
	while (count == max)
		count = run_events(http, events, max);
	collect_done(http);
	arm_timer(http);
	restore_signals(&saved);
	return count >= 0;
}
