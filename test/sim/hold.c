/*
 * hold.c
 *		Replies that wait for company, or for failures to go first.
 *
 * The former are let go when so many requests have been in flight at once since the
 * counters were cleared, or when none has come for settings.hold_ms.  When that
 * has happened settings.hold_times, nothing waits again until the counters are
 * cleared, so that a client that asks one by one is not delayed each time.
 */
#include "hold.h"

#include "counters.h"
#include "loop.h"
#include "settings.h"
#include "tally.h"

static int64_t last_arrival_ns;
static int64_t times_in_vain;
static uint64_t wave = 1;		/* what is held is let go together */

/* The one that settings.hold_action names; NULL if there is none, or it says nothing. */
static const Action *
held_action(void)
{
	return action_find(text_of(settings.hold_action));
}

static uint64_t
most_in_flight(void)
{
	return held_action() ? tally_max_in_flight(held_action()) : count.max_in_flight;
}

void
hold_arrival(Exchange *ex)
{
	bool		holds = settings.hold_until_in_flight > 0 &&
		times_in_vain != settings.hold_times && (!settings.hold_action[0] || ex->action == held_action());

	last_arrival_ns = loop_now();
	ex->held_in_wave = holds ? wave : 0;
}

void
hold_begin(void)
{
	times_in_vain = 0;
}

bool
hold_waits(const Exchange *ex)
{
	if (!ex->failed && count.replies < (uint64_t) settings.hold_until_replies)
		return true;
	if (ex->held_in_wave != wave ||
		most_in_flight() >= (uint64_t) settings.hold_until_in_flight)
		return false;
	if (loop_now() - last_arrival_ns < settings.hold_ms * 1000000)
		return true;
	wave++;
	times_in_vain++;
	return false;
}
