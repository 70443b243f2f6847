/*
 * action.h
 *		What an action of the API asks for and answers, as data.
 *
 * Each action has a file of its own in actions/, which alone knows its names: what is
 * said there is said nowhere else.  To add one, write its file, which defines tuya_NAME
 * where it is NAME.c: the build makes the list of what is there.  Plain C, and never throws.
 */
#ifndef TUYA_ACTION_H
#define TUYA_ACTION_H

#include "core/reply.h"
#include "core/url.h"

/* The most keys that an action may have, and the largest page size of any. */
#define TUYA_KEYS_MAX 4
#define TUYA_PAGE_SIZE_MAX 200

/*
 * A request parameter that a column of the table gives.  There is no request without
 * one that is required, and its column shows what was asked for.  One that is optional
 * narrows the rows: its column is that of a field, and shows what the row has.
 */
typedef struct TuyaActionKey
{
	const char *parameter;		/* as the documentation spells it */
	const char *column;			/* as IMPORT calls it */
	const char *comment;		/* of the column, for people; NULL: none */
	bool		optional;
} TuyaActionKey;

/* Constant, as all that it points to. */
typedef struct TuyaAction
{
	const char *name;			/* on the wire */
	bool		is_default;		/* a table that names none has this one */
	const char *version;		/* to send as Version; NULL: none */
	const char *table;			/* how IMPORT calls its table */
	const char *comment;		/* of the table, for people; NULL: none */
	TuyaActionKey keys[TUYA_KEYS_MAX];
	int			nkeys;

	/*
	 * Of the page's number, its size, and the token by which the one before asks for it; NULL:
	 * not sent.  Without pages all are; with tokens the number may be sent, too.
	 */
	const char *page_parameter;
	const char *size_parameter;
	const char *token_parameter;
	int			page_size_max;	/* at most TUYA_PAGE_SIZE_MAX; without pages 0 */
	int			rows_per_lookup;	/* to be expected; 0: as the option says of all */
	int64_t		rows_max;		/* page number x size beyond which the service refuses, or by
								 * token the rows after which it ends; 0: none */
	TuyaReplyForm reply;		/* what it answers */
} TuyaAction;

/*
 * By the Makefile it is ACTION(NAME) for each file actions/NAME.c; for these, action.c, and tests.
 */
#ifdef TUYA_ACTIONS
#define ACTION(name) extern const TuyaAction tuya_##name;
TUYA_ACTIONS
#undef ACTION
#endif

/*
 * What each action's table may show of the page that a row came on.  An action's own field of
 * the same name goes before.
 */
typedef enum TuyaPageField
{
	TUYA_PAGE_FETCHED_AT,
	TUYA_PAGE_REQUEST_ID
} TuyaPageField;

#define TUYA_PAGE_FIELDS (TUYA_PAGE_REQUEST_ID + 1)

extern const TuyaField tuya_page_fields[TUYA_PAGE_FIELDS];

/* The one of that name, without regard to ASCII case; -1 if there is none. */
extern int	tuya_action_find_page_field(const char *name);

/* All actions, by the names of their files; the list ends with NULL. */
extern const TuyaAction *const tuya_actions[];

/* That of tables which name none. */
extern const TuyaAction *tuya_action_default(void);

/* The one of exactly that name; NULL if there is none. */
extern const TuyaAction *tuya_action_find(const char *name);

/* The key of that request parameter, without regard to ASCII case; -1 if there is none. */
extern int	tuya_action_find_key(const TuyaAction *action, const char *parameter);

/* Whether any action has a key, or a parameter of its pages, of that name, in any case. */
extern bool tuya_action_any_has_key(const char *parameter);
extern bool tuya_action_any_has_parameter(const char *name);

/* Whether any action's reply, or its page, has a field of that name, in any case. */
extern bool tuya_action_any_has_field(const char *name);

/* Whether any action's reply has a secret field of that name, in any case. */
extern bool tuya_action_any_has_secret(const char *name);

/* The keys (1 << key) without which there is no request. */
extern int	tuya_action_required_keys(const TuyaAction *action);

/* The one of the standard table's columns that is a field's; -1 if there is none. */
extern int	tuya_action_find_column(const TuyaAction *action, const char *column);

/* The field of the same column as an optional key; -1 if there is none. */
extern int	tuya_action_field_of_key(const TuyaAction *action, int key);

/* How many parameters tuya_action_put_params() puts at most. */
#define TUYA_ACTION_PARAMS_MAX (5 + TUYA_KEYS_MAX)

/* By what a page is asked for. */
typedef struct TuyaPageParams
{
	const char *number;			/* decimal, as the size */
	const char *size;
	const char *token;			/* UTF-8; NULL: it is the first, or there are none */
} TuyaPageParams;

/*
 * Puts what a request for that page of the action has beside what every signed
 * request has, and returns how many.  parameter and value are by key; a key whose
 * value is NULL is not sent.  Copies no text.
 */
extern int	tuya_action_put_params(const TuyaAction *action, const char *const *parameter,
								   const char *const *value, const TuyaPageParams *page,
								   TuyaParam *params);

#endif							/* TUYA_ACTION_H */
