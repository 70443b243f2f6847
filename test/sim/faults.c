/*
 * faults.c
 *		Random faults.  Which requests fail, and how, follows from the seed and
 *		the request's number alone.
 */
#include "faults.h"

#include "counters.h"
#include "page.h"
#include "settings.h"

static uint64_t ordinal;

void
faults_begin(void)
{
	ordinal = 0;
}

/* The n-th, from 0, of the kinds that are set. */
static Fault
nth_kind(int64_t n)
{
	int64_t		kinds = settings.fault_kinds;

	while (n-- > 0)
		kinds &= kinds - 1;
	return (Fault) __builtin_ctzll((unsigned long long) kinds);
}

static void
count_fault(Fault fault)
{
	uint64_t   *const counters[] = {
		&count.fault_errors, &count.fault_resets, &count.fault_truncations,
		&count.fault_timeouts, &count.fault_throttles
	};

	count.faults++;
	++*counters[fault];
}

Fault
fault_draw(void)
{
	uint64_t	number = mix64(mix64((uint64_t) settings.seed) + ordinal++);
	int			kinds = __builtin_popcountll((unsigned long long) settings.fault_kinds);
	Fault		fault;

	if (kinds == 0 || (int64_t) (number % 100) >= settings.fault_percent)
		return FAULT_NONE;
	fault = nth_kind((int64_t) (number / 100 % (uint64_t) kinds));
	count_fault(fault);
	return fault;
}

void
fault_end(Exchange *ex, Fault fault)
{
	bool		stream = settings.fault_reset == FAULT_RESET_STREAM && ex->stream;

	ex->ends_at = fault == FAULT_TRUNCATE ? ENDS_HALFWAY : ENDS_BEFORE_HEAD;
	if (fault == FAULT_TIMEOUT)
		ex->ending = ENDING_HANG;
	else if (stream)
		ex->ending = ENDING_STREAM;
	else
		ex->ending = fault == FAULT_TRUNCATE ? ENDING_CLOSE : ENDING_RESET;
}
