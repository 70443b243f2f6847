/*
 * tally.c
 *		Requests by action.
 */
#include "tally.h"

#include <inttypes.h>

typedef struct Tally
{
	uint64_t	requests;
	uint64_t	in_flight;
	uint64_t	max_in_flight;
} Tally;

static Tally tallies[ACTIONS_MAX];

void
tally_arrival(Exchange *ex, const Action *action)
{
	Tally	   *tally = &tallies[action_number(action)];

	ex->action = action;
	tally->requests++;
	tally->in_flight++;
	if (tally->in_flight > tally->max_in_flight)
		tally->max_in_flight = tally->in_flight;
}

void
tally_departure(const Exchange *ex)
{
	if (ex->action)
		tallies[action_number(ex->action)].in_flight--;
}

uint64_t
tally_max_in_flight(const Action *action)
{
	return tallies[action_number(action)].max_in_flight;
}

void
tally_clear(void)
{
	for (int i = 0; i < ACTIONS_MAX; i++)
	{
		tallies[i].requests = 0;
		tallies[i].max_in_flight = tallies[i].in_flight;
	}
}

void
tally_print(Buf *out)
{
	for (const Action *action = actions; action->name; action++)
	{
		const Tally *tally = &tallies[action_number(action)];

		if (tally->requests > 0)
			buf_printf(out, "%s %" PRIu64 " %" PRIu64 "\n", action->name, tally->requests,
					   tally->max_in_flight);
	}
}
