/*
 * retry.h
 *		What an error that the API or the gateway reports means (API.md, Errors).
 *
 * Pure: a table from codes and HTTP status to a class.  Codes are compared
 * without regard to ASCII case.
 */
#ifndef TUYA_RETRY_H
#define TUYA_RETRY_H

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

#endif							/* TUYA_RETRY_H */
