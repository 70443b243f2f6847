/*
 * failure.h
 *		Why a lookup failed, kept until a row of it is asked for, then raised.
 *
 * The one place that turns the status of the lower layers into a report.
 * Remote text in it is cut, stripped of control characters and never a format;
 * no URL that is signed, no secret and no signature ever goes in.
 */
#ifndef TUYA_FAILURE_H
#define TUYA_FAILURE_H

#include "postgres.h"

#include "lib/stringinfo.h"

#include "core/reply.h"
#include "core/round.h"
#include "http/http.h"

/* Remote text that a message quotes is cut to this many bytes. */
#define REMOTE_TEXT_BYTES_MAX 200

/* What to do when there are too few descriptors. */
extern const char *const tuya_failure_hint_descriptors;

typedef struct TuyaFailure
{
	int			sqlstate;
	const char *message;
	const char *detail;			/* NULL: none */
	const char *hint;			/* NULL: none */
	const char *code;			/* the service's own; NULL: it told none */
	bool		of_key;			/* it says nothing of other keys: they may well succeed */
} TuyaFailure;

/* The time limits, each the option of that name. */
typedef enum TuyaLimitKind
{
	TUYA_LIMIT_CONNECT,			/* connect_timeout */
	TUYA_LIMIT_REQUEST,			/* request_timeout */
	TUYA_LIMIT_LOOKUP			/* lookup_timeout */
} TuyaLimitKind;

typedef struct TuyaTimeLimit
{
	TuyaLimitKind kind;
	int			ms;
} TuyaTimeLimit;

/* By which to judge the refusal of a timestamp; seconds since 1970. */
typedef struct TuyaSigning
{
	int64		sent_s;			/* when the request was sent, by this server's clock */
	int64		timestamp_s;	/* what it told the service */
	int			slack_s;		/* no difference is known better than that */
	bool		gave_up;		/* the clock was corrected for it as often as may be */
} TuyaSigning;

/* All are palloc'd in the current context.  form: of the action that was asked. */

/* One that says nothing of other keys; the texts are kept as they are. */
extern TuyaFailure *tuya_failure_of_key(int sqlstate, const char *message, const char *detail,
										const char *hint);

/* No reply: any outcome but TUYA_HTTP_REPLIED.  elapsed: ms since it was sent. */
extern TuyaFailure *tuya_failure_of_transport(const TuyaReplyForm *form, const char *endpoint,
											  const TuyaHttpResult *result, int64 elapsed_ms);

/* What to do about TLS that failed (failure/tls.c). */
extern const char *tuya_failure_tls_hint(const TuyaHttpResult *result);

/* libcurl itself could not go on. */
extern TuyaFailure *tuya_failure_of_libcurl(void);

/* The statement may send no more requests, having sent so many, for so many keys. */
extern TuyaFailure *tuya_failure_of_max_requests(int64 requests, int64 retries, int64 keys);

/*
 * The server's cap for a statement, or for a day, which ends then (s since 1970), allows
 * no more than limit, and so many were sent; -1: that cannot be counted.
 */
extern TuyaFailure *tuya_failure_of_statement_cap(const char *server, int limit, int64 sent);
extern TuyaFailure *tuya_failure_of_day_cap(const char *server, int limit, int64 sent, int64 end_s);

/* A time limit ran out while the request was in that phase. */
extern TuyaFailure *tuya_failure_of_timeout(const char *endpoint, TuyaHttpPhase phase,
											TuyaTimeLimit limit, int64 elapsed_ms);

/*
 * A reply of that action to a request for that page that is not a page: the API's error, or
 * malformed.
 */
extern TuyaFailure *tuya_failure_of_reply(const char *action, const TuyaReplyForm *form,
										  const TuyaReply *reply,
										  const TuyaHttpResult *result, int64 page,
										  const TuyaSigning *signing);

/* Whether the API's error says that the credentials are known, but may not do this. */
extern bool tuya_failure_is_permission(const TuyaReply *reply);

/*
 * The pages do not add up.  refusal: the code with which the service refused a
 * page, or NULL.
 */
extern TuyaFailure *tuya_failure_of_round(const TuyaReplyForm *form, const TuyaRoundReport *report,
										  TuyaRoundVerdict verdict, const char *refusal);

/*
 * A copy in the current context, one chunk to be freed with pfree(); more, which begins
 * with a space unless it is empty, is added to its detail.
 */
extern TuyaFailure *tuya_failure_copy(const TuyaFailure *failure, const char *more);

/* By what it is known: the service's code, else the SQLSTATE.  Lives until the next call. */
extern const char *tuya_failure_code(const TuyaFailure *failure);

/* Appends it in a form that can be written to a file; and from that, in one chunk as above. */
extern void tuya_failure_pack(StringInfo to, const TuyaFailure *failure);
extern TuyaFailure *tuya_failure_unpack(const char *packed);

/* Raises it. */
extern _Noreturn void tuya_failure_raise(const TuyaFailure *failure);

/* Remote text made fit for a message, in the current context. */
extern char *tuya_failure_quote(const char *remote_text);

/* A text in the database's encoding made fit for a message: cut, and stripped in place. */
extern void tuya_failure_strip(char *text);

#endif							/* TUYA_FAILURE_H */
