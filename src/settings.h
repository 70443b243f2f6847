/*
 * settings.h
 *		The parameters of the extension.
 *
 * A leaf: whoever needs one reads it, and nothing of ours is included here.
 */
#ifndef TUYA_SETTINGS_H
#define TUYA_SETTINGS_H

#include "postgres.h"

/* tuya_fdw.enable_lookahead: joins read their outer rows ahead, scans are started together. */
extern bool tuya_enable_lookahead;

/* tuya_fdw.enable_subplan_lookahead: so do correlated subqueries. */
extern bool tuya_enable_subplan_lookahead;

/* tuya_fdw.lookahead_rows: how many rows, keys or pages are read ahead at most. */
extern int	tuya_lookahead_rows;

/* tuya_fdw.max_requests: of one statement; 0: no limit. */
extern int	tuya_max_requests;

/* tuya_fdw.cache_size: kB of memory for what is cached; the server's, not a user's. */
extern int	tuya_cache_size;

/* tuya_fdw.max_age: ms; what is cached is taken if it is younger; -1: cache_ttl says so alone. */
extern int	tuya_max_age;

/*
 * Defines them, when the module is loaded.  Where it throws, for lack of memory, it
 * goes on from there when it is called again.
 */
extern void tuya_settings_install(void);

#endif							/* TUYA_SETTINGS_H */
