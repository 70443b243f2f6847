/*
 * http.c
 *		One request and its reply, over either protocol.
 */
#define _GNU_SOURCE
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "counters.h"
#include "ending.h"
#include "hold.h"
#include "settings.h"
#include "tally.h"

#define END_SOON_MS 20

/* A trickle's; what takes it is the flush that follows. */
static void
next_byte(Exchange *ex)
{
	ex->byte_due = true;
	timer_start(&ex->timer, ex->trickle_ms);
	if (ex->stream)
		h2_resume(ex);
}

static void
fire(Timer *timer)
{
	Exchange   *ex = OWNER_OF(timer, Exchange, timer);
	Conn	   *conn = ex->conn;

	if (!ex->answering)
		exchange_reply_later(ex, 0);
	else if (body_at_end(ex))
		exchange_end(ex);
	else
		next_byte(ex);
	if (!conn->dead)
		conn_input(conn);
	if (!conn->dead)
		conn_flush(conn);
}

Exchange *
exchange_create(Conn *conn, int32_t stream)
{
	Exchange   *ex = sim_alloc(sizeof *ex);

	ex->timer.fire = fire;
	ex->conn = conn;
	ex->stream = stream;
	ex->keep_alive = true;
	ex->cut_at = -1;
	ex->ends_at = ENDS_HALFWAY;
	ex->next = conn->exchanges;
	if (ex->next)
		ex->next->prev = ex;
	conn->exchanges = ex;
	timer_stop(&conn->idle);
	return ex;
}

static void
exchange_unlink(Exchange *ex)
{
	if (ex->prev)
		ex->prev->next = ex->next;
	else
		ex->conn->exchanges = ex->next;
	if (ex->next)
		ex->next->prev = ex->prev;
}

void
exchange_free(Exchange *ex)
{
	timer_stop(&ex->timer);
	exchange_unlink(ex);
	if (ex->conn->answering == ex)
		ex->conn->answering = NULL;
	if (ex->counted)
	{
		count.in_flight--;
		tally_departure(ex);
		if (!ex->replied)
			count.aborted++;
	}
	if (!ex->conn->dead)
		conn_idle(ex->conn);
	free(ex->method);
	free(ex->target);
	free(ex->host);
	free(ex->user_agent);
	buf_free(&ex->headers);
	buf_free(&ex->body);
	free(ex);
}

void
exchange_reply(Exchange *ex)
{
	if (ex->cut_at >= 0)
		conn_cut_after(ex->conn, ex->conn->out.len + (uint64_t) ex->cut_at,
					   ex->cut_reset);
	if (ex->ending != ENDING_WHOLE && ex->ends_at == ENDS_BEFORE_HEAD)
	{
		exchange_end(ex);
		return;
	}
	ex->answering = true;
	if (ex->trickle_ms > 0)
		timer_start(&ex->timer, ex->trickle_ms);
	if (ex->stream)
		h2_reply(ex);
	else
		h1_reply(ex);
}

void
exchange_reply_later(Exchange *ex, int64_t ms)
{
	if (ms > 0)
		timer_start(&ex->timer, ms);
	else if (hold_waits(ex))
		timer_start(&ex->timer, HOLD_POLL_MS);
	else
		exchange_reply(ex);
}

void
exchange_done(Exchange *ex)
{
	timer_stop(&ex->timer);
	ex->replied = true;
	ex->conn->served++;
	if (ex->counted)
		count.replies++;
	if (closes_after(ex))
		ex->conn->close_when_flushed = true;
}

void
exchange_end_soon(Exchange *ex)
{
	timer_start(&ex->timer, END_SOON_MS);
}

void
exchange_end(Exchange *ex)
{
	timer_stop(&ex->timer);
	if (ex->ending == ENDING_CLOSE)
		ex->conn->close_when_flushed = true;
	else if (ex->ending == ENDING_RESET)
		conn_reset(ex->conn);
	else if (ex->ending == ENDING_STREAM)
		h2_reset_stream(ex);
}

const char *
http_date(void)
{
	static char text[64];
	static time_t made;
	time_t		now = time(NULL) + (time_t) settings.clock_offset_s;

	if (now != made)
	{
		struct tm	tm;

		gmtime_r(&now, &tm);
		strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
		made = now;
	}
	return text;
}

const char *
http_reason(int status)
{
	static const struct
	{
		int			status;
		const char *reason;
	}			reasons[] = {
		{200, "OK"}, {302, "Found"}, {400, "Bad Request"}, {403, "Forbidden"},
		{404, "Not Found"}, {405, "Method Not Allowed"},
		{429, "Too Many Requests"}, {431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"}, {502, "Bad Gateway"},
		{503, "Service Unavailable"}, {504, "Gateway Timeout"},
	};

	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

bool
http_list_has(const char *list, const char *token)
{
	size_t		want = strlen(token);

	while (*list)
	{
		size_t		n;

		list += strspn(list, " \t,");
		n = strcspn(list, " \t,;");
		if (n == want && strncasecmp(list, token, n) == 0)
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

void
http_put_lines(Buf *out, const char *list)
{
	while (*list)
	{
		size_t		n = strcspn(list, "|");

		if (n > 0)
		{
			buf_append(out, list, n);
			buf_puts(out, "\r\n");
		}
		list += n + (list[n] == '|');
	}
}
