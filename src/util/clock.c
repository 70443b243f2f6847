/*
 * clock.c
 *		The driven clock: it stands still while nothing is driven.
 */
#include "postgres.h"

#include "util/clock.h"

#include <time.h>

static int64 paused_us = 0;		/* how long nothing was driven, in all */
static int64 driven_until_us = 0;	/* when driving last stopped */

static int64
read_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64
tuya_clock_monotonic_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64
tuya_clock_real_us(void)
{
	return read_us(CLOCK_REALTIME);
}

void
tuya_clock_resume(void)
{
	paused_us += tuya_clock_monotonic_us() - driven_until_us;
}

void
tuya_clock_stop(void)
{
	driven_until_us = tuya_clock_monotonic_us();
}

int64
tuya_clock_driven_us(int64 monotonic_us)
{
	return monotonic_us - paused_us;
}

int64
tuya_clock_us(void)
{
	return tuya_clock_driven_us(tuya_clock_monotonic_us());
}
