/*
 * fuzz_pace.c
 *		A pace under any sequence of requests and replies.
 *
 * The input is the user's rate limit, an index, and then events, a byte each
 * and for some a second one: three bits for what happens, five for how much
 * time goes by before.
 */
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pace.h"

#define US_PER_S INT64_C(1000000)

/* What pace.c may allow a request that waited: to go so much early. */
#define EARLY_US 10000

/* A clock reading may be so much older than the one before: others read it, too. */
#define LAG_US_MAX 2550

#define LONGEST_WAIT_US (PACE_PAUSE_S_MAX * US_PER_S + LAG_US_MAX)

/* Requests looked back at. */
#define GONE_MAX 64

typedef struct Model
{
	TuyaPace	pace;
	double		limit;
	int64_t		now_us;
	int64_t		lag_us;			/* the next clock reading is so much older */
	int64_t		waited_us;		/* what the last take() said */
	int64_t		paused_until_us;
	bool		throttled;		/* ever */
	int64_t		gone_us[GONE_MAX];	/* when the latest requests went */
	int64_t		intervals_us[GONE_MAX]; /* and how far from the next each one had to be */
	int			ngone;			/* of all time */
	int			nreplied;
	int64_t    *served_slots;
	int			nserved;
} Model;

static const double limits[] = {0, 1, 2, 10, 50, 99.5, 1000, 100000};
static const int64_t advice[] = {-1, 0, 1, 2, 30, 59, 60, 61, 3600, 604800, INT64_MAX};

/*
 * ---- promises ----
 */

static void
check_state(const Model *model)
{
	const TuyaPace *pace = &model->pace;

	CHECK(isfinite(pace->rate) && isfinite(pace->base) && isfinite(pace->served));
	CHECK(pace->rate == 0 || (model->throttled && pace->rate >= PACE_RATE_MIN));
}

/* The time that must lie between a request and the next. */
static int64_t
interval_us(const Model *model)
{
	double		rate = model->limit;

	if (model->pace.rate > 0 && (rate == 0 || model->pace.rate < rate))
		rate = model->pace.rate;
	return rate > 0 ? (int64_t) (1000000 / rate) : 0;
}

/*
 * A request has gone: not nearer to any of those before than all intervals
 * between.  An interval is the shorter of those when its two requests went, for
 * the rate may have risen.
 */
static void
check_spacing(Model *model)
{
	int64_t		interval = interval_us(model);
	int64_t		apart = 0;

	if (model->ngone > 0 && model->intervals_us[(model->ngone - 1) % GONE_MAX] > interval)
		model->intervals_us[(model->ngone - 1) % GONE_MAX] = interval;
	for (int i = model->ngone - 1; i >= 0 && i > model->ngone - GONE_MAX; i--)
	{
		apart += model->intervals_us[i % GONE_MAX];
		CHECK(model->now_us - model->gone_us[i % GONE_MAX] >= apart - EARLY_US);
	}
	model->gone_us[model->ngone % GONE_MAX] = model->now_us;
	model->intervals_us[model->ngone % GONE_MAX] = interval;
	model->ngone++;
}

/* Who waits as long as told gets through, if nobody comes between. */
static void
check_gets_through(const Model *model)
{
	TuyaPace	pace = model->pace;
	int64_t		now = model->now_us + model->waited_us;
	int64_t		wait = tuya_pace_take(&pace, model->limit, now);

	CHECK(wait >= 0 && wait <= LONGEST_WAIT_US);
	CHECK(wait == 0 || tuya_pace_take(&pace, model->limit, now + wait) == 0);
}

/* The window holds what was served in its slots, counted one by one. */
static void
check_served(const Model *model)
{
	int			expected = 0;
	int			sum = 0;

	for (int i = 0; i < model->nserved; i++)
		expected += model->served_slots[i] > model->pace.slot - PACE_SLOTS;
	for (int i = 0; i < PACE_SLOTS; i++)
		sum += model->pace.replies[i];
	CHECK(sum == expected);
}

/*
 * ---- events ----
 */

static void
take(Model *model)
{
	int64_t		wait = tuya_pace_take(&model->pace, model->limit, model->now_us);

	CHECK(wait >= 0 && wait <= LONGEST_WAIT_US);
	CHECK(wait >= model->paused_until_us - model->now_us);
	CHECK(wait == 0 || model->limit > 0 || model->throttled || model->now_us < model->paused_until_us);
	model->waited_us = wait;
	if (wait > 0)
		check_gets_through(model);
	else
		check_spacing(model);
}

/* When the request went to which the next reply comes. */
static int64_t
next_sent_us(Model *model)
{
	if (model->nreplied < model->ngone - GONE_MAX)
		model->nreplied = model->ngone - GONE_MAX;
	if (model->nreplied < model->ngone)
		return model->gone_us[model->nreplied++ % GONE_MAX];
	return model->now_us - US_PER_S;	/* that of a pace that was forgotten since */
}

static void
serve(Model *model)
{
	double		rate = model->pace.rate;
	int64_t		slot = model->now_us / PACE_SLOT_US;

	/* one of an older time counts for the newest slot */
	model->served_slots[model->nserved++] = slot > model->pace.slot ? slot : model->pace.slot;
	next_sent_us(model);
	tuya_pace_served(&model->pace, model->now_us);
	CHECK(model->pace.rate >= rate);
}

static void
pause_for(Model *model, int64_t seconds)
{
	int64_t		until = model->now_us +
		(seconds < PACE_PAUSE_S_MAX ? seconds : PACE_PAUSE_S_MAX) * US_PER_S;

	if (seconds > 0 && until > model->paused_until_us)
		model->paused_until_us = until;
}

static void
throttle(Model *model, int64_t advised_s)
{
	TuyaPace	before = model->pace;
	int64_t		sent_us = next_sent_us(model);
	bool		old_news = before.rate > 0 && sent_us < before.slowed_us;

	tuya_pace_throttled(&model->pace, sent_us, advised_s, model->now_us);
	pause_for(model, advised_s);
	CHECK(!old_news || model->pace.rate == before.rate);
	CHECK(before.rate == 0 || (model->pace.rate > 0 && model->pace.rate <= before.rate));
	model->throttled = true;
}

static int64_t
next_advice(FuzzInput *input)
{
	return advice[fuzz_byte(input) % (sizeof(advice) / sizeof(advice[0]))];
}

static void
happen(Model *model, int what, FuzzInput *input)
{
	int64_t		seconds;

	switch (what)
	{
		case 0:
		case 1:
			take(model);
			break;
		case 2:
			model->now_us += model->waited_us;
			take(model);
			break;
		case 3:
			serve(model);
			break;
		case 4:
			throttle(model, -1);
			break;
		case 5:
			throttle(model, next_advice(input));
			break;
		case 6:
			seconds = next_advice(input);
			tuya_pace_pause(&model->pace, seconds, model->now_us);
			pause_for(model, seconds);
			break;
		default:
			model->lag_us = fuzz_byte(input) * (LAG_US_MAX / UINT8_MAX);
	}
}

static void
step(Model *model, FuzzInput *input)
{
	uint8_t		byte = fuzz_byte(input);
	int64_t		lag = model->lag_us;

	if (byte / 8 > 0)
		model->now_us += INT64_C(1) << (byte / 8 - 1);
	model->lag_us = 0;
	model->now_us -= lag;
	happen(model, byte % 8, input);
	model->now_us += lag;
	check_state(model);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput	input = {data, size};
	Model		model = {.now_us = US_PER_S};

	model.limit = limits[fuzz_byte(&input) % (sizeof(limits) / sizeof(limits[0]))];
	model.served_slots = malloc((size + 1) * sizeof(*model.served_slots));
	CHECK(model.served_slots != NULL);
	while (input.len > 0)
		step(&model, &input);
	check_served(&model);
	free(model.served_slots);
	return 0;
}
