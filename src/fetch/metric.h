/*
 * metric.h
 *		What is counted of a remote.
 */
#ifndef TUYA_METRIC_H
#define TUYA_METRIC_H

/* Classes of errors: each attempt that comes to one counts, whether it is tried again or not. */
typedef enum TuyaErrorCount
{
	TUYA_COUNT_CREDENTIALS,		/* key, secret or permission */
	TUYA_COUNT_CLOCK,			/* the timestamp was refused */
	TUYA_COUNT_REQUEST,			/* any other refusal of the request */
	TUYA_COUNT_SERVICE,			/* the service is in trouble, or what stands before it */
	TUYA_COUNT_TRANSPORT,		/* no reply, for whatever reason, or none in time */
	TUYA_COUNT_MALFORMED,		/* no reply that could be, or pages that do not add up */
	TUYA_ERROR_COUNTS,
	TUYA_COUNT_NONE = TUYA_ERROR_COUNTS /* no error, or none that counts */
} TuyaErrorCount;

/*
 * Replies are counted by how long they took: under 1 ms, under 2, under 4, ...; the last
 * has all others.
 */
#define TUYA_REPLY_TIMES 18

typedef enum TuyaMetric
{
	/* what progress shows, too */
	TUYA_METRIC_LOOKUPS,		/* asked for, each once an execution */
	TUYA_METRIC_REQUESTS,		/* sent */
	TUYA_METRIC_RETRIES,		/* of these, pages sent again */
	TUYA_METRIC_IN_FLIGHT,		/* now */
	TUYA_METRIC_BYTES,			/* received, heads included */
	TUYA_METRICS_OF_PROGRESS,

	TUYA_METRIC_DEDUPLICATED = TUYA_METRICS_OF_PROGRESS,	/* asked for, and there already */
	TUYA_METRIC_CACHE_HITS,
	TUYA_METRIC_THROTTLED,		/* replies that said so */
	TUYA_METRIC_ROWS,			/* of pages that came */
	TUYA_METRIC_CONNECTIONS,	/* over which something was sent */
	TUYA_METRIC_REPLY_US,		/* of all replies together */
	TUYA_METRIC_ERRORS,			/* the first of TUYA_ERROR_COUNTS */
	TUYA_METRIC_REPLY_TIMES = TUYA_METRIC_ERRORS + TUYA_ERROR_COUNTS,	/* the first of these */
	TUYA_METRICS = TUYA_METRIC_REPLY_TIMES + TUYA_REPLY_TIMES
} TuyaMetric;

#endif							/* TUYA_METRIC_H */
