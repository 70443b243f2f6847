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

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

#include "failure/failure.h"
#include "fetch/account.h"
#include "fetch/quota.h"

/* What forbids a request. */
typedef enum TuyaCap
{
	TUYA_CAP_NONE,
	TUYA_CAP_SETTING,			/* tuya_fdw.max_requests */
	TUYA_CAP_STATEMENT,			/* the server's max_requests */
	TUYA_CAP_DAY				/* its max_requests_per_day */
} TuyaCap;

typedef struct TuyaBudget
{
	MemoryContext cxt;
	TimestampTz statement_start;	/* of the statement in which the execution began */
	int64		requests;		/* sent, ... */
	int64		retries;		/* of them again, ... */
	int64		keys;			/* for so many lookups */
	List	   *servers;		/* likewise, of each server that has a cap for statements */
	TuyaCap		refused;		/* what the last one that was refused was refused for, ... */
	int			limit;			/* ... what that allows, ... */
	TuyaQuotaUse used;			/* ... and what of it is used */
} TuyaBudget;

/* An execution begins; the context lives as long as it. */
extern void tuya_budget_init(TuyaBudget *budget, MemoryContext cxt);

/*
 * Counts a request to the quota's server, which may be sent again, or the first of its
 * lookup; false if a cap forbids it.  running is the budget of the execution that waits
 * now.  Throws if out of memory.
 */
extern bool tuya_budget_take(TuyaBudget *budget, const TuyaBudget *running, TuyaQuota *quota,
							 bool again, bool first);

/* Why the last one, to that server, was forbidden. */
extern TuyaFailure *tuya_budget_refusal(const TuyaBudget *budget, const TuyaRemoteId *remote);

#endif							/* TUYA_BUDGET_H */
