/*
 * ending.c
 *		Connections and streams that end too early, or never.
 */
#include "ending.h"

#include "counters.h"
#include "torrent.h"

bool
stalls_now(enum Stall where)
{
	if ((enum Stall) settings.stall != where)
		return false;
	if (settings.stall_skip > 0)
	{
		settings.stall_skip--;
		return false;
	}
	count.stalls++;
	return true;
}

static bool
closes_now(const Exchange *ex)
{
	if (settings.close_all)
		return true;
	return settings.close_reused && ex->conn->served > 0 &&
		take_one(&settings.close_reused_count);
}

/* A connection that had more requests already goes away with the next. */
static bool
goes_away(const Exchange *ex)
{
	return ex->stream && settings.goaway_after > 0 && !ex->conn->leaving &&
		ex->conn->arrived >= (uint64_t) settings.goaway_after &&
		take_one(&settings.goaway_count);
}

/* True if the request is refused with it. */
static bool
go_away(Exchange *ex)
{
	count.goaways++;
	if (settings.goaway_notice_ms > 0)
	{
		h2_goaway_announced(ex->conn, settings.goaway_notice_ms);
		return false;
	}
	if (settings.goaway_ms > 0)
	{
		h2_goaway_later(ex->conn, settings.goaway_ms, settings.goaway_refuse);
		return false;
	}
	if (settings.goaway_refuse)
		h2_goaway_refuse(ex->conn);
	else
		h2_goaway_after(ex);
	return settings.goaway_refuse;
}

bool
ends_unanswered(Exchange *ex)
{
	if (closes_now(ex))
	{
		count.forced_closes++;
		conn_close(ex->conn);
		return true;
	}
	if (stalls_now(STALL_HEAD) || torrent_replaces_reply(ex))
		return true;
	if (goes_away(ex) && go_away(ex))
		return true;
	if (ex->stream && settings.h2_lower_after > 0 &&
		ex->conn->arrived == (uint64_t) settings.h2_lower_after &&
		take_one(&settings.h2_lower_count))
		h2_lower_streams(ex->conn);
	if (ex->stream && settings.rst_stream_at == 0 &&
		take_one(&settings.rst_stream_count))
	{
		h2_reset_stream(ex);
		return true;
	}
	return false;
}

static void
choose_body_end(Exchange *ex)
{
	if (ex->ending != ENDING_WHOLE)
		return;
	if (stalls_now(STALL_BODY))
		ex->ending = ENDING_HANG;
	else if (settings.truncate_body)
	{
		count.forced_closes++;
		ex->ending = ENDING_CLOSE;
	}
	else if (ex->stream && settings.rst_stream_at > 0 &&
			 take_one(&settings.rst_stream_count))
	{
		ex->ending = ENDING_STREAM;
		ex->ends_at = settings.rst_stream_at;
	}
}

bool
closes_after(const Exchange *ex)
{
	if (!ex->counted || settings.close_after == 0 ||
		ex->conn->served != (uint64_t) settings.close_after || !take_one(&settings.close_after_count))
		return false;
	count.forced_closes++;
	return true;
}

void
choose_ending(Exchange *ex)
{
	choose_body_end(ex);
	if (settings.cut_at >= 0 && take_one(&settings.cut_count))
	{
		ex->cut_at = settings.cut_at;
		ex->cut_reset = settings.cut_reset;
	}
}
