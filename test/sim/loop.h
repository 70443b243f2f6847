/*
 * loop.h
 *		The event loop: descriptors to watch and timers, in one thread.
 *
 * A Watch or Timer is embedded in the object that owns it.  An object that
 * is watched must not be freed inside a callback: hand it to loop_bury(),
 * which frees it when no event of the current round can name it any more.
 */
#ifndef SIM_LOOP_H
#define SIM_LOOP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

typedef struct Watch Watch;
struct Watch
{
	int			fd;				/* -1 when not watched */
	uint32_t	events;
	void		(*ready) (Watch *watch, uint32_t events);
};

typedef struct Timer Timer;
struct Timer
{
	int64_t		due_ns;
	size_t		place;			/* in the heap, from 1; 0 when not running */
	void		(*fire) (Timer *timer);
};

/* The object of the given type whose member the pointer is. */
#define OWNER_OF(pointer, type, member) \
	((type *) (void *) ((char *) (pointer) - offsetof(type, member)))

void		loop_init(void);
void		loop_run(void);
void		loop_stop(void);

void		loop_watch(Watch *watch, int fd, uint32_t events);
void		loop_change(Watch *watch, uint32_t events);
void		loop_unwatch(Watch *watch);
void		loop_bury(void *object, void (*release) (void *object));

/* Monotonic time in nanoseconds, read once a round. */
int64_t		loop_now(void);

/* Runs fire once, ms milliseconds from now; starting again moves it. */
void		timer_start(Timer *timer, int64_t ms);
void		timer_stop(Timer *timer);

#endif
