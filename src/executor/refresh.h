/*
 * refresh.h
 *		Whether a materialized view is being refreshed, which is to ask the service.
 */
#ifndef TUYA_REFRESH_H
#define TUYA_REFRESH_H

#include "postgres.h"

#include "executor/execdesc.h"

/* Before the executor starts the query, and after. */
extern void tuya_refresh_start(const QueryDesc *query);
extern void tuya_refresh_started(QueryDesc *query);

/*
 * How old what is cached may be, in us, for an execution that begins now, by the user's will
 * and by what it is for; tables have a say, too.  0: nothing is taken from there.
 */
extern int64 tuya_refresh_max_age_us(void);

#endif							/* TUYA_REFRESH_H */
