/*
 * pace.h
 *		When the next request may go, and how the service's rate limit is found.
 *
 * Pure: the caller tells the time.  A pace spaces requests evenly (GCRA: a
 * virtual time at which the next one is due), by the rate that the user set and
 * by the rate that the service turns out to allow, whichever is less.  The
 * latter is unknown until the service throttles; how it is found then stands
 * in pace.c.
 *
 * Fixed size, no pointers: it may be in shared memory.  Zero-initialized it is
 * a pace that has seen nothing.  Times are of one clock, in us, positive.
 */
#ifndef TUYA_PACE_H
#define TUYA_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* For how long the service's Retry-After stops all requests, at most. */
#define PACE_PAUSE_S_MAX 60

/* Requests a second that go even while all replies are throttled. */
#define PACE_RATE_MIN 0.2

/* Replies are counted by slots of time, as many as make up the past second. */
#define PACE_SLOT_US 50000
#define PACE_SLOTS 20

typedef struct TuyaPace
{
	int64_t		went_us;		/* virtual time at which the latest request went */
	int64_t		paused_until_us;	/* the service told us to wait */
	double		rate;			/* that the service allows, requests/s; 0: unknown */
	double		base;			/* what the rate climbs from */
	double		seek;			/* growth while seeking: of rate by request served; else 0 */
	int64_t		slowed_us;		/* when rate last fell */
	double		served;			/* requests since then */
	int64_t		slot;			/* number of the newest slot, of time since 0 */
	uint16_t	replies[PACE_SLOTS];	/* not throttled, by slot */
	uint32_t	recent;			/* the last replies, newest lowest: 1 is throttled */
} TuyaPace;

/*
 * Whether a request may go now, which is then counted as gone; else how long to
 * wait, more than 0.  limit is the user's rate limit in requests/s, 0 for none.
 */
extern int64_t tuya_pace_take(TuyaPace *pace, double limit, int64_t now_us);

/* A reply came that was not throttled. */
extern void tuya_pace_served(TuyaPace *pace, int64_t now_us);

/*
 * A reply came that was throttled, to a request sent at that time.  advised_s:
 * how long the service tells us to wait, or -1.
 */
extern void tuya_pace_throttled(TuyaPace *pace, int64_t sent_us, int64_t advised_s,
								int64_t now_us);

/* The head of a reply tells us to wait that long. */
extern void tuya_pace_pause(TuyaPace *pace, int64_t advised_s, int64_t now_us);

#endif							/* TUYA_PACE_H */
