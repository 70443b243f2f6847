/*
 * events.c
 *		The sockets and the timer of a multi handle behind one epoll descriptor.
 *
 * libcurl tells which sockets it wants watched and when it wants to be called;
 * the sockets go into one epoll set, the time into a timerfd that is in the set too.
 */
/* for curl_multi_socket_all() */
#define CURL_DISABLE_DEPRECATION

#include "http/internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* When nothing has come for so long while requests are in flight, libcurl is nudged. */
#define NUDGE_MS_MIN 20
#define NUDGE_MS_MAX 1000

/* While a connection is made, so many times at least within what it may take. */
#define CONNECT_NUDGES 16

/* Signals are blocked during a step: one that has much to do leaves the rest to the next. */
#define STEP_MS_MAX 20

/*
 * ---- sockets ----
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

/* False if out of memory. */
static bool
grow_watches(TuyaHttp *http, int nwatches)
{
	Watch	   *watches = realloc(http->watches, nwatches * sizeof(Watch));

	if (watches == NULL)
		return false;
	memset(watches + http->nwatches, 0, (nwatches - http->nwatches) * sizeof(Watch));
	http->watches = watches;
	http->nwatches = nwatches;
	return true;
}

/* The watch of that descriptor; NULL if out of memory. */
static Watch *
watch_of(TuyaHttp *http, int fd)
{
	if (fd >= http->nwatches)
	{
		sigset_t	saved;
		bool		grown;

		tuya_http_hold_watchdog(&saved);
		grown = grow_watches(http, fd + 64);
		tuya_http_unhold_watchdog(&saved);
		if (!grown)
			return NULL;
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

/*
 * libcurl opens a connection: from now on we know what its descriptor is.  Not for a
 * request that it would repeat: the connection would stand in the way of the one that
 * the caller's next try needs, or be taken for a broken one, as that one was.
 */
curl_socket_t
tuya_http_open_socket(void *userp, curlsocktype purpose, struct curl_sockaddr *address)
{
	TuyaHttpRequest *request = userp;
	TuyaHttp   *http = request->http;
	curl_socket_t fd;
	Watch	   *watch;
	struct stat created;

	(void) purpose;
	if (tuya_http_refuse_repeat(request))
		return CURL_SOCKET_BAD;
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	watch = fd < 0 ? NULL : watch_of(http, fd);
	if (fd < 0 && (errno == EMFILE || errno == ENFILE))
		http->short_step = http->steps;
	if (watch == NULL || fstat(fd, &created) != 0)
	{
		if (fd >= 0)
			close(fd);
		return CURL_SOCKET_BAD;
	}
	watch->events = 0;
	watch->is_connection = true;
	request->outer_tls = NULL;
	http->fresh = true;
	watch->inode = created.st_ino;
	watch->local_port = 0;
	watch->number = ++http->connections;
	watch->was_used = false;
	return fd;
}

/* libcurl closes a connection, which takes it out of the set. */
int
tuya_http_close_socket(void *userp, curl_socket_t fd)
{
	TuyaHttp   *http = userp;

	if (fd < http->nwatches)
	{
		tuya_http_note_end(http, fd);
		if (fd == http->used_fd)
		{
			http->used_fd = -1;
			http->used_ssl = NULL;
			http->fresh = true;
			http->awaited = NULL;
		}
		http->watches[fd].events = 0;
		http->watches[fd].is_connection = false;
	}
	return close(fd);
}

/*
 * libcurl (7.88) closes the sockets of connections that never stood without a word, and
 * another descriptor may have the number since, say a connection of postgres_fdw's.
 */
bool
tuya_http_is_connection(const TuyaHttp *http, int fd)
{
	const Watch *watch = &http->watches[fd];
	struct stat found;

	return watch->is_connection &&
		(watch->was_used || (fstat(fd, &found) == 0 && found.st_ino == watch->inode));
}

void
tuya_http_shut_down(const TuyaHttp *http)
{
	for (int fd = 0; fd < http->nwatches; fd++)
		if (tuya_http_is_connection(http, fd))
			(void) shutdown(fd, SHUT_RDWR);
}

/* Asked for once a connection, for it costs a system call. */
static int
local_port_of(TuyaHttp *http, int fd)
{
	struct sockaddr_storage address = {0};
	socklen_t	len = sizeof(address);
	Watch	   *watch = &http->watches[fd];

	if (watch->local_port == 0 && getsockname(fd, (struct sockaddr *) &address, &len) == 0)
	{
		if (address.ss_family == AF_INET)
			watch->local_port = ntohs(((struct sockaddr_in *) &address)->sin_port);
		else if (address.ss_family == AF_INET6)
			watch->local_port = ntohs(((struct sockaddr_in6 *) &address)->sin6_port);
	}
	return watch->local_port;
}

static bool
has_local_port(TuyaHttp *http, int fd, int local_port)
{
	return fd >= 0 && fd < http->nwatches && http->watches[fd].is_connection &&
		local_port_of(http, fd) == local_port && tuya_http_is_connection(http, fd);
}

int
tuya_http_find_connection(TuyaHttp *http, int local_port)
{
	int		   *latest = &http->latest_fd[local_port % HINTED_PORTS];

	if (has_local_port(http, *latest, local_port))
		return *latest;
	for (int fd = 0; fd < http->nwatches; fd++)
		if (has_local_port(http, fd, local_port))
			return *latest = fd;
	return -1;
}

int
tuya_http_open_connections(const TuyaHttp *http)
{
	int			count = 0;

	for (int fd = 0; fd < http->nwatches; fd++)
		count += http->watches[fd].is_connection;
	return count;
}

bool
tuya_http_is_watched(const TuyaHttp *http, int fd)
{
	return fd >= 0 && http->watches[fd].wanted;
}

/*
 * ---- the timer ----
 */

int64_t
tuya_http_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int
on_timer(CURLM *multi, long timeout_ms, void *userp)
{
	TuyaHttp   *http = userp;

	(void) multi;
	if (timeout_ms < 0)
		http->due_ms = TIMER_OFF;
	else
		http->due_ms = timeout_ms == 0 ? 0 : tuya_http_now_ms() + timeout_ms + 1;
	return 0;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	if (a == TIMER_OFF || b == TIMER_OFF)
		return a == TIMER_OFF ? b : a;
	return a < b ? a : b;
}

/*
 * A timer that goes off earlier stays: then libcurl is called once too often,
 * which costs less than setting it for each request.
 */
void
tuya_http_arm_timer(TuyaHttp *http)
{
	struct itimerspec when = {{0, 0}, {0, 0}};
	int64_t		due = earlier(earlier(http->due_ms, http->nudge_ms), http->held_ms);

	if (due == TIMER_OFF || (http->armed_ms != TIMER_OFF && http->armed_ms <= due))
		return;
	http->armed_ms = due;
	when.it_value.tv_sec = due / 1000;
	when.it_value.tv_nsec = due % 1000 * 1000000 + (due == 0);	/* 0 would disarm it */
	timerfd_settime(http->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

bool
tuya_http_create_events(TuyaHttp *http)
{
	struct epoll_event event = {.events = EPOLLIN};

	http->armed_ms = TIMER_OFF;
	http->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	http->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	event.data.fd = http->timer_fd;
	return http->epoll_fd >= 0 && http->timer_fd >= 0 &&
		epoll_ctl(http->epoll_fd, EPOLL_CTL_ADD, http->timer_fd, &event) == 0;
}

void
tuya_http_attach_events(TuyaHttp *http)
{
	http->due_ms = TIMER_OFF;
	http->nudge_ms = TIMER_OFF;
	http->held_ms = TIMER_OFF;
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
}

/*
 * ---- driving ----
 */

static void
begin_call(TuyaHttp *http)
{
	http->received_at_call = http->received;
	tuya_http_next_call();
}

/* One call of libcurl's. */
static CURLMcode
call(TuyaHttp *http, int fd, int mask)
{
	int			running;

	begin_call(http);
	return curl_multi_socket_action(http->multi, fd, mask, &running);
}

static bool
has_time(const TuyaHttp *http)
{
	return tuya_http_now_ms() < http->step_ends_ms;
}

/* Calls libcurl for its timer, if that is due, and not forever. */
static CURLMcode
run_timer(TuyaHttp *http, bool expired)
{
	CURLMcode	rc = CURLM_OK;

	for (int i = 0; rc == CURLM_OK && i < 16 && (i == 0 || has_time(http)); i++)
	{
		if (!expired && http->due_ms != 0)
			break;
		expired = false;
		http->due_ms = TIMER_OFF;
		rc = call(http, CURL_SOCKET_TIMEOUT, 0);
	}
	return rc;
}

static CURLMcode
run_socket(TuyaHttp *http, const struct epoll_event *event)
{
	int			mask = 0;

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
	return call(http, event->data.fd, mask);
}

static bool
is_connecting(const TuyaHttp *http)
{
	return http->nin_flight > http->nsent;
}

/*
 * The timer has gone off, perhaps because one of a name's addresses has not answered in
 * time.  Then libcurl (7.88) has closed its socket, but sets no timer for going on to
 * the next address: it has to look at all requests.
 */
static CURLMcode
go_on_connecting(TuyaHttp *http)
{
	int			running;

	begin_call(http);
	return is_connecting(http) ? curl_multi_socket_all(http->multi, &running) : CURLM_OK;
}

/*
 * Where to begin with the events: with the one for which there was no time the last
 * time, else one that is always ready would keep others waiting for ever.
 */
static int
first_event(const TuyaHttp *http, const struct epoll_event *events, int count)
{
	for (int i = 0; i < count; i++)
		if (events[i].data.fd == http->left_fd)
			return i;
	return 0;
}

/* One round of events.  Returns how many there were, or -1 if libcurl failed. */
static int
run_events(TuyaHttp *http, struct epoll_event *events, int max)
{
	int			count = epoll_wait(http->epoll_fd, events, max, 0);
	int			first = first_event(http, events, count);
	bool		expired = false;

	http->left_fd = -1;
	for (int n = 0; n < count; n++)
	{
		int			i = (first + n) % count;

		if (n > 0 && !has_time(http))
		{
			http->left_fd = events[i].data.fd;
			break;
		}
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
	if (run_timer(http, expired) != CURLM_OK || (expired && go_on_connecting(http) != CURLM_OK))
		return -1;
	return count;
}

/*
 * libcurl may wait for the socket, which has nothing any more, while data of HTTP/2
 * streams are in its own buffers (7.88) or in those of OpenSSL, which it lets read
 * ahead (8.15 and later).  Measured with 7.88 and 8.23: some requests of a join hung
 * until they timed out, though their replies had come.  Told that the socket is
 * readable it goes on.
 */
static CURLMcode
nudge(TuyaHttp *http)
{
	CURLMcode	rc = CURLM_OK;

	for (int fd = 0; fd < http->nwatches && rc == CURLM_OK && has_time(http); fd++)
		if (http->watches[fd].is_connection && http->watches[fd].wanted)
			rc = call(http, fd, CURL_CSELECT_IN);
	return rc == CURLM_OK ? run_timer(http, false) : rc;
}

/*
 * So long nothing may come at most before the next nudge.  libcurl (7.88) sets no timer
 * for an address that does not answer once it has but 0.6 s left for all of them; it
 * looks when it is called.
 */
static int64_t
silence_max(const TuyaHttp *http)
{
	int64_t		most = http->connect_ms / CONNECT_NUDGES;

	if (!is_connecting(http) || most > NUDGE_MS_MAX)
		return NUDGE_MS_MAX;
	return most > NUDGE_MS_MIN ? most : NUDGE_MS_MIN;
}

/* Nudges when nothing comes, less and less often. */
static CURLMcode
nudge_if_silent(TuyaHttp *http, uint64_t received_before)
{
	CURLMcode	rc = CURLM_OK;
	int64_t		now;

	if (http->in_flight == NULL || (http->version == 1 && !is_connecting(http)))
	{
		http->nudge_ms = TIMER_OFF;
		return CURLM_OK;
	}
	now = tuya_http_now_ms();
	if (http->received != received_before || http->nudge_ms == TIMER_OFF)
		http->silence_ms = NUDGE_MS_MIN;
	else if (now < http->nudge_ms)
		return CURLM_OK;
	else
	{
		/* TLS that has failed while it was written to may have told nobody */
		http->failed |= http->version == 2;
		rc = nudge(http);
		http->silence_ms *= 2;
		if (http->silence_ms > silence_max(http))
			http->silence_ms = silence_max(http);
	}
	http->nudge_ms = now + http->silence_ms;
	return rc;
}

static void
set_cork(int fd, int on)
{
	(void) setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
}

/*
 * What was submitted since the last step is due now.  libcurl writes each request over
 * HTTP/2 by itself, and each would be a packet of its own; so they are held back until
 * the last one is written.  Each packet would cost more than its request does in here.
 */
static CURLMcode
send_submitted(TuyaHttp *http)
{
	int			fd = http->nin_flight - http->nsent > 1 && http->version == 2 ? http->used_fd : -1;
	CURLMcode	rc;

	if (fd < 0 || !tuya_http_is_connection(http, fd))
		return run_timer(http, false);
	set_cork(fd, 1);
	rc = run_timer(http, false);
	if (tuya_http_is_connection(http, fd))
		set_cork(fd, 0);
	return rc;
}

bool
tuya_http_run_events(TuyaHttp *http)
{
	struct epoll_event events[64];
	const int	max = sizeof(events) / sizeof(events[0]);
	uint64_t	received = http->received;
	int			count;

	http->step_ends_ms = tuya_http_now_ms() + STEP_MS_MAX;
	count = send_submitted(http) == CURLM_OK ? max : -1;
	while (count == max && has_time(http))
		count = run_events(http, events, max);
	return count >= 0 && nudge_if_silent(http, received) == CURLM_OK;
}
