/*
 * reply.h
 *		From the bytes of one page to rows and totals, or the API's error.
 *
 * Everything that src/README.md lists is understood here, its unknowns included: names in
 * any case, numbers as strings, each shape of "no rows", both shapes of error.
 * What is understood nowhere is malformed, with a reason in words; a malformed
 * reply never has rows.  With document.c and member.c the only includer of json-c;
 * parses without I/O.
 */
#ifndef TUYA_REPLY_H
#define TUYA_REPLY_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A page has some 100 rows of some 400 bytes.  The cap leaves each row a
 * hundred times that, and bounds what json-c allocates for a hostile reply.
 */
#define REPLY_BYTES_MAX (4 * 1024 * 1024)

/* The documented reply nests 4 deep. */
#define REPLY_DEPTH_MAX 32

/* No page size comes near it, but a server may ignore that. */
#define REPLY_ROWS_MAX 10000

/* An id has 19 digits.  Ids are kept for as long as a lookup is read. */
#define REPLY_ID_BYTES_MAX 256

/* A token is sent back as it came, percent-encoded, so it is kept short of what URLs bear. */
#define REPLY_TOKEN_BYTES_MAX 1024

/* The most fields that a row may have; and names on the way to a list. */
#define REPLY_FIELDS_MAX 20
#define REPLY_PATH_MAX 4

/* How further pages are asked for. */
typedef enum TuyaPaging
{
	TUYA_PAGING_NONE,			/* one reply has all */
	TUYA_PAGING_NUMBER,			/* by their numbers, from 1 */
	TUYA_PAGING_TOKEN			/* by what the page before has told: the first by nothing */
} TuyaPaging;

/* The form of a time: how a field is read where a column of times shows it. */
typedef enum TuyaTimeForm
{
	TUYA_TIME_ISO8601,			/* isotime.h; of a field that is no time, too */
	TUYA_TIME_RFC1123,			/* "Wed, 20-Feb-2019 02:16:09 GMT" */
	TUYA_TIME_MILLISECONDS		/* since 1970, a number */
} TuyaTimeForm;

typedef struct TuyaField
{
	const char *name;			/* on the wire, in camelCase */
	const char *column;			/* as IMPORT calls it; NULL: not without being asked to, by name */
	const char *type;			/* "text": of that column, in SQL */
	TuyaTimeForm time;
	const char *comment;		/* of the column, for people; NULL: none */
} TuyaField;

/* The first field of each form tells a row from the others. */
#define TUYA_FIELD_ID 0

/*
 * What a reply looks like, and how messages call what is in it.  It is a part of an
 * action (api/action.h), and constant, as its strings are.
 */
typedef struct TuyaReplyForm
{
	/* the names of members, from the outermost object on, as far as the list of rows */
	const char *list[REPLY_PATH_MAX + 1];
	/* what is there may be the list, an object that has it as its only list, or the only row */
	bool		list_varies;
	/* likewise the object that has total and currentPage; none: the outermost */
	const char *totals[REPLY_PATH_MAX + 1];
	/* with TOKEN, likewise the next page's token */
	const char *token[REPLY_PATH_MAX + 1];
	TuyaPaging	paging;			/* NONE: it has none of these */
	const TuyaField *fields;	/* at most REPLY_FIELDS_MAX; the first is the row's id */
	int			nfields;
	const char *secret;			/* of the field that is not for everybody to see, and in no
								 * message; NULL: there is none */
	const char *row;			/* "job": a row's name in messages, after "a" */
	const char *rows;			/* "jobs" */
	const char *keyed_by;		/* "product or device": of a key, what may not exist */
	const char *nouns;			/* what the service's codes call such things, in lower case:
								 * "device firmware"; NULL: nothing */
} TuyaReplyForm;

/* Some of a form's fields, by their indexes. */
typedef uint32_t TuyaFields;

#define TUYA_FIELD(index) ((TuyaFields) 1 << (index))
#define TUYA_ALL_FIELDS (~(TuyaFields) 0)

/* The field of that name, without regard to ASCII case; -1 if there is none. */
extern int	tuya_field_find(const TuyaField *fields, int nfields, const char *name);
extern int	tuya_reply_find_field(const TuyaReplyForm *form, const char *name);

/* The field that is secret, -1 if there is none; and all others. */
extern int	tuya_reply_secret_field(const TuyaReplyForm *form);
extern TuyaFields tuya_reply_open_fields(const TuyaReplyForm *form);

/* What is known of a page beside its rows. */
typedef struct TuyaPageFacts
{
	int64_t		fetched_us;		/* when its reply came: microseconds since 1970 in UTC */
	const char *request_id;		/* the service's name of the request; NULL: none.  Remote text! */
} TuyaPageFacts;

/*
 * By the form's fields: NUL-terminated UTF-8 without NUL bytes; NULL where the
 * reply has null or nothing.  Numbers are their decimal text, as sent.  The id is
 * never NULL and never empty.
 */
typedef struct TuyaRow
{
	const char *field[REPLY_FIELDS_MAX];
	const TuyaPageFacts *page;	/* that it came on; NULL in a reply, which has it itself */
} TuyaRow;

/* A clause such as "it has jobs but no total"; longer names are cut. */
#define REPLY_REASON_SIZE 160

/* "data has "total", "taskInfo"", see TuyaReply. */
#define REPLY_INSTEAD_SIZE 400

typedef enum TuyaReplyStatus
{
	TUYA_REPLY_PAGE,			/* success: rows and totals */
	TUYA_REPLY_ERROR,			/* the API reports an error: code, message */
	TUYA_REPLY_NOT_JSON,		/* empty, HTML, cut short: reason */
	TUYA_REPLY_MALFORMED,		/* JSON, but not a page and not an error: reason */
	TUYA_REPLY_NO_MEMORY,
	TUYA_REPLY_STOPPED			/* not parsed to its end: *stop was set */
} TuyaReplyStatus;

/* All pointers are the reply's own and live until tuya_reply_free. */
typedef struct TuyaReply
{
	TuyaReplyStatus status;
	char		reason[REPLY_REASON_SIZE];	/* why not JSON or malformed; else "" */
	bool		misses_list;	/* malformed for want of a list where it is looked for */
	char		instead[REPLY_INSTEAD_SIZE];	/* then perhaps what is in its place; else "" */
	char	   *code;			/* of an error; "" if it sent none */
	char	   *message;		/* of an error; may be NULL.  Remote text! */
	char	   *request_id;		/* may be NULL.  Remote text! */
	int64_t		fetched_us;		/* when it came, for the caller to set: see TuyaPageFacts */
	bool		has_total;
	int64_t		total;			/* >= 0 */
	const char *token;			/* of the next page; "": there is none; NULL: that is not told.
								 * Remote text, in UTF-8! */
	size_t		nrows;
	int			nfields;		/* of a row */
	TuyaFields	fields;			/* of them, those that rows have */
	TuyaRow    *rows;			/* in the reply's order */
	void	   *json;			/* what owns the strings */
	bool		has_escapes;	/* the body has backslashes, so a string may have \u0000 */
} TuyaReply;

/*
 * Sets aside the memory that parsing a usual reply takes; false if there is none, which
 * the next reply will say, too.  After the last of the replies that are read one after the
 * other.  See reserve.h.
 */
extern bool tuya_reply_reserve(void);

/*
 * Parses the body of the reply to page number "page" into *reply, which needs
 * no initialization, and returns its status.  The caller frees it, whatever
 * the status, before the next is parsed.  Never throws.
 *
 * Rows have those fields, and their id; others are NULL.  A reply that is malformed is so
 * whatever the fields are.
 *
 * A large reply takes more than 100 ms.  So parsing ends early when *stop is set
 * meanwhile, which is looked at every few milliseconds; stop may be NULL.
 *
 * A page must have "success" true; a total, unless the list is there and empty; an
 * id in each row; and, where it has a currentPage, the one asked for.  total must
 * be a whole number from 0 to 2^63 - 1, as a JSON number or as a string.  A page
 * with a total and no list has no rows: what to make of that when the total is
 * not 0 is for round.h, unless there is content in its place, which may be a list by
 * another name.  Without paging neither total nor currentPage is looked
 * at; the list must be there, and the total is the number of its rows.  With tokens
 * a page needs no total, and currentPage is not looked at; it is for round.h what a
 * token that is not there means.
 *
 * An error has "success" false; or no "success" and a code that is a
 * non-empty string (the gateway's shape).
 */
extern TuyaReplyStatus tuya_reply_parse(const TuyaReplyForm *form, TuyaFields fields,
										const char *body, size_t len, int64_t page,
										const volatile sig_atomic_t *stop, TuyaReply *reply);

extern void tuya_reply_free(TuyaReply *reply);

#endif							/* TUYA_REPLY_H */
