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
#include "http_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#if LIBCURL_VERSION_NUM < 0x075700
#error "tuya_fdw needs libcurl 7.87 or later (CURLOPT_QUICK_EXIT)"
#endif

/* Idle request objects that are kept; each has an easy handle of some 10 kB. */
#define IDLE_REQUESTS_MAX 32

/*
 * ---- libcurl's callbacks: they record and return ----
 */

/* For tuya_http_phase(). */
static void
note_poll(CURL *easy, int what)
{
	TuyaHttpRequest *request = NULL;

	if (what != CURL_POLL_REMOVE &&
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **) &request) == CURLE_OK && request)
		request->polled_for = what;
}

/* The watch of that descriptor; NULL if out of memory. */
static Watch *
watch_of(TuyaHttp *http, int fd)
{
	if (fd >= http->nwatches)
	{
		int			nwatches = fd + 64;
		Watch	   *watches = realloc(http->watches, nwatches * sizeof(Watch));

		if (watches == NULL)
			return NULL;
		memset(watches + http->nwatches, 0, (nwatches - http->nwatches) * sizeof(Watch));
		http->watches = watches;
		http->nwatches = nwatches;
	}
	return &http->watches[fd];
}

/* An event of a socket that libcurl does not want watched. */
static void
stop_watching(TuyaHttp *http, int fd)
{
	(void) epoll_ctl(http->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	http->watches[fd].events = 0;
}

/*
 * Between two requests of a connection libcurl takes its socket back for a
 * moment.  A connection's stays in the set until it has an event that nobody
 * wants, which saves two system calls a request.
 */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *userp, void *socketp)
{
	TuyaHttp   *http = userp;
	struct epoll_event event = {.data.fd = fd};
	Watch	   *watch = watch_of(http, fd);

	(void) socketp;
	note_poll(easy, what);
	if (watch == NULL)
		return -1;
	watch->wanted = what != CURL_POLL_REMOVE;
	if (!watch->wanted)
	{
		/* others than connections' (the resolver's) are closed without a word */
		if (!watch->is_connection)
			stop_watching(http, fd);
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	if (watch->events == event.events)
		return 0;
	if (epoll_ctl(http->epoll_fd, watch->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD,
				  fd, &event) != 0)
		return -1;
	watch->events = event.events;
	return 0;
}

/* libcurl opens a connection: from now on we know what its descriptor is. */
curl_socket_t
tuya_http_open_socket(void *userp, curlsocktype purpose, struct curl_sockaddr *address)
{
	TuyaHttp   *http = userp;
	curl_socket_t fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
							  address->protocol);
	Watch	   *watch = fd < 0 ? NULL : watch_of(http, fd);

	(void) purpose;
	if (watch == NULL)
	{
		if (fd >= 0)
			close(fd);
		return CURL_SOCKET_BAD;
	}
	watch->events = 0;
	watch->is_connection = true;
	return fd;
}

/* libcurl closes a connection, which takes it out of the set. */
int
tuya_http_close_socket(void *userp, curl_socket_t fd)
{
	TuyaHttp   *http = userp;

	if (fd < http->nwatches)
	{
		http->watches[fd].events = 0;
		http->watches[fd].is_connection = false;
	}
	return close(fd);
}

static int
local_port_of(int fd)
{
	struct sockaddr_storage address = {0};
	socklen_t	len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *) &address, &len) != 0)
		return -1;
	if (address.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *) &address)->sin_port);
	return address.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *) &address)->sin6_port) : -1;
}

bool
tuya_http_connection_lives(const TuyaHttp *http, int local_port)
{
	for (int fd = 0; fd < http->nwatches; fd++)
	{
		char		byte;
		ssize_t		got;

		if (!http->watches[fd].is_connection || local_port_of(fd) != local_port)
			continue;
		got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
		return got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
	}
	return false;
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
add_multi(TuyaHttp *http)
{
	long		max_connections = http->max_connections;

	http->multi = curl_multi_init();
	if (http->multi == NULL)
		return false;
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, (long) CURLPIPE_MULTIPLEX);
	curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, max_connections);
	/* as many kept as there may be: else libcurl closes by its own heuristics */
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, max_connections);
#if LIBCURL_VERSION_NUM >= 0x081400
	curl_multi_setopt(http->multi, CURLMOPT_QUICK_EXIT, 1L);
#endif
	return true;
}

TuyaHttp   *
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
	http->armed_ms = TIMER_OFF;
	http->done_tail = &http->done;
	http->cleartext = config->cleartext;
	http->max_connections = config->max_connections;
	http->ca_file = copy_string(config->ca_file, &failed);
	http->proxy = copy_string(config->proxy, &failed);
	http->user_agent = copy_string(config->user_agent, &failed);
	if (failed || !add_timer(http) || !add_multi(http))
	{
		tuya_http_destroy(http);
		return NULL;
	}
	return http;
}

static void
free_idle_requests(TuyaHttp *http)
{
	while (http->idle)
	{
		TuyaHttpRequest *request = http->idle;

		http->idle = request->next;
		tuya_http_free_request(request);
	}
	http->idle_count = 0;
}

/* Its connections go with it. */
static void
remove_multi(TuyaHttp *http)
{
	sigset_t	saved;

	block_signals(&saved);
	free_idle_requests(http);
	if (http->multi)
		curl_multi_cleanup(http->multi);
	http->multi = NULL;
	restore_signals(&saved);
}

bool
tuya_http_close_connections(TuyaHttp *http)
{
	remove_multi(http);
	http->version = 0;
	http->timer_ms = -1;
	http->timer_changed = false;
	return add_multi(http);
}

void
tuya_http_shut_down(const TuyaHttp *http)
{
	for (int fd = 0; fd < http->nwatches; fd++)
		if (http->watches[fd].is_connection)
			(void) shutdown(fd, SHUT_RDWR);
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

static TuyaHttpRequest *
take_idle_request(TuyaHttp *http)
{
	TuyaHttpRequest *request = http->idle;

	if (request == NULL)
		return tuya_http_new_request(http);
	http->idle = request->next;
	http->idle_count--;
	return request;
}

static void
put_idle_request(TuyaHttpRequest *request)
{
	TuyaHttp   *http = request->http;

	/* an easy handle counts its stale connections, and gives up at the fifth */
	if (http->idle_count >= IDLE_REQUESTS_MAX || request->times_sent > 1)
	{
		tuya_http_free_request(request);
		return;
	}
	tuya_buf_free(&request->body);
	request->next = http->idle;
	http->idle = request;
	http->idle_count++;
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
}

static void
leave_flight(TuyaHttpRequest *request)
{
	request->in_flight = false;
	*request->flight_link = request->flight_next;
	if (request->flight_next)
		request->flight_next->flight_link = request->flight_link;
}

void
tuya_http_note_version(TuyaHttp *http, int version)
{
	if (version == http->version)
		return;
	http->version = version;
	curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
					  version == 2 ? 1L : (long) http->max_connections);
}

TuyaHttpRequest *
tuya_http_submit(TuyaHttp *http, const char *url, size_t body_max, void *owner)
{
	TuyaHttpRequest *request = take_idle_request(http);
	bool		added;

	if (request == NULL)
		return NULL;
	tuya_http_clear_request(request, body_max, owner);

	/* this resolves no name yet, so signals need not be blocked */
	added = tuya_http_set_url(request, url) &&
		curl_multi_add_handle(http->multi, request->easy) == CURLM_OK;

	if (!added)
	{
		put_idle_request(request);
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

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Puts libcurl's time into the timer, unless that goes off earlier anyway: then
 * libcurl is called once too often, which costs less than setting it for each
 * request.
 */
static void
arm_timer(TuyaHttp *http)
{
	struct itimerspec when = {{0, 0}, {0, 0}};
	int64_t		due;

	if (!http->timer_changed)
		return;
	http->timer_changed = false;
	if (http->timer_ms < 0)
		return;
	due = http->timer_ms == 0 ? 0 : now_ms() + http->timer_ms;
	if (http->armed_ms != TIMER_OFF && http->armed_ms <= due)
		return;
	http->armed_ms = due;
	if (http->timer_ms == 0)
		when.it_value.tv_nsec = 1;	/* 0 would disarm it */
	else
	{
		when.it_value.tv_sec = http->timer_ms / 1000;
		when.it_value.tv_nsec = (http->timer_ms % 1000) * 1000000L;
	}
	timerfd_settime(http->timer_fd, 0, &when, NULL);
}

void
tuya_http_release(TuyaHttpRequest *request, bool hang_up)
{
	if (request->in_flight)
	{
		sigset_t	saved;

		block_signals(&saved);
		if (hang_up)
			curl_easy_setopt(request->easy, CURLOPT_FORBID_REUSE, 1L);
		curl_multi_remove_handle(request->http->multi, request->easy);
		curl_easy_setopt(request->easy, CURLOPT_FORBID_REUSE, 0L);
		/* it may have made room for a request that waits in libcurl */
		arm_timer(request->http);
		restore_signals(&saved);
		leave_flight(request);
	}
	else
		forget_done(request);
	put_idle_request(request);
}

/* The request has ended: takes it from libcurl, and queues it to be handed out. */
static void
put_done(TuyaHttpRequest *request)
{
	TuyaHttp   *http = request->http;

	curl_multi_remove_handle(http->multi, request->easy);
	leave_flight(request);
	request->next = NULL;
	*http->done_tail = request;
	http->done_tail = &request->next;
}

/* Ends all requests on the connection with that local port, and it with them. */
static void
lose_connection(TuyaHttp *http, int local_port)
{
	TuyaHttpRequest *next;
	sigset_t	saved;

	block_signals(&saved);
	for (TuyaHttpRequest *request = http->in_flight; request; request = next)
	{
		next = request->flight_next;
		if (request->times_sent == 0 || request->local_port != local_port)
			continue;
		tuya_http_set_lost(request, "nothing came over the connection any more");
		curl_easy_setopt(request->easy, CURLOPT_FORBID_REUSE, 1L);
		put_done(request);
		curl_easy_setopt(request->easy, CURLOPT_FORBID_REUSE, 0L);
	}
	arm_timer(http);
	restore_signals(&saved);
}

void
tuya_http_time_out(TuyaHttpRequest *request)
{
	TuyaHttp   *http = request->http;
	int			local_port = request->local_port;
	bool		dead = request->times_sent > 0 && http->version == 2 &&
	http->heard_step <= request->sent_step;

	tuya_http_release(request, true);
	if (dead)
		lose_connection(http, local_port);
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
		tuya_http_set_result(request, rc);
		put_done(request);		/* the message dies here */
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
	{
		mask |= CURL_CSELECT_IN;
		if (http->watches[event->data.fd].is_connection)
			http->heard_step = http->steps;
	}
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
			http->armed_ms = TIMER_OFF;
		}
		else if (!http->watches[events[i].data.fd].wanted)
			stop_watching(http, events[i].data.fd);
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

	http->steps++;
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
