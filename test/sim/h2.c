/*
 * h2.c
 *		HTTP/2, over nghttp2 without its I/O.
 *
 * A stream's exchange is its nghttp2 user data until the stream closes.
 * Callbacks run inside nghttp2 and may find the connection closed by what
 * an earlier one did; they then make nghttp2 return.
 */
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "http.h"
#include "settings.h"

#define PULL_BYTES 65536		/* bytes encoded ahead of the socket */
#define REPLY_HEADERS_MAX 24

struct H2
{
	nghttp2_session *session;
};

static Exchange *
stream_exchange(nghttp2_session *session, int32_t stream)
{
	return nghttp2_session_get_stream_user_data(session, stream);
}

static int
on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	Conn	   *conn = arg;

	if (conn->dead)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		nghttp2_session_set_stream_user_data(session, frame->hd.stream_id,
											 exchange_create(conn, frame->hd.stream_id));
	return 0;
}

static bool
is(const uint8_t *name, size_t len, const char *want)
{
	return len == strlen(want) && memcmp(name, want, len) == 0;
}

static void
keep(char **field, const uint8_t *value, size_t len)
{
	if (!*field)
		*field = sim_strndup((const char *) value, len);
}

static int
on_header(nghttp2_session *session, const nghttp2_frame *frame,
		  const uint8_t *name, size_t name_len,
		  const uint8_t *value, size_t len, uint8_t flags, void *arg)
{
	Exchange   *ex;
	char	   *encodings = NULL;

	(void) flags;
	if (((Conn *) arg)->dead)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	ex = stream_exchange(session, frame->hd.stream_id);
	if (!ex)
		return 0;
	if (is(name, name_len, ":method"))
		keep(&ex->method, value, len);
	else if (is(name, name_len, ":path"))
		keep(&ex->target, value, len);
	else if (is(name, name_len, ":authority") || is(name, name_len, "host"))
		keep(&ex->host, value, len);
	else if (is(name, name_len, "user-agent"))
		keep(&ex->user_agent, value, len);
	else if (is(name, name_len, "accept-encoding"))
	{
		keep(&encodings, value, len);
		ex->accepts_gzip = ex->accepts_gzip || http_list_has(encodings, "gzip");
		free(encodings);
	}
	return 0;
}

static int
on_data(nghttp2_session *session, uint8_t flags, int32_t stream,
		const uint8_t *data, size_t len, void *arg)
{
	Exchange   *ex;

	(void) flags;
	(void) data;
	if (((Conn *) arg)->dead)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	ex = stream_exchange(session, stream);
	if (ex && len > 0)
		ex->malformed = "request with a body";
	return 0;
}

static int
on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	Conn	   *conn = arg;
	Exchange   *ex;

	if (conn->dead)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	if ((frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) ||
		!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		return 0;
	ex = stream_exchange(session, frame->hd.stream_id);
	if (!ex)
		return 0;
	if (!ex->host && !ex->malformed)
		ex->malformed = "no authority";
	serve_exchange(ex);
	return conn->dead ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static int
on_stream_close(nghttp2_session *session, int32_t stream, uint32_t error, void *arg)
{
	Exchange   *ex;

	(void) error;
	if (((Conn *) arg)->dead)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	ex = stream_exchange(session, stream);
	if (ex)
		exchange_free(ex);
	return 0;
}

void
h2_start(Conn *conn)
{
	nghttp2_settings_entry entry = {
		NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, (uint32_t) settings.h2_max_streams
	};
	nghttp2_session_callbacks *callbacks;

	conn->h2 = sim_alloc(sizeof(H2));
	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		abort();
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
	if (nghttp2_session_server_new(&conn->h2->session, callbacks, conn) != 0)
		abort();
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_submit_settings(conn->h2->session, NGHTTP2_FLAG_NONE, &entry, 1);
}

void
h2_free(H2 *h2)
{
	if (!h2)
		return;
	nghttp2_session_del(h2->session);
	free(h2);
}

void
h2_input(Conn *conn)
{
	ssize_t		n;

	if (conn->in.len == 0)
		return;
	n = nghttp2_session_mem_recv(conn->h2->session,
								 (const uint8_t *) buf_data(&conn->in), conn->in.len);
	if (conn->dead)
		return;
	if (n < 0)
	{
		count.malformed++;
		conn_close(conn);
		return;
	}
	buf_consume(&conn->in, (size_t) n);
}

void
h2_pull(Conn *conn)
{
	while (!conn->dead && conn->out.len < PULL_BYTES)
	{
		const uint8_t *bytes;
		ssize_t		n = nghttp2_session_mem_send(conn->h2->session, &bytes);

		if (n < 0)
			conn->close_when_flushed = true;
		if (n <= 0)
			break;
		buf_append(&conn->out, bytes, (size_t) n);
	}
	if (!nghttp2_session_want_read(conn->h2->session) &&
		!nghttp2_session_want_write(conn->h2->session))
		conn->close_when_flushed = true;
}

void
h2_goaway(Conn *conn)
{
	nghttp2_session_terminate_session(conn->h2->session, NGHTTP2_NO_ERROR);
}

static ssize_t
read_body(nghttp2_session *session, int32_t stream, uint8_t *to, size_t room,
		  uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	Exchange   *ex = source->ptr;
	size_t		left = exchange_body_limit(ex) - ex->body_sent;
	size_t		n = left < room ? left : room;

	(void) session;
	(void) stream;
	if (n == 0 && ex->ending != ENDING_WHOLE)
	{
		if (ex->ending == ENDING_CLOSE)
			((Conn *) arg)->close_when_flushed = true;
		return NGHTTP2_ERR_DEFERRED;
	}
	memcpy(to, buf_data(&ex->body) + ex->body_sent, n);
	ex->body_sent += n;
	if (ex->body_sent == ex->body.len)
	{
		*flags |= NGHTTP2_DATA_FLAG_EOF;
		exchange_done(ex);
	}
	return (ssize_t) n;
}

static nghttp2_nv
header(const char *name, const char *value)
{
	nghttp2_nv	nv = {(uint8_t *) name, (uint8_t *) value, strlen(name), strlen(value), 0};

	return nv;
}

/* Splits ex->headers, in place, into at most max headers. */
static size_t
own_headers(Exchange *ex, nghttp2_nv *nv, size_t max)
{
	char	   *line = buf_cstr(&ex->headers);
	size_t		n = 0;

	while (*line && n < max)
	{
		char	   *eol = strstr(line, "\r\n");
		char	   *colon = strstr(line, ": ");

		if (!eol || !colon || colon > eol)
			break;
		*eol = '\0';
		*colon = '\0';
		for (char *c = line; *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char) (*c + 'a' - 'A');
		nv[n++] = header(line, colon + 2);
		line = eol + 2;
	}
	return n;
}

void
h2_reply(Exchange *ex)
{
	nghttp2_nv	nv[REPLY_HEADERS_MAX];
	nghttp2_data_provider provider = {.source.ptr = ex,.read_callback = read_body};
	char		status[12];
	char		length[24];
	size_t		n = 0;

	snprintf(status, sizeof status, "%d", ex->status);
	snprintf(length, sizeof length, "%zu", ex->body.len);
	nv[n++] = header(":status", status);
	nv[n++] = header("date", http_date());
	if (ex->type)
		nv[n++] = header("content-type", ex->type);
	nv[n++] = header("content-length", length);
	n += own_headers(ex, nv + n, REPLY_HEADERS_MAX - n);
	if (nghttp2_submit_response(ex->conn->h2->session, ex->stream, nv, n, &provider) != 0)
		conn_close(ex->conn);
}
