/*
 * budget.h
 *		How many requests an execution has sent, and whether it may send more.
 *
 * An execution owns one, and all its lookups point to it: by that the fetcher tells
 * whose a lookup is.
 */
#ifndef TUYA_BUDGET_H
#define TUYA_BUDGET_H

#include "postgres.h"

#include "failure/failure.h"

typedef struct TuyaBudget
{
	int64		requests;		/* sent, ... */
	int64		retries;		/* of them again, ... */
	int64		keys;			/* for so many lookups */
} TuyaBudget;

/*
 * Counts a request, which may be sent again, or the first of its lookup; false if
 * tuya_fdw.max_requests forbids it.
 */
extern bool tuya_budget_take(TuyaBudget *budget, bool again, bool first);

/* Why it was forbidden. */
extern TuyaFailure *tuya_budget_refusal(const TuyaBudget *budget);

#endif							/* TUYA_BUDGET_H */
