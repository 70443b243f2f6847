/*
 * rate.h
 *		The rate limit: a budget for each second, or a token bucket.
 */
#ifndef SIM_RATE_H
#define SIM_RATE_H

#include <stdbool.h>

/* Takes one request's share; true if there is none left for it. */
bool		rate_exceeded(void);

/* Starts with an unused budget and a full bucket. */
void		rate_refill(void);

#endif
