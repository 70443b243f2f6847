/*
 * test_pace.c
 *		Promises of pace.h, by themselves and in virtual time against a service
 *		that throttles.
 */
#include "pace.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

#define US_PER_S 1000000
#define BEGIN_US (INT64_C(1000) * US_PER_S)

/* What a request may go early, by pace.c. */
#define EARLY_US 10000

static TuyaPace pace;
static int64_t now_us;

static void
begin(void)
{
	memset(&pace, 0, sizeof(pace));
	now_us = BEGIN_US;
}

/* As who waits as long as told, until one request has gone; returns for how long. */
static int64_t
take(double limit)
{
	int64_t		from_us = now_us;
	int64_t		wait_us;

	while ((wait_us = tuya_pace_take(&pace, limit, now_us)) > 0)
		now_us += wait_us;
	return now_us - from_us;
}

/* Five requests; returns how long the last four had to wait. */
static int64_t
take_five(double limit)
{
	int64_t		from_us;

	take(limit);
	from_us = now_us;
	for (int i = 0; i < 4; i++)
		take(limit);
	return now_us - from_us;
}

/* One request that is served, at once. */
static void
take_served(double limit)
{
	take(limit);
	tuya_pace_served(&pace, now_us);
}

/* One that is throttled, after so long. */
static void
take_throttled(int64_t latency_us, int64_t advised_s)
{
	int64_t		sent_us;

	take(0);
	sent_us = now_us;
	now_us += latency_us;
	tuya_pace_throttled(&pace, sent_us, advised_s, now_us);
}

/* As many as it takes to be sure that there is a limit. */
static void
meet_limit(void)
{
	take_throttled(1000, -1);
	take_throttled(1000, -1);
}

/* A pace that has met a limit of 50/s, and again a second later. */
static void
begin_slowed(void)
{
	begin();
	for (int i = 0; i < 50; i++)
	{
		take_served(0);
		now_us += 20000;
	}
	meet_limit();
	for (int i = 0; i < 50; i++)
		take_served(50);
	meet_limit();
}

/*
 * ---- by itself ----
 */

static void
test_limit(void)
{
	static const double limits[] = {1, 3, 10, 50, 99.5, 400};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
	{
		double		interval_us = US_PER_S / limits[i];
		int64_t		early_us = interval_us < EARLY_US ? (int64_t) interval_us : EARLY_US;
		bool		even = true;

		begin();
		take(limits[i]);
		for (int n = 1; n <= 200; n++)
		{
			int64_t		due_us = BEGIN_US + (int64_t) (n * interval_us);

			take(limits[i]);
			even &= now_us >= due_us - early_us - n && now_us <= due_us;
		}
		ok(even, "%g requests/s go evenly, none more than a moment early", limits[i]);
	}
}

static void
test_idle(void)
{
	begin();
	take(10);
	now_us += 100 * (int64_t) US_PER_S;
	ok(take(10) == 0, "after a pause the next request goes at once");
	ok(take(10) >= 100000 - EARLY_US, "but what was not used is not made up for");

	begin();
	take(100);
	for (int n = 1; n <= 100; n++)
	{
		now_us += tuya_pace_take(&pace, 100, now_us) + 2000;
		take(100);
	}
	ok(now_us - BEGIN_US <= 1012000, "who wakes up late by 2 ms, always, loses nothing");
}

static void
test_without_limit(void)
{
	bool		at_once = true;

	begin();
	for (int i = 0; i < 10000; i++)
	{
		at_once &= take(0) == 0;
		tuya_pace_served(&pace, now_us);
	}
	ok(at_once && pace.rate == 0, "without a limit nothing is held back before the first throttled reply");
	meet_limit();
	ok(pace.rate > 0 && take(0) > 0, "when it is met, it is");

	begin_slowed();
	ok(take_five(10) >= 400000 - EARLY_US, "a limit below what the service allows holds");
	begin_slowed();
	ok(take_five(1000) >= 4 * (int64_t) (US_PER_S / pace.rate) - EARLY_US, "one above it does not");
}

static void
test_pause(void)
{
	begin();
	tuya_pace_pause(&pace, 5, now_us);
	ok(tuya_pace_take(&pace, 0, now_us) == 5 * US_PER_S && take(0) == 5 * US_PER_S,
	   "a Retry-After stops all requests");
	ok(take(0) == 0, "as long as it says");

	begin();
	tuya_pace_pause(&pace, 3600, now_us);
	ok(take(0) == PACE_PAUSE_S_MAX * (int64_t) US_PER_S, "for %d s at most", PACE_PAUSE_S_MAX);
	begin();
	tuya_pace_pause(&pace, INT64_MAX, now_us);
	ok(take(0) == PACE_PAUSE_S_MAX * (int64_t) US_PER_S, "however long it is");

	begin();
	tuya_pace_pause(&pace, 5, now_us);
	tuya_pace_pause(&pace, 2, now_us);
	tuya_pace_pause(&pace, 0, now_us);
	tuya_pace_pause(&pace, -1, now_us);
	ok(take(0) == 5 * US_PER_S, "a shorter one, or none, does not shorten it");

	begin();
	take_throttled(1000, 7);
	ok(take(0) == 7 * US_PER_S, "that of a throttled reply stops all requests, too");
	tuya_pace_throttled(&pace, BEGIN_US, 9, now_us);
	ok(take(0) >= 9 * US_PER_S - EARLY_US, "even if the request is older than the slowing down");
}

static void
test_old_replies(void)
{
	double		rate;
	int64_t		sent_us;

	begin();
	for (int i = 0; i < 40; i++)
		take_served(0);
	sent_us = now_us;
	now_us += 100000;
	tuya_pace_throttled(&pace, sent_us, -1, now_us);
	tuya_pace_throttled(&pace, sent_us, -1, now_us);
	rate = pace.rate;
	for (int i = 0; i < 30; i++)
		tuya_pace_throttled(&pace, sent_us, -1, now_us += 1000);
	now_us += 5 * (int64_t) US_PER_S;
	tuya_pace_throttled(&pace, sent_us, -1, now_us);
	ok(rate > 0 && pace.rate == rate, "of a burst that was throttled two replies slow down, the others do not, however late");
	now_us += US_PER_S;
	take_throttled(100000, -1);
	ok(pace.rate < rate, "one that is sent a second later does");
}

static void
test_unused(void)
{
	double		rate;

	begin_slowed();
	rate = pace.rate;
	now_us += 1000 * (int64_t) US_PER_S;
	ok(take_five(0) >= 4 * (int64_t) (US_PER_S / rate) - EARLY_US && pace.rate == rate,
	   "a rate that nobody uses does not rise");
	begin_slowed();
	for (int i = 0; i < 20; i++)
		take_served(0);
	ok(pace.rate > rate && pace.rate < 1.2 * rate, "one that is used does, slowly");
}

/* One throttled reply among many that are not. */
static void
test_single(void)
{
	double		rate;

	begin_slowed();
	for (int i = 0; i < 50; i++)
		take_served(0);
	rate = pace.rate;
	take_throttled(1000, -1);
	ok(pace.rate == rate, "a single throttled reply is no limit");
	ok(take(0) > 0 && take(0) < 100000, "but makes a moment's pause");
	take_throttled(1000, -1);
	ok(pace.rate < rate, "a second one soon after is");
}

/* Nothing is served any more, then all is. */
static void
test_outage(void)
{
	begin_slowed();
	for (int i = 0; i < 200; i++)
		take_throttled(1000, -1);
	ok(pace.rate <= PACE_RATE_MIN * 1.001 && pace.rate >= PACE_RATE_MIN * 0.999,
	   "while all is throttled, it asks still, %g times a second", PACE_RATE_MIN);
	for (int64_t back_us = now_us; now_us < back_us + 30 * (int64_t) US_PER_S;)
		take_served(0);
	ok(pace.rate >= 40, "half a minute after all is served again, it asks 40 times a second or more");
}

/*
 * ---- against a service ----
 */

#define CLIENTS_MAX 4
#define IN_FLIGHT_MAX 64
#define SECONDS_MAX 300

/* Who asks, and whom. */
typedef struct Sim
{
	double		allowed;		/* requests/s of the service, ... */
	double		burst;			/* ... a token bucket, or 0: a window from second to second */
	int			clients;		/* that share a pace */
	int			in_flight;		/* of each client at most */
	int			requests;		/* of each client */
	int			latency_ms;
	int			change_s;		/* when the service changes what it allows; 0: never */
	double		change_to;
	int			advised_s;		/* its Retry-After, or -1 */
} Sim;

typedef enum RequestState
{
	REQUEST_NONE,
	REQUEST_SERVED,
	REQUEST_THROTTLED
} RequestState;

typedef struct Request
{
	RequestState state;			/* as its reply will say */
	int64_t		sent_us;
	int64_t		arrives_us;
} Request;

static Request requests[CLIENTS_MAX][IN_FLIGHT_MAX];
static int	left[CLIENTS_MAX];	/* requests not yet sent, or to be sent again */
static double tokens;
static int64_t tokens_us;		/* as of then */
static uint32_t seed;

/* What came of it. */
static int	nserved;
static int	nthrottled;
static int	served_in[SECONDS_MAX]; /* each second */
static int	throttled_in[SECONDS_MAX];

static int
random_below(int n)
{
	seed = seed * 1664525 + 1013904223;
	return (int) (((uint64_t) seed * (uint64_t) n) >> 32);
}

static int
second(void)
{
	return (int) ((now_us - BEGIN_US) / US_PER_S);
}

/* Whether the service serves a request that comes now. */
static bool
serves(const Sim *sim)
{
	double		allowed = sim->change_s > 0 && second() >= sim->change_s ? sim->change_to : sim->allowed;

	if (sim->burst > 0)
		tokens += (double) (now_us - tokens_us) * allowed / US_PER_S;
	else if (now_us / US_PER_S != tokens_us / US_PER_S)
		tokens = allowed;
	if (sim->burst > 0 && tokens > sim->burst)
		tokens = sim->burst;
	tokens_us = now_us;
	if (tokens < 1)
		return false;
	tokens -= 1;
	return true;
}

static void
receive(const Sim *sim, int client, Request *request)
{
	if (request->state == REQUEST_SERVED)
	{
		nserved++;
		served_in[second()]++;
		tuya_pace_served(&pace, now_us);
	}
	else
	{
		nthrottled++;
		throttled_in[second()]++;
		left[client]++;
		tuya_pace_throttled(&pace, request->sent_us, sim->advised_s, now_us);
	}
	request->state = REQUEST_NONE;
}

static void
send(const Sim *sim, int client, Request *request)
{
	request->state = serves(sim) ? REQUEST_SERVED : REQUEST_THROTTLED;
	request->sent_us = now_us;
	request->arrives_us = now_us + sim->latency_ms * 1000 + random_below(5000);
	left[client]--;
}

/* A client wakes up: takes what has come, and sends what may go. */
static void
wake_up(const Sim *sim, int client)
{
	Request    *mine = requests[client];

	for (int i = 0; i < sim->in_flight; i++)
	{
		if (mine[i].state != REQUEST_NONE && mine[i].arrives_us <= now_us)
			receive(sim, client, &mine[i]);
	}
	for (int i = 0; i < sim->in_flight && left[client] > 0; i++)
	{
		if (mine[i].state != REQUEST_NONE)
			continue;
		if (tuya_pace_take(&pace, 0, now_us) > 0)
			break;
		send(sim, client, &mine[i]);
	}
}

/* Runs until all is served, a millisecond at a time; returns the seconds it took. */
static double
run(const Sim *sim)
{
	begin();
	memset(requests, 0, sizeof(requests));
	memset(served_in, 0, sizeof(served_in));
	memset(throttled_in, 0, sizeof(throttled_in));
	nserved = nthrottled = 0;
	tokens = sim->burst > 0 ? sim->burst : sim->allowed;
	tokens_us = now_us;
	for (int i = 0; i < sim->clients; i++)
		left[i] = sim->requests;
	while (nserved < sim->clients * sim->requests && second() < SECONDS_MAX - 1)
	{
		now_us += 1000;
		for (int i = 0; i < sim->clients; i++)
			wake_up(sim, i);
	}
	return (double) (now_us - BEGIN_US) / US_PER_S;
}

/*
 * Runs with several seeds; whether they reach, in the mean, that much of what the
 * service allows, with fewer throttled replies among all than that.
 */
#define SEEDS 10

static void
is_reached(Sim sim, double least_reached, double most_throttled, const char *name)
{
	double		reached = 0;
	double		throttled = 0;
	int			total = sim.clients * sim.requests;
	double		at_once = sim.burst > 0 ? sim.burst : sim.allowed;

	for (uint32_t first_seed = 1; first_seed <= SEEDS; first_seed++)
	{
		seed = first_seed;
		reached += (total - at_once) / sim.allowed / run(&sim) / SEEDS;
		throttled += (double) nthrottled / (total + nthrottled) / SEEDS;
	}
	ok(reached >= least_reached && throttled < most_throttled,
	   "%s, %d ms: %.0f %% or more of what is allowed, below %.0f %% throttled (%.1f, %.1f)", name,
	   sim.latency_ms, 100 * least_reached, 100 * most_throttled, 100 * reached, 100 * throttled);
}

static void
test_bucket(void)
{
	static const int latencies_ms[] = {5, 50, 200};

	for (int i = 0; i < 3; i++)
	{
		Sim			sim = {.allowed = 50, .burst = 10, .clients = 1, .in_flight = 32, .requests = 500,
		.advised_s = -1};

		sim.latency_ms = latencies_ms[i];
		is_reached(sim, 0.88, 0.12, "token bucket of 50/s");
		sim.clients = 4;
		is_reached(sim, 0.88, 0.12, "four clients that share it");
		sim.clients = 1;
		sim.allowed = 10;
		sim.burst = 0;
		sim.requests = 200;
		is_reached(sim, 0.85, 0.22, "10 from second to second");
		sim.allowed = 100;
		sim.requests = 1500;
		is_reached(sim, 0.85, 0.12, "100 from second to second");
	}
}

/* Requests in seconds from..to-1, each second's mean. */
static double
mean(const int *in, int from, int to)
{
	int			sum = 0;

	for (int i = from; i < to; i++)
		sum += in[i];
	return (double) sum / (to - from);
}

static void
test_change(void)
{
	Sim			sim = {.allowed = 50, .burst = 10, .clients = 1, .in_flight = 32, .requests = 3000,
	.latency_ms = 50, .change_s = 10, .change_to = 200, .advised_s = -1};

	seed = 1;
	run(&sim);
	ok(mean(served_in, 3, 10) >= 44, "a limit of 50/s is found (%.0f/s)", mean(served_in, 3, 10));
	ok(mean(served_in, 15, 20) >= 170 && mean(throttled_in, 10, 20) < 20,
	   "raised to 200/s, that is found within five seconds (%.0f/s)", mean(served_in, 15, 20));

	sim.allowed = 200;
	sim.change_to = 20;
	sim.requests = 2200;
	run(&sim);
	ok(mean(served_in, 3, 10) >= 150, "so is one of 200/s (%.0f/s)", mean(served_in, 3, 10));
	ok(mean(throttled_in, 10, 13) < 50 && mean(throttled_in, 13, 20) < 3 && mean(served_in, 13, 20) >= 17,
	   "lowered to 20/s, three seconds later that is kept (%.0f/s)", mean(served_in, 13, 20));
}

int
main(void)
{
	test_limit();
	test_idle();
	test_without_limit();
	test_pause();
	test_old_replies();
	test_unused();
	test_single();
	test_outage();
	test_bucket();
	test_change();
	return done_testing();
}
