/*
 * ending.h
 *		Connections and streams that end too early, or never.
 */
#ifndef SIM_ENDING_H
#define SIM_ENDING_H

#include "http.h"
#include "settings.h"

/* True, and counted, if the setting "stall" stops this one. */
bool		stalls_now(enum Stall where);

/*
 * What the settings say about a request that has just arrived.  True if it
 * gets no reply; the exchange may be gone then.
 */
bool		ends_unanswered(Exchange *ex);

/* True, and counted, if the connection ends behind this reply, which was handed over. */
bool		closes_after(const Exchange *ex);

/* Fills in how the reply ends, unless a fault has done it. */
void		choose_ending(Exchange *ex);

#endif
