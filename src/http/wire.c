/*
 * wire.c
 *		What has come over a connection, whoever has read it.
 *
 * HTTP/1.1 has no number that ties a reply to its request: the next reply on the
 * connection is taken for the next request's.  A service that sends one more than
 * it was asked for would shift all that follow, and rows of one key would be told as
 * another's.  What can be proven is that a reply came too early: it was there, or on
 * its way, before the service had the request.  Then the connection is not used.
 *
 * A reply that comes while the service already has the request cannot be told from
 * the true one here.
 */
#include "http/internal.h"

#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "core/tls.h"

/* tcpi_state of a connection that neither side has ended; <netinet/tcp.h> excludes the other. */
#define STATE_ESTABLISHED 1

static bool
get_tcp_info(int fd, struct tcp_info *info)
{
	socklen_t	len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &len) == 0;
}

const void *
tuya_http_ssl_of(const TuyaHttpRequest *request)
{
	struct curl_tlssessioninfo *session = NULL;

	if (curl_easy_getinfo(request->easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK ||
		session == NULL || session->backend != CURLSSLBACKEND_OPENSSL)
		return NULL;
	return session->internals;
}

/*
 * Before the settings of an HTTP/2 connection have come libcurl sends as many requests
 * as it is given (7.88), and the service refuses those for which it has no
 * streams.  They are the first that comes over the connection, at once.
 */
void
tuya_http_await_settings(TuyaHttpRequest *request)
{
	TuyaHttp   *http = request->http;
	const void *ssl = tuya_http_ssl_of(request);

	http->used_fd = request->fd;
	http->used_ssl = ssl;
	http->fresh = false;
	http->awaited = NULL;
	http->streams = INT_MAX;	/* nothing is known of this one's */
	if (ssl && tuya_tls_speaks(ssl, "h2"))
	{
		http->agreed = 2;
		tuya_tls_await_data(ssl, &http->awaited);
	}
	else if (ssl || http->cleartext)
		http->agreed = 1;
	else
		http->awaited = request->easy;	/* not to be seen: a reply is awaited */
}

/* How many requests are under way over the connection that the next would have. */
static int
count_sent_over_used(const TuyaHttp *http)
{
	int			count = 0;

	for (const TuyaHttpRequest *request = http->in_flight; request; request = request->flight_next)
		count += request->times_sent > 0 && request->fd == http->used_fd;
	return count;
}

/*
 * Sees how many streams there are, when requests wait though others are under way.  They
 * may wait for another reason, say that the step had no time for them: then more of them
 * are under way later, and nothing is known any more.  Those that are under way over a
 * connection that has failed say nothing of the one that takes its place.
 */
void
tuya_http_note_streams(TuyaHttp *http)
{
	int			sent = 0;

	http->unsent = http->nin_flight - http->nsent;
	if (http->version == 2 && http->unsent > 0 && http->nsent > 0)
		sent = count_sent_over_used(http);
	if (sent > 0)
		http->streams = sent;
	else if (http->nsent > http->streams)
		http->streams = INT_MAX;
}

/* Whether the socket itself has an input, or an end, to be read. */
static bool
is_readable(int fd)
{
	char		byte;
	ssize_t		got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

bool
tuya_http_connection_lives(int fd)
{
	char		byte;
	ssize_t		got;

	if (fd < 0)
		return false;
	got = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

/*
 * HTTP/2's numbers of streams can be foretold.  libcurl (8.22) may open the next stream
 * before it reads what has come while the connection idled, or (7.88) may have read only
 * the first TLS record of that, and then takes a reply with that number for its request's.
 */
bool
tuya_http_idle_has_input(const TuyaHttp *http)
{
	return is_readable(http->used_fd) ||
		(http->used_ssl && tuya_tls_has_pending(http->used_ssl));
}

/*
 * TLS's tickets come over a fresh connection before any request.  They are read
 * with the first reply, so a kept one has none, and what is not read is a reply: be
 * it in the socket, in libcurl's buffer or in OpenSSL's.  Through a proxy its own
 * words were read by libcurl, so there the numbers of bytes do not compare.
 *
 * HTTP/2 has numbers, and input at any time while others are in flight, but an end counts:
 * libcurl throws away the replies that it has not handed over yet when it cannot send.
 */
bool
tuya_http_has_input(TuyaHttpRequest *request)
{
	const TuyaHttp *http = request->http;
	const void *ssl;
	struct tcp_info info;
	long		connects = 0;

	request->received_before = 0;
	if (request->fd < 0 || !get_tcp_info(request->fd, &info))
		return false;
	curl_easy_getinfo(request->easy, CURLINFO_NUM_CONNECTS, &connects);
	if (http->version == 2)
		return connects == 0 && info.tcpi_state != STATE_ESTABLISHED;
	ssl = tuya_http_ssl_of(request);
	if (http->proxy == NULL)
		request->received_before = info.tcpi_bytes_received;
	if (!http->cleartext && (connects > 0 || http->version != 1))
		return false;
	if (ssl)
	{
		uint64_t	read = tuya_tls_bytes_read(ssl);

		if (tuya_tls_has_pending(ssl) || read < request->received_before)
			return true;
		/* what has come was read, so there is nothing to ask the socket for */
		if (info.tcpi_state == STATE_ESTABLISHED && read == info.tcpi_bytes_received)
			return false;
	}
	return is_readable(request->fd);
}

/*
 * A reply's bytes acknowledge those of its request, for the service had it.  And
 * OpenSSL has read no more than had come before the request went out, if that is
 * where it has found the reply.
 */
bool
tuya_http_came_too_early(const TuyaHttpRequest *request)
{
	const void *ssl;
	int			unacknowledged = 0;

	/* half of what all of the connection's state takes */
	if (request->fd < 0 || ioctl(request->fd, SIOCOUTQ, &unacknowledged) != 0)
		return false;
	if (unacknowledged > 0)
		return true;
	ssl = tuya_http_ssl_of(request);
	return ssl && tuya_tls_bytes_read(ssl) <= request->received_before;
}

void
tuya_http_note_end(TuyaHttp *http, int fd)
{
	struct tcp_info info;

	if (!get_tcp_info(fd, &info))
		return;
	for (TuyaHttpRequest *request = http->in_flight; request; request = request->flight_next)
		if (request->fd == fd)
			request->received = info.tcpi_bytes_received;
}
