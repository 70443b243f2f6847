/*
 * loop.c
 *		The event loop: epoll and a binary heap of timers.
 */
#define _GNU_SOURCE
#include "loop.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "buf.h"

#define EVENTS_A_ROUND 512

typedef struct Grave
{
	void	   *object;
	void		(*release) (void *object);
} Grave;

static int	epoll_fd;
static bool running;
static bool no_pwait2;			/* the kernel is older than 5.11 */
static int64_t now_ns;
static Timer **heap;			/* heap[1] is due first */
static size_t heap_len;
static size_t heap_cap;
static Buf	graves;

static void
read_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now_ns = (int64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t
loop_now(void)
{
	return now_ns;
}

void
loop_init(void)
{
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0)
	{
		perror("tuya_sim: epoll_create1");
		exit(1);
	}
	read_clock();
}

void
loop_watch(Watch *watch, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events,.data.ptr = watch};

	watch->fd = fd;
	watch->events = events;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
	{
		perror("tuya_sim: epoll_ctl");
		exit(1);
	}
}

void
loop_change(Watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events,.data.ptr = watch};

	if (watch->events == events)
		return;
	watch->events = events;
	epoll_ctl(epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
}

void
loop_unwatch(Watch *watch)
{
	if (watch->fd < 0)
		return;
	epoll_ctl(epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	watch->fd = -1;
}

void
loop_bury(void *object, void (*release) (void *object))
{
	Grave		grave = {object, release};

	buf_append(&graves, &grave, sizeof grave);
}

static void
empty_graves(void)
{
	Grave	   *grave = (Grave *) (void *) buf_data(&graves);

	for (size_t i = 0; i < graves.len / sizeof(Grave); i++)
		grave[i].release(grave[i].object);
	buf_clear(&graves);
}

static void
heap_put(size_t place, Timer *timer)
{
	heap[place] = timer;
	timer->place = place;
}

static void
heap_up(size_t place, Timer *timer)
{
	while (place > 1 && heap[place / 2]->due_ns > timer->due_ns)
	{
		heap_put(place, heap[place / 2]);
		place /= 2;
	}
	heap_put(place, timer);
}

static void
heap_down(size_t place, Timer *timer)
{
	for (;;)
	{
		size_t		child = place * 2;

		if (child > heap_len)
			break;
		if (child < heap_len && heap[child + 1]->due_ns < heap[child]->due_ns)
			child++;
		if (heap[child]->due_ns >= timer->due_ns)
			break;
		heap_put(place, heap[child]);
		place = child;
	}
	heap_put(place, timer);
}

void
timer_stop(Timer *timer)
{
	size_t		place = timer->place;
	Timer	   *last;

	if (place == 0)
		return;
	timer->place = 0;
	last = heap[heap_len--];
	if (last == timer)
		return;
	if (place > 1 && heap[place / 2]->due_ns > last->due_ns)
		heap_up(place, last);
	else
		heap_down(place, last);
}

void
timer_start(Timer *timer, int64_t ms)
{
	timer_stop(timer);
	if (heap_len + 2 > heap_cap)
	{
		heap_cap = heap_cap ? heap_cap * 2 : 1024;
		heap = realloc(heap, heap_cap * sizeof(Timer *));
		if (!heap)
			abort();
	}
	timer->due_ns = now_ns + ms * 1000000;
	heap_up(++heap_len, timer);
}

static void
fire_timers(void)
{
	while (heap_len > 0 && heap[1]->due_ns <= now_ns)
	{
		Timer	   *timer = heap[1];

		timer_stop(timer);
		timer->fire(timer);
	}
}

/* Without epoll_pwait2 a latency is rounded up to whole milliseconds. */
static int
wait_events(struct epoll_event *events)
{
	int64_t		ns = -1;
	struct timespec ts = {0};

	if (heap_len > 0)
	{
		read_clock();
		ns = heap[1]->due_ns > now_ns ? heap[1]->due_ns - now_ns : 0;
		ts.tv_sec = ns / 1000000000;
		ts.tv_nsec = ns % 1000000000;
	}
	if (!no_pwait2)
	{
		int			n = epoll_pwait2(epoll_fd, events, EVENTS_A_ROUND,
									 ns < 0 ? NULL : &ts, NULL);

		if (n >= 0 || errno != ENOSYS)
			return n;
		no_pwait2 = true;
	}
	return epoll_wait(epoll_fd, events, EVENTS_A_ROUND,
					  ns < 0 ? -1 : (int) ((ns + 999999) / 1000000));
}

void
loop_stop(void)
{
	running = false;
}

void
loop_run(void)
{
	static struct epoll_event events[EVENTS_A_ROUND];

	running = true;
	while (running)
	{
		int			n = wait_events(events);

		read_clock();
		for (int i = 0; i < n; i++)
		{
			Watch	   *watch = events[i].data.ptr;

			if (watch->fd >= 0)
				watch->ready(watch, events[i].events);
		}
		fire_timers();
		empty_graves();
	}
}
