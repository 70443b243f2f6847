/*
 * rate.c
 *		The rate limit.
 */
#include "rate.h"

#include <stdint.h>

#include "loop.h"
#include "settings.h"

#define SECOND_NS 1000000000
#define MS_NS 1000000

static int64_t budget_second = -1;
static int64_t budget_used;
static double tokens;
static int64_t filled_at;

static int64_t
rate_now(void)
{
	return settings.rate_clock_ms < 0 ? loop_now() : settings.rate_clock_ms * MS_NS;
}

void
rate_refill(void)
{
	budget_second = -1;
	tokens = (double) settings.rate_burst;
	filled_at = rate_now();
}

/* A budget for each second of the clock, as the relative has it. */
static bool
budget_is_spent(void)
{
	int64_t		second = rate_now() / SECOND_NS;

	if (second != budget_second)
	{
		budget_second = second;
		budget_used = 0;
	}
	return ++budget_used > settings.rate_limit;
}

static bool
bucket_is_empty(void)
{
	int64_t		now = rate_now();

	tokens += (double) (now - filled_at) * (double) settings.rate_limit / SECOND_NS;
	if (tokens > (double) settings.rate_burst)
		tokens = (double) settings.rate_burst;
	filled_at = now;
	if (tokens < 1)
		return true;
	tokens -= 1;
	return false;
}

bool
rate_exceeded(void)
{
	if (settings.rate_limit == 0)
		return false;
	return settings.rate_burst > 0 ? bucket_is_empty() : budget_is_spent();
}
