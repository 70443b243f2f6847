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

/* Whose pace it is: TUYA_ASKER_BYTES bytes that live as long as the limiter. */
extern const uint8 *tuya_limiter_account(const TuyaLimiter *limiter);

/*
 * Whether a request may go now, by the monotonic clock, which is then counted as gone:
 * 0; else how long to wait, in us.
 */
extern int64 tuya_limiter_take(TuyaLimiter *limiter, int64 now);

/*
 * A reply has come to a request that was sent at that time of the monotonic
 * clock; advised_s is tuya_retry_advised_wait()'s.
 */
extern void tuya_limiter_note_reply(TuyaLimiter *limiter, bool throttled, int64 sent_us,
									int64 advised_s);

/*
 * At what rate that account's requests may go, in requests/s, which is the lesser of
 * rate_limit (0: none) and of what was found out; and what the service allowed when it last
 * throttled.  0: as fast as they can; unknown.
 */
extern void tuya_limiter_look(const uint8 *account, int rate_limit, double *rate,
							  double *learned);

#endif							/* TUYA_LIMITER_H */
