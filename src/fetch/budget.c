/*
 * budget.c
 *		How many requests an execution has sent, and whether it may send more.
 *
 * A server's cap for statements holds for what the client's statement does, and for what an
 * execution does over several of them, as that of a cursor.  What a cursor has read ahead may
 * be sent while another statement waits, which has not asked for it: so it is not that one's.
 */
#include "postgres.h"

#include "fetch/budget.h"

#include "access/xact.h"

#include "settings.h"

/* What an execution has sent to a server. */
typedef struct ServerUse
{
	Oid			server_id;
	int64		requests;
} ServerUse;

void
tuya_budget_init(TuyaBudget *budget, MemoryContext cxt)
{
	memset(budget, 0, sizeof(*budget));
	budget->cxt = cxt;
	budget->statement_start = GetCurrentStatementStartTimestamp();
}

static ServerUse *
find_server(TuyaBudget *budget, Oid server_id)
{
	MemoryContext saved;
	ServerUse  *use;
	ListCell   *lc;

	foreach(lc, budget->servers)
	{
		use = lfirst(lc);
		if (use->server_id == server_id)
			return use;
	}
	saved = MemoryContextSwitchTo(budget->cxt);
	use = palloc0(sizeof(ServerUse));
	use->server_id = server_id;
	budget->servers = lappend(budget->servers, use);
	MemoryContextSwitchTo(saved);
	return use;
}

static bool
refuse(TuyaBudget *budget, TuyaCap cap, int limit, int64 used)
{
	budget->refused = cap;
	budget->limit = limit;
	budget->used.requests = used;
	return false;
}

/* Whether what is sent is the running statement's, which waits for the execution of running. */
static bool
is_of_statement(const TuyaBudget *budget, const TuyaBudget *running)
{
	return budget == running || budget->statement_start == GetCurrentStatementStartTimestamp();
}

/* Whether the server's cap for statements allows one more. */
static bool
statement_allows(TuyaBudget *budget, const TuyaBudget *running, const TuyaQuota *quota)
{
	int64		of_statement = is_of_statement(budget, running) ? tuya_quota_of_statement(quota) : 0;
	int64		of_execution = find_server(budget, quota->server_id)->requests;
	int64		used = Max(of_statement, of_execution);

	return used < quota->per_statement ||
		refuse(budget, TUYA_CAP_STATEMENT, quota->per_statement, used);
}

static bool
day_allows(TuyaBudget *budget, TuyaQuota *quota)
{
	return tuya_quota_take_of_day(quota, &budget->used) ||
		refuse(budget, TUYA_CAP_DAY, quota->per_day, budget->used.requests);
}

/* The day comes last, for what it allows is taken. */
static bool
allows(TuyaBudget *budget, const TuyaBudget *running, TuyaQuota *quota)
{
	if (tuya_max_requests > 0 && budget->requests >= tuya_max_requests)
		return refuse(budget, TUYA_CAP_SETTING, tuya_max_requests, budget->requests);
	return (quota->per_statement == 0 || statement_allows(budget, running, quota)) &&
		(quota->per_day == 0 || day_allows(budget, quota));
}

bool
tuya_budget_take(TuyaBudget *budget, const TuyaBudget *running, TuyaQuota *quota, bool again,
				 bool first)
{
	if (!allows(budget, running, quota))
		return false;
	budget->requests++;
	budget->retries += again;
	budget->keys += first;
	if (quota->per_statement > 0)
	{
		find_server(budget, quota->server_id)->requests++;
		if (is_of_statement(budget, running))
			tuya_quota_count_in_statement(quota);
	}
	return true;
}

TuyaFailure *
tuya_budget_refusal(const TuyaBudget *budget, const TuyaRemoteId *remote)
{
	switch (budget->refused)
	{
		case TUYA_CAP_STATEMENT:
			return tuya_failure_of_statement_cap(remote->server_name, budget->limit, budget->used.requests);
		case TUYA_CAP_DAY:
			return tuya_failure_of_day_cap(remote->server_name, budget->limit, budget->used.requests,
										   budget->used.until_s);
		case TUYA_CAP_SETTING:
		case TUYA_CAP_NONE:
			break;
	}
	return tuya_failure_of_max_requests(budget->requests, budget->retries, budget->keys);
}
