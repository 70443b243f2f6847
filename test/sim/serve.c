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
#include "bomb.h"
#include "counters.h"
#include "ending.h"
#include "faults.h"
#include "hold.h"
#include "http.h"
#include "page.h"
#include "rate.h"
#include "reply.h"
#include "settings.h"
#include "tally.h"

#define MEGABYTE 1048576

static uint64_t jitter_state;

void
serve_reseed(void)
{
	jitter_state = (uint64_t) settings.seed;
	rate_refill();
	faults_begin();
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
		ex->conn->arrived++;
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

/* Whether fail_... are about such requests. */
static bool
may_fail(const ApiCall *call)
{
	int			device = action_parameter(call->action, text_of("DeviceName"));

	return action_chosen(settings.fail_action, call->action) &&
		(settings.fail_page == 0 || settings.fail_page == call->page) &&
		text_begins(call->value[device < 0 ? 0 : device], settings.fail_device);
}

static bool
fails_now(const ApiCall *call)
{
	if (settings.fail_count == 0 || !may_fail(call))
		return false;
	if (settings.fail_skip > 0)
	{
		settings.fail_skip--;
		return false;
	}
	return take_one(&settings.fail_count);
}

static void
serve_good(Exchange *ex, const ApiCall *call, KeyState *state)
{
	Fault		fault = fault_draw();

	if (fault == FAULT_ERROR)
		reply_gateway_error(ex, 500, "InternalError",
							"The request processing has failed due to some unknown error.");
	else if (fault == FAULT_THROTTLE)
		reply_throttled(ex);
	else
	{
		if (fault == FAULT_NONE || fault == FAULT_TRUNCATE)
			reply_page(ex, call, state);
		if (fault != FAULT_NONE)
			fault_end(ex, fault);
	}
}

static void
serve_call(Exchange *ex, const ApiCall *call)
{
	KeyState   *state = key_state(call);

	count_call(call, state);
	if (rate_exceeded())
	{
		count.throttled++;
		reply_throttled(ex);
	}
	else if (fails_now(call))
	{
		count.failed++;
		ex->failed = true;
		reply_failure(ex);
	}
	else
		serve_good(ex, call, state);
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
	else if (settings.bomb_mb > 0)
		reply_bomb(ex, settings.bomb_mb);
	else if (settings.gzip && ex->accepts_gzip && settings.body_flood == 0)
		reply_gzip(ex);
	reply_add_headers(ex, settings.reply_headers);
}

/* How it goes out, whatever it is. */
static void
choose_manner(Exchange *ex)
{
	ex->no_date = settings.no_date;
	ex->head_flood = settings.header_flood;
	ex->trickle_ms = settings.trickle_ms;
	if (settings.bomb_mb == 0)
		ex->body_flood = settings.body_flood < 0 ? FLOOD_ENDLESS : settings.body_flood * MEGABYTE;
	ex->chunked = settings.chunked || ex->body_flood == FLOOD_ENDLESS;
	ex->no_length = settings.no_length;
	ex->keep_alive &= !ex->no_length;
	ex->stream_error = (uint32_t) settings.rst_stream_code;
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
	if (passed)
		tally_arrival(ex, call.action);
	choose_manner(ex);
	if (ends_unanswered(ex))
		return;
	make_reply(ex, passed ? &call : NULL, &refusal);
	choose_ending(ex);
	hold_arrival(ex);
	exchange_reply_later(ex, reply_delay());
}
