/*
 * window.c
 *		How far to run ahead of the row that is handed out.
 */
#include "postgres.h"

#include "util/window.h"

#define WINDOW_PER_CONCURRENCY 8

void
tuya_window_init(TuyaWindow *window, int concurrency, int bound, bool early_stop)
{
	window->max = Min(WINDOW_PER_CONCURRENCY * concurrency, bound);
	window->start = early_stop ? 1 : Min(concurrency, window->max);
	tuya_window_restart(window);
}

void
tuya_window_restart(TuyaWindow *window)
{
	window->size = window->start;
	window->consumed = 0;
}

void
tuya_window_consume(TuyaWindow *window)
{
	if (++window->consumed < window->size)
		return;
	window->size = Min(window->size * 2, window->max);
	window->consumed = 0;
}
