/*
 * reply.h
 *		From the bytes of one page to rows and totals, or the API's error.
 *
 * Everything that src/README.md lists is understood here, its unknowns included: names in
 * any case, numbers as strings, each shape of "no jobs", both shapes of error.
 * What is understood nowhere is malformed, with a reason in words; a malformed
 * reply never has rows.  The only includer of json-c; parses without I/O.
 */
#ifndef TUYA_REPLY_H
#define TUYA_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A page has at most 100 jobs of some 400 bytes.  The cap leaves each job a
 * hundred times that, and bounds what json-c allocates for a hostile reply.
 */
#define REPLY_BYTES_MAX (4 * 1024 * 1024)

/* The documented reply nests 4 deep. */
#define REPLY_DEPTH_MAX 32

/* Page size is 100 at most; a server that ignores it may send more. */
#define REPLY_ROWS_MAX 10000

/* An id has 19 digits.  Ids are kept for as long as a lookup is read. */
#define REPLY_JOB_ID_BYTES_MAX 256

/* A row's fields, in the order in which the documentation lists them. */
typedef enum TuyaField
{
	TUYA_FIELD_FIRMWARE_ID,
	TUYA_FIELD_JOB_ID,
	TUYA_FIELD_JOB_STATUS,
	TUYA_FIELD_JOB_TYPE,
	TUYA_FIELD_PRODUCT_KEY,
	TUYA_FIELD_SELECTION_TYPE,
	TUYA_FIELD_TARGET_SELECTION,
	TUYA_FIELD_UTC_CREATE,
	TUYA_FIELD_UTC_MODIFIED
} TuyaField;

#define TUYA_FIELD_COUNT (TUYA_FIELD_UTC_MODIFIED + 1)

/* The field's name on the wire, in camelCase ("jobStatus"). */
extern const char *tuya_field_name(TuyaField field);

/* The field of that name, without regard to ASCII case; -1 if there is none. */
extern int	tuya_field_by_name(const char *name);

/*
 * NUL-terminated UTF-8 without NUL bytes; NULL where the reply has null or
 * nothing.  Numbers are their decimal text, as sent.  job id is never NULL
 * and never empty.
 */
typedef struct TuyaRow
{
	const char *field[TUYA_FIELD_COUNT];
} TuyaRow;

typedef enum TuyaReplyStatus
{
	TUYA_REPLY_PAGE,			/* success: rows and totals */
	TUYA_REPLY_ERROR,			/* the API reports an error: code, message */
	TUYA_REPLY_NOT_JSON,		/* empty, HTML, cut short: reason */
	TUYA_REPLY_MALFORMED,		/* JSON, but not a page and not an error: reason */
	TUYA_REPLY_NO_MEMORY
} TuyaReplyStatus;

/*
 * All pointers are the reply's own and live until tuya_reply_free, except
 * reason, which is a constant.
 */
typedef struct TuyaReply
{
	TuyaReplyStatus status;
	const char *reason;			/* why not JSON or malformed: a clause such as "a job has no
								 * jobId" */
	char	   *code;			/* of an error; "" if it sent none */
	char	   *message;		/* of an error; may be NULL.  Remote text! */
	char	   *request_id;		/* may be NULL.  Remote text! */
	bool		has_total;
	int64_t		total;			/* >= 0 */
	size_t		nrows;
	TuyaRow    *rows;			/* in the reply's order */
	void	   *json;			/* what owns the strings */
} TuyaReply;

/*
 * Sets aside the memory that parsing a usual reply takes, which else the first
 * reply does; false if there is none.  See reserve.h.
 */
extern bool tuya_reply_reserve(void);

/*
 * Parses the body of the reply to page number "page" into *reply, which needs
 * no initialization, and returns its status.  The caller frees it, whatever
 * the status, before the next is parsed.  Never throws.
 *
 * A page must have "success" true; a total, unless the list of jobs is there and
 * empty; a jobId in each row; and, where it has a currentPage, the one asked
 * for.  total must be a whole number from 0 to 2^63 - 1, as a JSON number or as
 * a string.  A page with a total and no list has no rows: what to make of that
 * when the total is not 0 is for round.h.
 *
 * An error has "success" false; or no "success" and a code that is a
 * non-empty string (the gateway's shape).
 */
extern TuyaReplyStatus tuya_reply_parse(const char *body, size_t len, int64_t page,
										TuyaReply *reply);

extern void tuya_reply_free(TuyaReply *reply);

#endif							/* TUYA_REPLY_H */
