/*
 * serve.c
 *		What becomes of an API request: refused, failed, served, delayed,
 *		stalled or cut off.
 *
 * Everything is decided when a request has arrived, the reply's bytes too,
 * so the settings of that moment hold and a delay changes nothing.
 */
#include "serve.h"

#include <string.h>

#include "api.h"
#include "counters.h"
#include "http.h"
#include "page.h"
#include "reply.h"
#include "settings.h"

static uint64_t jitter_state;
static int64_t rate_second = -1;
static int64_t rate_used;

void
serve_reseed(void)
{
	jitter_state = (uint64_t) settings.seed;
	rate_second = -1;
}

/* A countdown from N to zero: true as long as it has not run out. */
static bool
take_one(int64_t *left)
{
	if (*left > 0)
	{
		(*left)--;
		return true;
	}
	return *left < 0;
}

static void
count_arrival(Exchange *ex)
{
	ex->counted = true;
	count.in_flight++;
	if (count.in_flight > count.max_in_flight)
		count.max_in_flight = count.in_flight;
	if (!ex->malformed)
	{
		count.requests++;
		if (ex->stream)
			count.h2_requests++;
		else
			count.h1_requests++;
	}
	counter_note(count.last_user_agent, ex->user_agent ? ex->user_agent : "");
	counter_note(count.last_host, ex->host ? ex->host : "");
}

static void
count_call(const ApiCall *call, KeyState *state)
{
	key_count_request(state);
	count.last_page_size = (uint64_t) call->page_size;
	if (count.last_page_size > count.max_page_size)
		count.max_page_size = count.last_page_size;
	if (call->page > 1)
		count.pages_over_1++;
	counter_note(count.last_firmware_parameter, settings.firmware_parameter);
}

static bool
closes_now(const Exchange *ex)
{
	if (settings.close_all)
		return true;
	return settings.close_reused && ex->conn->served > 0 &&
		take_one(&settings.close_reused_count);
}

static bool
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
fails_now(const ApiCall *call)
{
	if (settings.fail_count == 0 ||
		(settings.fail_page != 0 && settings.fail_page != call->page))
		return false;
	if (settings.fail_skip > 0)
	{
		settings.fail_skip--;
		return false;
	}
	return take_one(&settings.fail_count);
}

/* A budget for each second of the clock, as the relative has it. */
static bool
over_rate(void)
{
	int64_t		second = loop_now() / 1000000000;

	if (settings.rate_limit == 0)
		return false;
	if (second != rate_second)
	{
		rate_second = second;
		rate_used = 0;
	}
	return ++rate_used > settings.rate_limit;
}

static void
serve_call(Exchange *ex, const ApiCall *call)
{
	KeyState   *state = key_state(&call->key);

	count_call(call, state);
	if (over_rate())
	{
		count.throttled++;
		reply_gateway_error(ex, 429, "Throttling.User", "Request was denied due to user flow control.");
	}
	else if (fails_now(call))
	{
		count.failed++;
		reply_failure(ex);
	}
	else
		reply_page(ex, call, state);
}

static void
serve_redirect(Exchange *ex)
{
	ex->status = 302;
	buf_printf(&ex->headers, "Location: %s\r\n", settings.redirect);
}

static void
serve_raw(Exchange *ex)
{
	ex->status = (int) settings.raw_status;
	ex->type = settings.raw_type[0] ? settings.raw_type : NULL;
	buf_append(&ex->body, buf_data(&raw_body), raw_body.len);
}

static void
make_reply(Exchange *ex, const ApiCall *call, const Refusal *refusal)
{
	bool		raw = settings.raw_body_file[0] != '\0';

	if (call)
		serve_call(ex, call);
	else if (refusal->service)
		reply_service_error(ex, refusal->status, refusal->code, refusal->message);
	else
		reply_gateway_error(ex, refusal->status, refusal->code, refusal->message);
	if (raw || settings.redirect[0])
	{
		buf_clear(&ex->body);
		buf_clear(&ex->headers);
		ex->type = NULL;
		if (raw)
			serve_raw(ex);
		else
			serve_redirect(ex);
	}
	else if (settings.gzip && ex->accepts_gzip)
		reply_gzip(ex);
	reply_add_headers(ex, settings.reply_headers);
}

static void
choose_ending(Exchange *ex)
{
	if (stalls_now(STALL_BODY))
		ex->ending = ENDING_HANG;
	else if (settings.truncate_body)
	{
		count.forced_closes++;
		ex->ending = ENDING_CLOSE;
	}
	if (settings.cut_at >= 0 && take_one(&settings.cut_count))
	{
		ex->cut_at = settings.cut_at;
		ex->cut_reset = settings.cut_reset;
	}
}

static int64_t
reply_delay(void)
{
	int64_t		delay = settings.latency_ms;

	if (settings.jitter_ms > 0)
		delay += (int64_t) (mix64(jitter_state++) % (uint64_t) (settings.jitter_ms + 1));
	return delay;
}

void
serve_exchange(Exchange *ex)
{
	ApiCall		call;
	Refusal		refusal;
	bool		passed;

	count_arrival(ex);
	passed = api_check(ex, &call, &refusal);
	if (closes_now(ex))
	{
		count.forced_closes++;
		conn_close(ex->conn);
		return;
	}
	if (stalls_now(STALL_HEAD))
		return;
	make_reply(ex, passed ? &call : NULL, &refusal);
	choose_ending(ex);
	exchange_reply_later(ex, reply_delay());
}
