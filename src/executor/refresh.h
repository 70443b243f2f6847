/*
 * refresh.h
 *		Whether a materialized view is being refreshed, which is to ask the service.
 */
#ifndef TUYA_REFRESH_H
#define TUYA_REFRESH_H

#include "postgres.h"

#include "executor/execdesc.h"

/* The executor has started the query, and nothing was asked for yet. */
extern void tuya_refresh_started(QueryDesc *query);

/*
 * How old what is cached may be now, in us, by the user's will and by what it is for; tables
 * have a say, too.  0: nothing is taken from there.
 */
extern int64 tuya_refresh_max_age_us(void);

#endif							/* TUYA_REFRESH_H */
