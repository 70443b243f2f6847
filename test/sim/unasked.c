/*
 * unasked.c
 *		What a service sends though nobody has asked for it: a whole reply, with a
 *		job of its own, or less.
 *
 * Over HTTP/2 it is written past nghttp2, which would not send it, between two of
 * its frames.
 */
#include "unasked.h"

#include <inttypes.h>
#include <stddef.h>

#include "counters.h"
#include "http.h"
#include "settings.h"

#define FRAME_DATA 0
#define FRAME_HEADERS 1
#define FRAME_PUSH_PROMISE 5
#define FRAME_PING 6
#define FLAG_END_STREAM 1
#define FLAG_END_HEADERS 4
#define STATUS_200 "\x88"		/* in HPACK's table */

static const char page[] =
	"{\"success\":true,\"code\":\"\",\"currentPage\":1,\"pageSize\":100,\"pageCount\":1,\"total\":1,"
	"\"requestId\":\"unasked\",\"data\":{\"simpleOTAJobInfo\":[{\"jobId\":\"unasked\",\"jobStatus\":\"UNASKED\"}]}}";

static void
put_reply(Buf *out)
{
	buf_printf(out, "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: application/json\r\n"
			   "Content-Length: %zu\r\n\r\n%s", http_date(), sizeof page - 1, page);
}

static bool
is_of_h2(int64_t what)
{
	return what >= UNASKED_AGAIN;
}

static void
put_h1(Buf *out)
{
	switch ((enum Unasked) settings.unasked)
	{
		case UNASKED_REPLY:
			put_reply(out);
			break;
		case UNASKED_HEAD:
			buf_puts(out, "HTTP/1.1 200 OK\r\nContent-Type: appli");
			break;
		case UNASKED_CONTINUE:
			buf_puts(out, "HTTP/1.1 100 Continue\r\n\r\n");
			break;
		case UNASKED_LINE:
			buf_puts(out, "\r\n");
			break;
		case UNASKED_TIMEOUT:
			buf_puts(out, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
			break;
		default:
			break;
	}
}

static void
put_frame(Buf *out, char type, char flags, int32_t stream, const char *payload, size_t len)
{
	buf_putc(out, (char) (len >> 16 & 0xff));
	buf_putc(out, (char) (len >> 8 & 0xff));
	buf_putc(out, (char) (len & 0xff));
	buf_putc(out, type);
	buf_putc(out, flags);
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_putc(out, (char) (stream >> shift & 0xff));
	buf_append(out, payload, len);
}

static void
put_data(Buf *out, int32_t stream)
{
	put_frame(out, FRAME_DATA, FLAG_END_STREAM, stream, page, sizeof page - 1);
}

static void
put_stream(Buf *out, int32_t stream)
{
	put_frame(out, FRAME_HEADERS, FLAG_END_HEADERS, stream, STATUS_200, 1);
	put_data(out, stream);
}

/* After the reply on that stream; a client's next stream has the number after the next. */
static void
put_h2(Buf *out, int32_t stream)
{
	switch ((enum Unasked) settings.unasked)
	{
		case UNASKED_AGAIN:
			put_stream(out, stream);
			break;
		case UNASKED_DATA:
			put_data(out, stream);
			break;
		case UNASKED_NEXT:
			put_stream(out, stream + 2);
			break;
		case UNASKED_NEXT_DATA:
			put_data(out, stream + 2);
			break;
		case UNASKED_STREAM:
			put_stream(out, 2);
			break;
		default:
			break;
	}
}

static void
put(Conn *conn)
{
	count.unasked++;
	if (conn->unasked_stream > 0)
		put_h2(&conn->out, conn->unasked_stream);
	else
		put_h1(&conn->out);
}

/* What a service may send at any time; each in a TLS record of its own. */
static void
send_pings(Conn *conn)
{
	for (int64_t i = 0; i < settings.unasked_pings; i++)
	{
		put_frame(&conn->out, FRAME_PING, 0, 0, "unasked.", 8);
		conn_flush(conn);
	}
}

static void
fire(Timer *timer)
{
	Conn	   *conn = OWNER_OF(timer, Conn, unasked);

	if (conn->unasked_stream > 0)
		send_pings(conn);
	put(conn);
	conn_flush(conn);
}

void
unasked_follow(Conn *conn, int32_t stream)
{
	if (settings.unasked == UNASKED_NONE || settings.unasked == UNASKED_PUSH ||
		is_of_h2(settings.unasked) != (stream > 0) ||
		conn->port == PORT_CONTROL || !take_one(&settings.unasked_count))
		return;
	conn->unasked_stream = stream;
	if (settings.unasked_ms == 0)
		put(conn);
	else
	{
		conn->unasked.fire = fire;
		timer_start(&conn->unasked, settings.unasked_ms);
	}
}

/* The promise is of the second stream, with the method GET, the scheme and the path. */
void
unasked_precede(Conn *conn, int32_t stream)
{
	static const char promise[] = "\0\0\0\2" "\x82\x87\x84";

	if (settings.unasked != UNASKED_PUSH || !take_one(&settings.unasked_count))
		return;
	count.unasked++;
	put_frame(&conn->out, FRAME_PUSH_PROMISE, FLAG_END_HEADERS, stream, promise, sizeof promise - 1);
	put_stream(&conn->out, 2);
}

void
unasked_interim(Buf *out)
{
	for (int64_t i = 0; i < settings.interim; i++)
	{
		buf_puts(out, "HTTP/1.1 103 Early Hints\r\n");
		http_put_lines(out, settings.interim_headers);
		buf_puts(out, "\r\n");
	}
}
