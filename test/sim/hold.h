/*
 * hold.h
 *		Replies that wait for company: for settings.hold_until_in_flight requests
 *		to be in flight at once, so that a test of overlapping depends on what is
 *		sent and not on how fast.  Or for settings.hold_until_replies, so that
 *		failures go first.
 */
#ifndef SIM_HOLD_H
#define SIM_HOLD_H

#include "http.h"

/* Notes that a request has arrived, and whether its reply is to be held. */
void		hold_arrival(Exchange *ex);

/* True if the reply is to wait on, some HOLD_POLL_MS. */
bool		hold_waits(const Exchange *ex);

/* Forgets how often a wait was in vain. */
void		hold_begin(void);

#define HOLD_POLL_MS 1

#endif
