/*
 * limiter.h
 *		When the next request of an account may go: core/pace, shared.
 *
 * Who uses the same endpoint and credentials shares one pace: all backends of
 * the server where util/shared has memory for them, else all fetchers of one
 * backend.  Nobody ever waits in here.
 */
#ifndef TUYA_LIMITER_H
#define TUYA_LIMITER_H

#include "postgres.h"

#include "option/option.h"

typedef struct TuyaLimiter TuyaLimiter;

/* From _PG_init(); asks for shared memory if the module is being preloaded. */
extern void tuya_limiter_install(void);

/* For the account of those settings; palloc'd in the current context. */
extern TuyaLimiter *tuya_limiter_create(const TuyaSettings *settings);

/*
 * Whether a request may go now, which is then counted as gone: 0; else how long
 * to wait, in us.
 */
extern int64 tuya_limiter_take(TuyaLimiter *limiter);

/*
 * A reply has come to a request that was sent at that time of the monotonic
 * clock; advised_s is tuya_retry_advised_wait()'s.
 */
extern void tuya_limiter_note_reply(TuyaLimiter *limiter, bool throttled, int64 sent_us,
									int64 advised_s);

#endif							/* TUYA_LIMITER_H */
