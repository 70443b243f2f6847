/*
 * unasked.c
 *		What a service sends over HTTP/1.1 though nobody has asked for it: a
 *		whole reply, with a job of its own, or less.
 */
#include "unasked.h"

#include <inttypes.h>
#include <stddef.h>

#include "counters.h"
#include "http.h"
#include "settings.h"

static const char page[] =
	"{\"success\":true,\"code\":\"\",\"currentPage\":1,\"pageSize\":100,\"pageCount\":1,\"total\":1,"
	"\"requestId\":\"unasked\",\"data\":{\"simpleOTAJobInfo\":[{\"jobId\":\"unasked\",\"jobStatus\":\"UNASKED\"}]}}";

static void
put_reply(Buf *out)
{
	buf_printf(out, "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: application/json\r\n"
			   "Content-Length: %zu\r\n\r\n%s", http_date(), sizeof page - 1, page);
}

static void
put(Conn *conn)
{
	count.unasked++;
	switch ((enum Unasked) settings.unasked)
	{
		case UNASKED_NONE:
			break;
		case UNASKED_REPLY:
			put_reply(&conn->out);
			break;
		case UNASKED_HEAD:
			buf_puts(&conn->out, "HTTP/1.1 200 OK\r\nContent-Type: appli");
			break;
		case UNASKED_CONTINUE:
			buf_puts(&conn->out, "HTTP/1.1 100 Continue\r\n\r\n");
			break;
		case UNASKED_LINE:
			buf_puts(&conn->out, "\r\n");
			break;
		case UNASKED_TIMEOUT:
			buf_puts(&conn->out, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
			break;
	}
}

static void
fire(Timer *timer)
{
	Conn	   *conn = OWNER_OF(timer, Conn, unasked);

	put(conn);
	conn_flush(conn);
}

void
unasked_follow(Conn *conn)
{
	if (settings.unasked == UNASKED_NONE ||
		conn->port == PORT_CONTROL || !take_one(&settings.unasked_count))
		return;
	if (settings.unasked_ms == 0)
		put(conn);
	else
	{
		conn->unasked.fire = fire;
		timer_start(&conn->unasked, settings.unasked_ms);
	}
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
