/*
 * clock.h
 *		The driven clock: it stands still while nothing is driven.
 *
 * A request is driven only while the backend is in the fetcher.  An idle
 * cursor or a slow sort must not cost it any of its time, so time limits are
 * judged on this clock.
 *
 * Every way into driving resumes the clock, every way out stops it.  An error
 * that is thrown in between leaves it as it was last stopped, which is at the
 * latest when the latest wait ended.
 */
#ifndef TUYA_CLOCK_H
#define TUYA_CLOCK_H

#include "postgres.h"

/* Driving begins again: what has passed since it stopped does not count. */
extern void tuya_clock_resume(void);
extern void tuya_clock_stop(void);

/* The driven clock, in us; only differences mean anything. */
extern int64 tuya_clock_us(void);

/* The machine's time, in us since 1970 in UTC. */
extern int64 tuya_clock_real_us(void);

/* The plain monotonic clock, in us. */
extern int64 tuya_clock_monotonic_us(void);

/* What the driven clock says at that time of the monotonic one, since driving began. */
extern int64 tuya_clock_driven_us(int64 monotonic_us);

#endif							/* TUYA_CLOCK_H */
