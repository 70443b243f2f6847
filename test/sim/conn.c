/*
 * conn.c
 *		Connections: TLS, reading, writing, closing.
 */
#define _GNU_SOURCE
#include "conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "counters.h"
#include "ending.h"
#include "http.h"
#include "settings.h"
#include "torrent.h"

#define READ_BYTES 16384		/* a TLS record, so that none stays in OpenSSL */
#define READS_A_ROUND 16
#define WRITES_A_ROUND 16		/* so that no flood keeps the others waiting */
#define PIPELINE_BYTES_MAX 65536	/* read ahead while a request is processed */

typedef enum IoResult
{
	IO_SOME, IO_BLOCKED, IO_ENDED
} IoResult;

static SSL_CTX *tls;
static Conn *conns;

/*
 * http/1.1 is what a client without ALPN gets, so no match is no error, unless HTTP/2 is
 * all there is.
 */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *outlen,
				const unsigned char *in, unsigned int inlen, void *arg)
{
	static const unsigned char both[] = "\x02h2\x08http/1.1";
	const unsigned char *ours = settings.http2 ? both : both + 3;
	unsigned	len = settings.http2 == 1 ? sizeof both - 1 : settings.http2 ? 3 : sizeof both - 4;

	(void) ssl;
	(void) arg;
	if (SSL_select_next_proto((unsigned char **) out, outlen, ours, len,
							  in, inlen) != OPENSSL_NPN_NEGOTIATED)
		return settings.http2 == 2 ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_NOACK;
	return SSL_TLSEXT_ERR_OK;
}

static void
tls_fatal(const char *what)
{
	fprintf(stderr, "tuya_sim: %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

void
conn_init_tls(const TlsOptions *options)
{
	tls = SSL_CTX_new(TLS_server_method());
	if (!tls)
		tls_fatal("cannot make a TLS context");
	/* TLS 1.0 and 1.1 need MD5 and SHA-1, which level 1 forbids */
	if (options->min_version < TLS1_2_VERSION)
		SSL_CTX_set_security_level(tls, 0);
	if (!SSL_CTX_set_min_proto_version(tls, options->min_version) ||
		!SSL_CTX_set_max_proto_version(tls, options->max_version))
		tls_fatal("bad TLS versions");
	if (SSL_CTX_use_certificate_chain_file(tls, options->cert_file) != 1 ||
		SSL_CTX_use_PrivateKey_file(tls, options->key_file, SSL_FILETYPE_PEM) != 1)
		tls_fatal("cannot use the certificate or its key");
	SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
					 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_alpn_select_cb(tls, choose_protocol, NULL);
}

static void
release_conn(void *object)
{
	Conn	   *conn = object;

	h2_free(conn->h2);
	buf_free(&conn->in);
	buf_free(&conn->out);
	free(conn);
}

static void
conn_unlink(Conn *conn)
{
	if (conn->prev)
		conn->prev->next = conn->next;
	else
		conns = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
}

void
conn_close(Conn *conn)
{
	int			fd = conn->watch.fd;

	if (conn->dead)
		return;
	conn->dead = true;
	while (conn->exchanges)
		exchange_free(conn->exchanges);
	timer_stop(&conn->idle);
	timer_stop(&conn->unasked);
	h2_stop(conn->h2);
	conn_unlink(conn);
	if (conn->port != PORT_CONTROL)
		count.open_connections--;
	loop_unwatch(&conn->watch);
	SSL_free(conn->ssl);
	conn->ssl = NULL;
	close(fd);
	loop_bury(conn, release_conn);
}

void
conn_reset(Conn *conn)
{
	struct linger now = {.l_onoff = 1,.l_linger = 0};

	if (!conn->dead)
		setsockopt(conn->watch.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	conn_close(conn);
}

void
conn_cut_after(Conn *conn, uint64_t n, bool reset)
{
	conn->cut_armed = true;
	conn->cut_reset = reset;
	conn->cut_left = n;
}

static void
conn_want(Conn *conn, bool write)
{
	bool		full = conn->h1_busy && conn->in.len > PIPELINE_BYTES_MAX;

	loop_change(&conn->watch, EPOLLRDHUP | (full ? 0 : (uint32_t) EPOLLIN) |
				(write ? (uint32_t) EPOLLOUT : 0));
}

static IoResult
tls_result(Conn *conn, int n)
{
	int			error = SSL_get_error(conn->ssl, n);

	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return IO_BLOCKED;
	ERR_clear_error();
	return IO_ENDED;
}

static IoResult
conn_read_some(Conn *conn)
{
	char	   *room = buf_room(&conn->in, READ_BYTES);
	ssize_t		n;

	if (conn->ssl)
	{
		n = SSL_read(conn->ssl, room, READ_BYTES);
		if (n <= 0)
			return tls_result(conn, (int) n);
	}
	else
	{
		n = recv(conn->watch.fd, room, READ_BYTES, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return IO_BLOCKED;
		if (n <= 0)
			return IO_ENDED;
	}
	buf_added(&conn->in, (size_t) n);
	return IO_SOME;
}

static IoResult
conn_write_some(Conn *conn)
{
	size_t		len = conn->out.len;
	ssize_t		n;

	if (conn->cut_armed && len > conn->cut_left)
		len = (size_t) conn->cut_left;
	if (conn->ssl)
	{
		n = SSL_write(conn->ssl, buf_data(&conn->out), len > 1 << 20 ? 1 << 20 : (int) len);
		if (n <= 0)
			return tls_result(conn, (int) n);
	}
	else
	{
		n = send(conn->watch.fd, buf_data(&conn->out), len, MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return IO_BLOCKED;
		if (n <= 0)
			return IO_ENDED;
	}
	buf_consume(&conn->out, (size_t) n);
	if (conn->cut_armed)
		conn->cut_left -= (uint64_t) n;
	if (conn->port != PORT_CONTROL)
		count.bytes_sent += (uint64_t) n;
	return IO_SOME;
}

static bool
cut_here(Conn *conn)
{
	if (!conn->cut_armed || conn->cut_left > 0)
		return false;
	count.forced_closes++;
	if (conn->cut_reset)
		conn_reset(conn);
	else
		conn_close(conn);
	return true;
}

static void
conn_pull(Conn *conn)
{
	if (conn->torrent)
		torrent_pull(conn);
	else if (conn->h2)
		h2_pull(conn);
	else
		h1_pull(conn);
}

void
conn_flush(Conn *conn)
{
	for (int i = 0; i < WRITES_A_ROUND; i++)
	{
		IoResult	result;

		if (conn->dead || conn->state != CONN_OPEN || cut_here(conn))
			return;
		conn_pull(conn);
		if (conn->dead)
			return;
		if (conn->out.len == 0)
		{
			if (conn->close_when_flushed && conn->ends_whole && conn->ssl)
				SSL_shutdown(conn->ssl);
			if (conn->close_when_flushed)
				conn_close(conn);
			else
				conn_want(conn, conn->torrent != 0);
			return;
		}
		result = conn_write_some(conn);
		if (result == IO_BLOCKED)
			conn_want(conn, true);
		else if (result == IO_ENDED)
			conn_close(conn);
		if (result != IO_SOME)
			return;
	}
	if (!conn->dead)
		conn_want(conn, true);
}

void
conn_input(Conn *conn)
{
	if (conn->h2)
		h2_input(conn);
	else
		h1_input(conn);
}

static bool
conn_handshake(Conn *conn)
{
	const unsigned char *protocol;
	unsigned	len;
	int			n = SSL_accept(conn->ssl);

	if (n != 1)
	{
		if (tls_result(conn, n) == IO_ENDED)
			conn_close(conn);
		return false;
	}
	count.tls_handshakes++;
	conn->state = CONN_OPEN;
	SSL_get0_alpn_selected(conn->ssl, &protocol, &len);
	if (len == 2)
		h2_start(conn);
	return true;
}

static void
conn_read(Conn *conn)
{
	IoResult	result = IO_SOME;

	for (int i = 0; i < READS_A_ROUND && result == IO_SOME; i++)
		result = conn_read_some(conn);
	if (conn->in.len > 0)
		conn_input(conn);
	/* what the last request is owed was computed, but nobody listens */
	if (result == IO_ENDED && !conn->dead)
		conn_close(conn);
}

static void
conn_drain(Conn *conn)
{
	char		waste[4096];
	ssize_t		n = recv(conn->watch.fd, waste, sizeof waste, 0);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		conn_close(conn);
}

static void
conn_ready(Watch *watch, uint32_t events)
{
	Conn	   *conn = OWNER_OF(watch, Conn, watch);

	if (conn->state == CONN_STALLED)
	{
		conn_drain(conn);
		return;
	}
	if (conn->state == CONN_HANDSHAKE && !conn_handshake(conn))
		return;
	if (events & ~(uint32_t) EPOLLOUT)
	{
		/* what comes before a torrent's end, which is none, is of no interest */
		if (conn->torrent)
			buf_clear(&conn->in);
		conn_read(conn);
	}
	conn_flush(conn);
}

static void
idle_fire(Timer *timer)
{
	Conn	   *conn = OWNER_OF(timer, Conn, idle);

	if (conn->exchanges)
		return;
	count.idle_closes++;
	if (conn->h2)
		h2_goaway_idle(conn);
	conn_flush(conn);
	if (!conn->dead && conn->ssl && conn->state == CONN_OPEN)
		SSL_shutdown(conn->ssl);
	conn_close(conn);
}

void
conn_idle(Conn *conn)
{
	if (settings.idle_close_ms > 0 && !conn->exchanges &&
		conn->port != PORT_CONTROL)
		timer_start(&conn->idle, settings.idle_close_ms);
	else
		timer_stop(&conn->idle);
}

void
conn_idle_all(void)
{
	for (Conn *conn = conns; conn; conn = conn->next)
		conn_idle(conn);
}

void
conn_create(Port port, int fd)
{
	Conn	   *conn = sim_alloc(sizeof *conn);
	int			on = 1;

	conn->port = port;
	conn->watch.ready = conn_ready;
	conn->idle.fire = idle_fire;
	conn->state = port == PORT_TLS ? CONN_HANDSHAKE : CONN_OPEN;
	conn->next = conns;
	if (conns)
		conns->prev = conn;
	conns = conn;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (port != PORT_CONTROL)
	{
		count.connections++;
		count.open_connections++;
	}
	if (port == PORT_TLS && stalls_now(STALL_TLS))
		conn->state = CONN_STALLED;
	else if (port == PORT_TLS && torrent_replaces_handshake())
	{
		conn->state = CONN_OPEN;
		torrent_begin(conn);
	}
	else if (port == PORT_TLS)
	{
		conn->ssl = SSL_new(tls);
		if (!conn->ssl || !SSL_set_fd(conn->ssl, fd))
			tls_fatal("cannot make a TLS connection");
		SSL_set_accept_state(conn->ssl);
	}
	loop_watch(&conn->watch, fd, EPOLLIN | EPOLLRDHUP);
	conn_idle(conn);
}
