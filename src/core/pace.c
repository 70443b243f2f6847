/*
 * pace.c
 *		When the next request may go, and how the service's rate limit is found.
 *
 * The law.  Nothing is held back until the service throttles for the first
 * time.  What it served in the second before is then a first guess of the
 * limit, a low one, and the rate grows exponentially from it: it is seeking.
 * From the next throttled reply on, what was served in the past second is the
 * limit indeed, for the service was saturated: the rate falls to 0.9 of that,
 * climbs back to it and a tenth beyond, slowly, where it meets the limit
 * again; or if it does not, then the limit was raised, and it is seeking again,
 * more gently.
 *
 * A single throttled reply among many that are not need not mean a limit: then
 * there is a moment's pause, and no more.
 *
 * It climbs by requests served, not by time, so that a rate that nobody uses
 * does not rise.  Replies to requests that were sent before the rate fell tell
 * nothing of the new rate; nor do those that come so soon after that a limit by
 * clock seconds may still be counting what went before.
 */
#include "pace.h"

#include <string.h>

#define US_PER_S 1000000

/* A throttled reply is a single one if none of so many before it was throttled. */
#define SINGLE_IN 20

/* The pause that it makes. */
#define PAUSE_US 50000

/* After a throttled reply: this much of what was served, ... */
#define DECREASE 0.9

/* ... at most this much of the rate that was too high, ... */
#define DECREASE_LEAST 0.95

/* ... or if nothing was served, so much of that; and not again for so long. */
#define DECREASE_BLIND 0.5
#define HOLD_US 500000

/* The climb, a second at the base's rate: this much of the base, for so long. */
#define CLIMB_PER_S 0.1
#define CLIMB_S 2.0

/* While seeking, the rate grows by so many times what was served. */
#define SEEK_FIRST 2.0
#define SEEK_AGAIN 0.5

/*
 * A request may go so much before it is due: whoever waits wakes up late by a
 * millisecond or two, which would add up.
 */
#define EARLY_US_MAX 10000

/*
 * ---- what was served ----
 */

/* Moves the window of slots on to now. */
static void
move_slots(TuyaPace *pace, int64_t now_us)
{
	int64_t		slot = now_us / PACE_SLOT_US;
	int64_t		steps = slot - pace->slot;

	if (steps <= 0)
		return;
	if (steps > PACE_SLOTS)
		steps = PACE_SLOTS;
	for (int64_t i = 0; i < steps; i++)
		pace->replies[(slot - i) % PACE_SLOTS] = 0;
	pace->slot = slot;
}

static void
count_served(TuyaPace *pace, int64_t now_us)
{
	uint16_t   *replies;

	move_slots(pace, now_us);
	replies = &pace->replies[pace->slot % PACE_SLOTS];
	if (*replies < UINT16_MAX)
		(*replies)++;
}

/* How many requests were served in the past second. */
static double
served_rate(TuyaPace *pace, int64_t now_us)
{
	int			sum = 0;

	move_slots(pace, now_us);
	for (int i = 0; i < PACE_SLOTS; i++)
		sum += pace->replies[i];
	return sum;
}

/* Whether none but the newest of the last replies was throttled. */
static bool
is_single(const TuyaPace *pace)
{
	return (pace->recent & ((1U << SINGLE_IN) - 1)) == 1;
}

/*
 * ---- the rate ----
 */

static void
climb(TuyaPace *pace)
{
	double		seconds;

	if (pace->seek > 0)
	{
		pace->rate += pace->seek;
		return;
	}
	seconds = pace->served / pace->base;
	pace->rate = pace->base * (DECREASE + CLIMB_PER_S * (seconds < CLIMB_S ? seconds : CLIMB_S));
	if (seconds >= CLIMB_S)
		pace->seek = SEEK_AGAIN;
}

/* The new rate, from now on. */
static void
set_rate(TuyaPace *pace, double rate, int64_t now_us)
{
	if (rate < PACE_RATE_MIN)
		rate = PACE_RATE_MIN;
	pace->rate = rate;
	pace->base = rate / DECREASE;
	pace->seek = 0;
	pace->served = 0;
	pace->slowed_us = now_us;
}

static void
slow_down(TuyaPace *pace, int64_t now_us)
{
	double		served = served_rate(pace, now_us);
	double		most = DECREASE_LEAST * pace->rate;
	double		rate = served > 0 ? DECREASE * served : DECREASE_BLIND * pace->rate;

	if (pace->rate == 0)
	{
		set_rate(pace, served > 1 ? served : 1, now_us);
		pace->seek = SEEK_FIRST;
	}
	else
		set_rate(pace, rate < most ? rate : most, now_us);
}

void
tuya_pace_served(TuyaPace *pace, int64_t now_us)
{
	count_served(pace, now_us);
	pace->recent <<= 1;
	if (pace->rate == 0)
		return;
	pace->served++;
	climb(pace);
}

static void
pause_until(TuyaPace *pace, int64_t until_us)
{
	if (until_us > pace->paused_until_us)
		pace->paused_until_us = until_us;
}

void
tuya_pace_pause(TuyaPace *pace, int64_t advised_s, int64_t now_us)
{
	if (advised_s > PACE_PAUSE_S_MAX)
		advised_s = PACE_PAUSE_S_MAX;
	if (advised_s > 0)
		pause_until(pace, now_us + advised_s * US_PER_S);
}

void
tuya_pace_throttled(TuyaPace *pace, int64_t sent_us, int64_t advised_s, int64_t now_us)
{
	pace->recent = pace->recent << 1 | 1;
	tuya_pace_pause(pace, advised_s, now_us);
	if (pace->rate > 0 && sent_us < pace->slowed_us)
		return;
	if (is_single(pace))
	{
		pause_until(pace, now_us + PAUSE_US);
		return;
	}
	if (pace->rate == 0 || now_us - pace->slowed_us >= HOLD_US)
		slow_down(pace, now_us);
	if (pace->went_us < now_us)
		pace->went_us = now_us;
}

/*
 * ---- the limiter ----
 */

static int64_t
interval_us(const TuyaPace *pace, double limit)
{
	double		rate = limit;

	if (pace->rate > 0 && (rate <= 0 || pace->rate < rate))
		rate = pace->rate;
	return rate > 0 ? (int64_t) (US_PER_S / rate) : 0;
}

int64_t
tuya_pace_take(TuyaPace *pace, double limit, int64_t now_us)
{
	int64_t		interval = interval_us(pace, limit);
	int64_t		early = interval < EARLY_US_MAX ? interval : EARLY_US_MAX;
	int64_t		due_us;

	if (now_us < pace->paused_until_us)
		return pace->paused_until_us - now_us;
	if (interval == 0)
		return 0;
	/* by the rate of now, which may have changed since the latest request went */
	due_us = pace->went_us + interval;
	if (due_us > now_us)
		return due_us - now_us;
	/* what was not used before is lost, but for a moment's worth */
	pace->went_us = due_us > now_us - early ? due_us : now_us - early;
	return 0;
}
