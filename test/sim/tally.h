/*
 * tally.h
 *		Requests by action: how many since the counters were cleared, and how many at once.
 */
#ifndef SIM_TALLY_H
#define SIM_TALLY_H

#include "actions.h"
#include "http.h"

/* A request of the action has arrived; its exchange is about to be freed. */
void		tally_arrival(Exchange *ex, const Action *action);
void		tally_departure(const Exchange *ex);

/* The most that were in flight at once. */
uint64_t	tally_max_in_flight(const Action *action);

/* Forgets all but what is in flight. */
void		tally_clear(void);

/* "name requests max_in_flight" lines, of actions that were asked for. */
void		tally_print(Buf *out);

#endif
