/*
 * h2.c
 *		HTTP/2, over nghttp2 without its I/O.
 *
 * A stream's exchange is its nghttp2 user data until the stream closes.
 * Callbacks run inside nghttp2 and may find the connection closed by what
 * an earlier one did; they then make nghttp2 return.
 */
#include <inttypes.h>
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "flood.h"
#include "http.h"
#include "settings.h"
#include "unasked.h"

#define REPLY_HEADERS_MAX 24
#define HEAD_BYTES_MAX 33554432	/* of a reply, header_flood and all */

struct H2
{
	nghttp2_session *session;
	Conn	   *conn;
	bool		mute;			/* nothing is sent yet */
	Timer		unmute;
	Timer		raise;			/* as many streams as in the beginning */
	Timer		leave;			/* GOAWAY was put off, and comes now */
	bool		refuses;		/* and refuses what is in progress */
	int32_t		flooded;		/* a stream whose head never ends, or 0 */
	int			flood_status;
	int64_t		flood_frames;	/* handed over so far */
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
	/* what comes after GOAWAY was never looked at */
	if (conn->going_away)
		return 0;
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

	if (((Conn *) arg)->dead)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	ex = stream_exchange(session, stream);
	if (ex)
		exchange_free(ex);
	/* the last frame of its reply has been handed over by now */
	if (error == NGHTTP2_NO_ERROR)
		unasked_follow(arg, stream);
	return 0;
}

static nghttp2_session *
start_session(Conn *conn, const nghttp2_session_callbacks *callbacks)
{
	nghttp2_session *session;
	nghttp2_option *option;

	if (nghttp2_option_new(&option) != 0)
		abort();
	nghttp2_option_set_max_send_header_block_length(option, HEAD_BYTES_MAX);
	if (nghttp2_session_server_new2(&session, callbacks, conn, option) != 0)
		abort();
	nghttp2_option_del(option);
	return session;
}

static void
goaway(Conn *conn, int32_t last)
{
	conn->going_away = true;
	nghttp2_submit_goaway(conn->h2->session, NGHTTP2_FLAG_NONE, last,
						  NGHTTP2_NO_ERROR, NULL, 0);
}

static void
tell_streams(H2 *h2, int64_t streams)
{
	nghttp2_settings_entry entry = {
		NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, (uint32_t) streams
	};

	nghttp2_submit_settings(h2->session, NGHTTP2_FLAG_NONE, &entry, 1);
}

static void
fire_unmute(Timer *timer)
{
	H2		   *h2 = OWNER_OF(timer, H2, unmute);

	h2->mute = false;
	conn_flush(h2->conn);
}

static void
fire_raise(Timer *timer)
{
	H2		   *h2 = OWNER_OF(timer, H2, raise);

	tell_streams(h2, settings.h2_max_streams);
	conn_flush(h2->conn);
}

static void
fire_leave(Timer *timer)
{
	H2		   *h2 = OWNER_OF(timer, H2, leave);

	if (h2->refuses)
		h2_goaway_refuse(h2->conn);
	else
		goaway(h2->conn, nghttp2_session_get_last_proc_stream_id(h2->session));
	conn_flush(h2->conn);
}

static void
set_up_timers(H2 *h2)
{
	h2->unmute.fire = fire_unmute;
	h2->raise.fire = fire_raise;
	h2->leave.fire = fire_leave;
	h2->mute = settings.h2_settings_ms != 0;
	if (settings.h2_settings_ms > 0)
		timer_start(&h2->unmute, settings.h2_settings_ms);
}

void
h2_start(Conn *conn)
{
	nghttp2_session_callbacks *callbacks;

	conn->h2 = sim_alloc(sizeof(H2));
	conn->h2->conn = conn;
	set_up_timers(conn->h2);
	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		abort();
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
	conn->h2->session = start_session(conn, callbacks);
	nghttp2_session_callbacks_del(callbacks);
	tell_streams(conn->h2, settings.h2_max_streams);
}

void
h2_stop(H2 *h2)
{
	if (!h2)
		return;
	timer_stop(&h2->unmute);
	timer_stop(&h2->raise);
	timer_stop(&h2->leave);
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

/* True if the session has nothing more to send. */
static bool
pull_session(Conn *conn)
{
	while (conn->out.len < OUT_AHEAD_BYTES)
	{
		const uint8_t *bytes;
		ssize_t		n = nghttp2_session_mem_send(conn->h2->session, &bytes);

		if (n < 0)
			conn->close_when_flushed = true;
		if (n <= 0)
			return true;
		buf_append(&conn->out, bytes, (size_t) n);
	}
	return false;
}

static void
close_when_done(Conn *conn)
{
	if (!nghttp2_session_want_read(conn->h2->session) &&
		!nghttp2_session_want_write(conn->h2->session))
		conn->close_when_flushed = true;
}

/*
 * A head that never ends is written past nghttp2, which sends nothing any
 * more then, for no other frame may come within a head.
 */
void
h2_pull(Conn *conn)
{
	H2		   *h2 = conn->h2;

	if (h2->mute)
		return;
	if (h2->flood_frames == 0 && (!pull_session(conn) || !h2->flooded))
	{
		close_when_done(conn);
		return;
	}
	while (conn->out.len < OUT_AHEAD_BYTES)
		flood_frame(&conn->out, h2->flooded, h2->flood_frames++, h2->flood_status);
}

void
h2_goaway_idle(Conn *conn)
{
	conn->going_away = true;
	nghttp2_session_terminate_session(conn->h2->session, NGHTTP2_NO_ERROR);
}

void
h2_goaway_after(Exchange *ex)
{
	goaway(ex->conn, ex->stream);
}

void
h2_goaway_later(Conn *conn, int64_t ms, bool refuses)
{
	conn->leaving = true;
	conn->h2->refuses = refuses;
	timer_start(&conn->h2->leave, ms);
}

void
h2_goaway_announced(Conn *conn, int64_t ms)
{
	nghttp2_submit_shutdown_notice(conn->h2->session);
	h2_goaway_later(conn, ms, false);
}

void
h2_lower_streams(Conn *conn)
{
	count.lowerings++;
	tell_streams(conn->h2, settings.h2_lower_to);
	if (settings.h2_lower_ms > 0)
		timer_start(&conn->h2->raise, settings.h2_lower_ms);
}

/* Once it is sent, nghttp2 closes the streams after the last one. */
void
h2_goaway_refuse(Conn *conn)
{
	int32_t		first = INT32_MAX;

	for (Exchange *ex = conn->exchanges; ex; ex = ex->next)
		if (!ex->answering && ex->stream < first)
			first = ex->stream;
	/* a client's streams have odd numbers */
	goaway(conn, first > 1 ? first - 2 : 0);
}

void
h2_resume(Exchange *ex)
{
	nghttp2_session_resume_data(ex->conn->h2->session, ex->stream);
}

void
h2_reset_stream(Exchange *ex)
{
	count.rst_streams++;
	nghttp2_submit_rst_stream(ex->conn->h2->session, NGHTTP2_FLAG_NONE,
							  ex->stream, ex->stream_error);
}

static nghttp2_nv
header(const char *name, const char *value)
{
	nghttp2_nv	nv = {(uint8_t *) name, (uint8_t *) value, strlen(name), strlen(value), 0};

	return nv;
}

static ssize_t
read_body(nghttp2_session *session, int32_t stream, uint8_t *to, size_t room,
		  uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	Exchange   *ex = source->ptr;
	size_t		n = body_take(ex, (char *) to, room);

	(void) arg;
	if (body_at_end(ex) && ex->ending == ENDING_WHOLE)
	{
		*flags |= NGHTTP2_DATA_FLAG_EOF;
		if (settings.trailers > 0)
		{
			nghttp2_nv	nv = header("x-trailer", "of the body");

			*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
			nghttp2_submit_trailer(session, stream, &nv, 1);
		}
		exchange_done(ex);
		return (ssize_t) n;
	}
	if (n > 0)
		return (ssize_t) n;
	if (body_at_end(ex))
		exchange_end_soon(ex);
	return NGHTTP2_ERR_DEFERRED;
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

/* Appends the headers of a flood, whose names are to live in names. */
static size_t
flood_headers(nghttp2_nv *nv, char (*names)[FLOOD_NAME_BYTES], size_t n)
{
	for (size_t i = 0; i < n; i++)
	{
		flood_name(names[i], (int64_t) i);
		nv[i] = header(names[i], flood_value());
		nv[i].flags = NGHTTP2_NV_FLAG_NO_INDEX;
	}
	return n;
}

static void
submit(Exchange *ex, size_t flood)
{
	nghttp2_nv *nv = sim_alloc((REPLY_HEADERS_MAX + flood) * sizeof *nv);
	char	  (*names)[FLOOD_NAME_BYTES] = sim_alloc(flood * sizeof *names);
	nghttp2_data_provider provider = {.source.ptr = ex,.read_callback = read_body};
	char		status[12];
	char		length[24];
	size_t		n = 0;

	snprintf(status, sizeof status, "%d", ex->status);
	snprintf(length, sizeof length, "%" PRIu64, body_length(ex));
	nv[n++] = header(":status", status);
	if (!ex->no_date)
		nv[n++] = header("date", http_date());
	if (ex->type)
		nv[n++] = header("content-type", ex->type);
	if (!ex->chunked)
		nv[n++] = header("content-length", length);
	n += own_headers(ex, nv + n, REPLY_HEADERS_MAX - n);
	n += flood_headers(nv + n, names, flood);
	for (int64_t i = 0; i < settings.interim; i++)
	{
		nghttp2_nv	hints[] = {header(":status", "103"), header("link", "</>; rel=preload")};

		nghttp2_submit_headers(ex->conn->h2->session, NGHTTP2_FLAG_NONE, ex->stream, NULL,
							   hints, 2, NULL);
	}
	if (nghttp2_submit_response(ex->conn->h2->session, ex->stream, nv, n, &provider) != 0)
		conn_close(ex->conn);
	free(names);
	free(nv);
}

void
h2_reply(Exchange *ex)
{
	H2		   *h2 = ex->conn->h2;

	unasked_precede(ex->conn, ex->stream);
	if (ex->head_flood >= 0)
		submit(ex, (size_t) ex->head_flood);
	else if (!h2->flooded)
	{
		h2->flooded = ex->stream;
		h2->flood_status = ex->status;
	}
}
