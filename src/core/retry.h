/*
 * retry.h
 *		What an error means, and whether and when a request is sent again.
 *
 * Pure: the caller says what came of a sending, what the reply's head advises
 * and what the time and a random number are.  Codes are compared without regard to ASCII case.
 */
#ifndef TUYA_RETRY_H
#define TUYA_RETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum TuyaErrorClass
{
	TUYA_ERROR_THROTTLED,		/* rate limit: later and slower */
	TUYA_ERROR_TROUBLE,			/* the service is in trouble: again, backing off */
	TUYA_ERROR_NONCE,			/* nonce seen before: once again, with a new one */
	TUYA_ERROR_CREDENTIALS,		/* key, secret or permission */
	TUYA_ERROR_CLOCK,			/* the two clocks differ */
	TUYA_ERROR_NOT_FOUND,		/* no such product or device */
	TUYA_ERROR_REQUEST,			/* the request is wrong: a page past the end, too */
	TUYA_ERROR_OTHER			/* any other code */
} TuyaErrorClass;

/*
 * The class of an error with this code (NULL or "" if the reply had none that
 * could be read) that came with this HTTP status.  The code decides if it is
 * known, else the status: 429, then 5xx, then 401 and 403.
 */
extern TuyaErrorClass tuya_retry_classify(const char *code, int http_status);

/*
 * Whether the code says that one of these things does not exist, as
 * iot.device.NotExistedDevice and DEVICE_NOT_FOUND do of a "device".  nouns are in
 * lower case, with a space between them, or NULL.  Of what is no such thing, an action, a role, it does not say so.
 */
extern bool tuya_retry_says_absent(const char *code, const char *nouns);

/*
 * What a reply's head advises.  Zero-initialized it advises nothing.  Numbers
 * are clamped to ADVICE_S_MAX.
 */
#define ADVICE_S_MAX (7 * 24 * 60 * 60)

typedef struct TuyaRetryAdvice
{
	bool		has_after;		/* Retry-After, in seconds */
	int64_t		after_s;
	bool		has_after_date; /* Retry-After as a date, in seconds since 1970 */
	int64_t		after_date;
	bool		has_date;		/* Date, in seconds since 1970 */
	int64_t		date;
	bool		used_up;		/* x-ratelimit-*: nothing remains ... */
	int64_t		used_up_s;		/* ... for so many seconds */
} TuyaRetryAdvice;

/*
 * Takes one header line, "name: value", of len bytes, with or without its line
 * end.  What is not understood is passed over.
 */
extern void tuya_retry_note_header(TuyaRetryAdvice *advice, const char *line, size_t len);

/*
 * How many seconds the head asks to wait, or -1 if it does not ask.  A date is
 * held against the reply's own, else against now (seconds since 1970).
 */
extern int64_t tuya_retry_advised_wait(const TuyaRetryAdvice *advice, int64_t now);

/* What came of one sending that did not yield a page. */
typedef enum TuyaFault
{
	TUYA_FAULT_FINAL,			/* sending again would be of no use */
	TUYA_FAULT_OWN,				/* the request's own: counts against retries */
	TUYA_FAULT_SHARED,			/* of the connection that it shared with others */
	TUYA_FAULT_STALE,			/* of a kept connection that was dead already */
	TUYA_FAULT_THROTTLED,
	TUYA_FAULT_NONCE,
	TUYA_FAULT_CLOCK			/* its timestamp was wrong, and will be right now */
} TuyaFault;

/* What the sendings of one request have met so far; begins zero-initialized. */
typedef struct TuyaRetryHistory
{
	int			own;
	int			shared;
	int			stale;
	int			throttled;
	int			nonce;
	int			clock;
} TuyaRetryHistory;

/*
 * So often one request is signed anew because of the clock.  Clocks may be set
 * while it is tried, but two that are never right together would have it tried
 * for ever: machines of the service, say, that take turns.
 */
#define CLOCK_CORRECTIONS_MAX 3

/* Back-off: up to the base, doubled each time, up to the most. */
#define BACK_OFF_BASE_MS 200
#define BACK_OFF_MAX_MS 20000

/*
 * Adds the fault to the history.  False: the request has failed.  True: it is to
 * be sent again, in *wait_us at the earliest.
 *
 * advised_s is tuya_retry_advised_wait()'s; random a uniform number from [0, 1).
 * Retries bounds faults of the request's own; all others are bounded by the
 * caller's time limit.  More stale connections than stale_max are how the service
 * answers: a fault of the connection if it was shared, else of the request's own.
 */
extern bool tuya_retry_again(TuyaRetryHistory *history, TuyaFault fault, int retries,
							 int stale_max, bool shared, int64_t advised_s, double random,
							 int64_t *wait_us);

#endif							/* TUYA_RETRY_H */
