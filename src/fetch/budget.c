/*
 * budget.c
 *		How many requests an execution has sent, and whether it may send more.
 */
#include "postgres.h"

#include "fetch/budget.h"

#include "settings.h"

bool
tuya_budget_take(TuyaBudget *budget, bool again, bool first)
{
	if (tuya_max_requests > 0 && budget->requests >= tuya_max_requests)
		return false;
	budget->requests++;
	budget->retries += again;
	budget->keys += first;
	return true;
}

TuyaFailure *
tuya_budget_refusal(const TuyaBudget *budget)
{
	return tuya_failure_of_max_requests(budget->requests, budget->retries, budget->keys);
}
