/*
 * column.h
 *		What the columns of a foreign table are: keys, fields of the reply, of its page or of
 *		an error, constants.
 *
 * A column option decides, else the column's name.  Two columns for one key
 * or field, an unknown name, and a column of a key, an error or a secret that is not text
 * are refused at first use, which is planning.
 */
#ifndef TUYA_COLUMN_H
#define TUYA_COLUMN_H

#include "postgres.h"

#include "nodes/bitmapset.h"
#include "utils/rel.h"

#include "api/action.h"

/* The position of a key among its action's. */
typedef int TuyaKeyId;

typedef enum TuyaColumnKind
{
	TUYA_COLUMN_NONE,			/* dropped */
	TUYA_COLUMN_KEY,			/* a required key: shows what was asked for */
	TUYA_COLUMN_FIELD,			/* shows what the reply's row has; may be an optional key */
	TUYA_COLUMN_PAGE,			/* shows what is known of the page that the row came on */
	TUYA_COLUMN_ERROR,			/* shows why there is no reply; NULL where there is one */
	TUYA_COLUMN_CONSTANT		/* has the same value in each row: constant.h */
} TuyaColumnKind;

typedef struct TuyaColumn
{
	TuyaColumnKind kind;
	int			index;			/* of the action's key, of its reply's field, a TuyaPageField or a
								 * TuyaErrorField */
	const char *constant;		/* the text that the option has; of others NULL */
} TuyaColumn;

typedef struct TuyaColumns
{
	const TuyaAction *action;	/* what the table shows */
	Oid			table;
	int			natts;
	TuyaColumn *column;			/* natts of them, by attribute number - 1 */
	AttrNumber	key_attno[TUYA_KEYS_MAX];	/* 0: the table has no such column */
	Bitmapset  *constants;		/* attribute numbers of TUYA_COLUMN_CONSTANT */
	bool		shows_secret;	/* some column is tuya_column_is_secret() */
	char	   *key_parameter[TUYA_KEYS_MAX];	/* the name to send; ASCII */
} TuyaColumns;

/* The action of a table with these options; throws HV024 if there is no such action. */
extern const TuyaAction *tuya_column_action(List *options);

/* The same; NULL if there is no such action, as for a table of another version. */
extern const TuyaAction *tuya_column_find_action(List *options);

/* palloc'd in the current context.  Throws HV007 or HV004. */
extern TuyaColumns *tuya_column_get(Relation relation);

/* The field that the column shows, of the reply's rows, of its page or of an error; NULL: none. */
extern const TuyaField *tuya_column_field(const TuyaAction *action, TuyaColumn column);

/* What the API calls a key or a field, or we call what tells an error; NULL: a constant. */
extern const char *tuya_column_name(const TuyaAction *action, TuyaColumn column);

/*
 * Whether the column shows what only a superuser may make a column of.  It is text, so that no
 * input function has its values in a message, and is one by the option "field" alone.
 */
extern bool tuya_column_is_secret(const TuyaAction *action, TuyaColumn column);

/* What it says to people of such a column; NULL: nothing. */
extern const char *tuya_column_comment(const TuyaAction *action, TuyaColumn column);

/* Whether the column shows what is known before anybody is asked: a key, or a constant. */
static inline bool
tuya_column_is_known(const TuyaColumns *columns, AttrNumber attno)
{
	TuyaColumnKind kind = attno > 0 ? columns->column[attno - 1].kind : TUYA_COLUMN_NONE;

	return kind == TUYA_COLUMN_KEY || kind == TUYA_COLUMN_CONSTANT;
}

/*
 * A key, one of those that a scan asks for, is by TuyaKeyId an array of TUYA_KEYS_MAX
 * Datums: texts, or 0 where an optional key has no value.
 */

/*
 * Appends the column list of the action's standard table, for IMPORT.  If the table is to
 * have rows of errors, every field may be NULL, and there are columns for the error.
 */
extern void tuya_column_append_standard(StringInfo sql, const TuyaAction *action, bool error_rows);

/* Appends the names of the action's key columns in that table, by comma. */
extern void tuya_column_append_keys(StringInfo text, const TuyaAction *action);

#endif							/* TUYA_COLUMN_H */
