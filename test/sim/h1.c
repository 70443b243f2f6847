/*
 * h1.c
 *		HTTP/1.1, as strict as the RFC lets a server be: GET requests without
 *		a body, CRLF line ends, one Host.
 *
 * Requests may be pipelined; they are processed one after the other.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "counters.h"
#include "flood.h"
#include "http.h"
#include "settings.h"
#include "unasked.h"

#define HEAD_BYTES_MAX 65536
#define BODY_PIECE_BYTES 16384

static const char h2_preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#define PREFACE_BYTES (sizeof h2_preface - 1)

/* Length of the first head in conn->in with its empty line, 0 if not whole. */
static size_t
head_length(Conn *conn)
{
	size_t		from = conn->h1_scanned > 3 ? conn->h1_scanned - 3 : 0;
	char	   *in = buf_data(&conn->in);
	char	   *end = memmem(in + from, conn->in.len - from, "\r\n\r\n", 4);

	conn->h1_scanned = conn->in.len;
	return end ? (size_t) (end - in) + 4 : 0;
}

static bool
is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr("!#$%&'*+-.^_`|~0123456789"
					"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", text[i]) ||
			text[i] == '\0')
			return false;
	return len > 0;
}

static bool
is_visible(const char *text, size_t len, bool blanks)
{
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) text[i];

		if (c == 0x7f || c < 0x20 || (c == ' ' && !blanks))
		{
			if (c != '\t' || !blanks)
				return false;
		}
	}
	return true;
}

/* "GET /?... HTTP/1.1"; returns what is wrong, or NULL. */
static const char *
parse_request_line(Exchange *ex, const char *line, size_t len)
{
	const char *space = memchr(line, ' ', len);
	const char *target;
	size_t		rest;

	if (!space || !is_token(line, (size_t) (space - line)))
		return "bad request line";
	target = space + 1;
	rest = len - (size_t) (target - line);
	if (rest < 10 || memcmp(target + rest - 9, " HTTP/1.1", 9) != 0)
		return "not HTTP/1.1";
	rest -= 9;
	if (*target != '/' || !is_visible(target, rest, false))
		return "bad request target";
	ex->method = sim_strndup(line, (size_t) (space - line));
	ex->target = sim_strndup(target, rest);
	return NULL;
}

static bool
named(const char *line, size_t len, const char *name)
{
	return len == strlen(name) && strncasecmp(line, name, len) == 0;
}

static const char *
take_header(Exchange *ex, const char *name, size_t name_len, char *value)
{
	if (named(name, name_len, "host"))
	{
		if (ex->host)
			return "more than one Host";
		ex->host = value;
		return NULL;
	}
	if (named(name, name_len, "user-agent") && !ex->user_agent)
	{
		ex->user_agent = value;
		return NULL;
	}
	if (named(name, name_len, "accept-encoding"))
		ex->accepts_gzip = ex->accepts_gzip || http_list_has(value, "gzip");
	else if (named(name, name_len, "connection") && http_list_has(value, "close"))
		ex->keep_alive = false;
	else if (named(name, name_len, "transfer-encoding") ||
			 (named(name, name_len, "content-length") && strcmp(value, "0") != 0))
	{
		free(value);
		return "request with a body";
	}
	free(value);
	return NULL;
}

static const char *
parse_header(Exchange *ex, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	const char *value;
	const char *end = line + len;

	if (!colon || !is_token(line, (size_t) (colon - line)))
		return "bad header line";
	value = colon + 1;
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (!is_visible(value, (size_t) (end - value), true))
		return "control character in a header";
	return take_header(ex, line, (size_t) (colon - line),
					   sim_strndup(value, (size_t) (end - value)));
}

static const char *
parse_head(Exchange *ex, const char *head, size_t len)
{
	const char *end = head + len - 2;	/* without the empty line */
	const char *wrong = NULL;
	bool		first = true;

	while (head < end && !wrong)
	{
		const char *eol = memmem(head, (size_t) (end - head), "\r\n", 2);

		if (first)
			wrong = parse_request_line(ex, head, (size_t) (eol - head));
		else
			wrong = parse_header(ex, head, (size_t) (eol - head));
		first = false;
		head = eol + 2;
	}
	if (!wrong && !ex->host)
		wrong = "no Host";
	return wrong;
}

static void
take_request(Conn *conn, size_t len)
{
	Exchange   *ex = exchange_create(conn, 0);

	conn->h1_busy = true;
	if (len > 0 && len <= HEAD_BYTES_MAX)
		ex->malformed = parse_head(ex, buf_data(&conn->in), len);
	else
		ex->malformed = "request head too large";
	buf_consume(&conn->in, len > 0 ? len : conn->in.len);
	conn->h1_scanned = 0;
	/* where the next request would start is not known any more */
	if (ex->malformed)
		ex->keep_alive = false;
	if (conn->port == PORT_CONTROL)
		control_exchange(ex);
	else
		serve_exchange(ex);
}

/* HTTP/2 with prior knowledge, on the cleartext API port. */
static bool
is_h2(Conn *conn)
{
	return conn->port == PORT_HTTP && settings.http2 && conn->served == 0 &&
		conn->in.len >= PREFACE_BYTES &&
		memcmp(buf_data(&conn->in), h2_preface, PREFACE_BYTES) == 0;
}

void
h1_input(Conn *conn)
{
	if (is_h2(conn))
	{
		h2_start(conn);
		h2_input(conn);
		return;
	}
	while (!conn->dead && !conn->h1_busy && !conn->close_when_flushed &&
		   conn->in.len > 0)
	{
		size_t		len = head_length(conn);

		if (len == 0 && conn->in.len <= HEAD_BYTES_MAX)
			return;
		take_request(conn, len);
	}
}

static void
put_head(Buf *out, const Exchange *ex)
{
	if (ex->conn->port != PORT_CONTROL)
		unasked_interim(out);
	buf_printf(out, "HTTP/1.1 %d %s\r\n", ex->status, http_reason(ex->status));
	if (!ex->no_date)
		buf_printf(out, "Date: %s\r\n", http_date());
	if (ex->type)
		buf_printf(out, "Content-Type: %s\r\n", ex->type);
	buf_append(out, buf_data(&ex->headers), ex->headers.len);
	if (!ex->keep_alive)
		buf_puts(out, "Connection: close\r\n");
	if (ex->chunked)
		buf_puts(out, "Transfer-Encoding: chunked\r\n");
	else if (!ex->no_length)
		buf_printf(out, "Content-Length: %" PRIu64 "\r\n", body_length(ex));
}

/* The flood of header lines and the empty one; true when they are out. */
static bool
end_head(Buf *out, Exchange *ex)
{
	while (ex->head_flood != ex->flood_lines && out->len < OUT_AHEAD_BYTES)
		flood_line(out, ex->flood_lines++);
	if (ex->head_flood != ex->flood_lines)
		return false;
	if (!ex->head_ended)
		buf_puts(out, "\r\n");
	ex->head_ended = true;
	return true;
}

/* As much of the body as fits and is due. */
static void
put_body(Buf *out, Exchange *ex)
{
	static char piece[BODY_PIECE_BYTES];
	size_t		n;

	while (out->len < OUT_AHEAD_BYTES &&
		   (n = body_take(ex, piece, sizeof piece)) > 0)
	{
		if (ex->chunked)
			buf_printf(out, "%zx\r\n", n);
		buf_append(out, piece, n);
		if (ex->chunked)
			buf_puts(out, "\r\n");
	}
}

static void
finish(Exchange *ex)
{
	Conn	   *conn = ex->conn;

	if (ex->chunked && ex->ending == ENDING_WHOLE)
	{
		buf_puts(&conn->out, "0\r\n");
		for (int64_t i = 0; i < settings.trailers; i++)
			buf_printf(&conn->out, "X-Trailer-%" PRId64 ": of the body\r\n", i);
		buf_puts(&conn->out, "\r\n");
	}
	if (ex->ending == ENDING_WHOLE)
		unasked_follow(conn, 0);
	/* a place behind this reply would cut the next one */
	if (conn->cut_armed && conn->cut_left >= conn->out.len)
		conn->cut_armed = false;
	/* then the exchange stays until the client gives up */
	if (ex->ending == ENDING_HANG)
		return;
	conn->h1_busy = false;
	if (!ex->keep_alive)
		conn->close_when_flushed = true;
	conn->ends_whole = ex->ending == ENDING_WHOLE;
	if (conn->ends_whole)
		exchange_done(ex);
	else
		exchange_end(ex);
	exchange_free(ex);
}

/* Goes on with a reply as far as it can; the exchange may be gone afterwards. */
static void
answer(Exchange *ex)
{
	Buf		   *out = &ex->conn->out;

	if (!end_head(out, ex))
		return;
	put_body(out, ex);
	if (body_at_end(ex))
		finish(ex);
}

void
h1_pull(Conn *conn)
{
	if (!conn->answering)
		return;
	answer(conn->answering);
	if (!conn->answering)
		h1_input(conn);
}

void
h1_reply(Exchange *ex)
{
	ex->conn->answering = ex;
	put_head(&ex->conn->out, ex);
	answer(ex);
}
