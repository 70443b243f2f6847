/*
 * window.h
 *		How far to run ahead of the row that is handed out.
 *
 * Order is kept, so the head of the line waits for its own reply, and with a
 * window of no more than the requests in flight one slow reply idles all
 * others.  With a latency tail about eight times the requests in flight is enough.
 *
 * A window begins at the number of requests in flight; but where the plan can
 * stop early it begins at 1.  Either way it doubles after a window was
 * consumed, up to its bound.
 */
#ifndef TUYA_WINDOW_H
#define TUYA_WINDOW_H

#include <stdbool.h>

typedef struct TuyaWindow
{
	int			size;			/* this far ahead */
	int			max;
	int			consumed;		/* since size was last changed */
	int			start;			/* size to begin with */
} TuyaWindow;

/* bound is the user's limit (tuya_lookahead_rows in settings.h). */
extern void tuya_window_init(TuyaWindow *window, int concurrency, int bound, bool early_stop);

/* What is windowed begins anew. */
extern void tuya_window_restart(TuyaWindow *window);

/* One was consumed. */
extern void tuya_window_consume(TuyaWindow *window);

#endif							/* TUYA_WINDOW_H */
