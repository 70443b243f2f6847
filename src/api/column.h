/*
 * column.h
 *		What the columns of a foreign table are: keys, or fields of the reply.
 *
 * A column option decides, else the column's name.  Two columns for one key
 * or field, an unknown name, and a key column that is not text are refused at
 * first use, which is planning.
 */
#ifndef TUYA_COLUMN_H
#define TUYA_COLUMN_H

#include "postgres.h"

#include "utils/rel.h"

#include "api/action.h"

#define TUYA_KEY_COUNT TUYA_KEYS_MAX
typedef int TuyaKeyId;

typedef enum TuyaColumnKind
{
	TUYA_COLUMN_NONE,			/* dropped */
	TUYA_COLUMN_KEY,			/* shows what was asked for */
	TUYA_COLUMN_FIELD			/* shows what the reply's row has */
} TuyaColumnKind;

typedef struct TuyaColumn
{
	TuyaColumnKind kind;
	int			index;			/* of the action's key or of its reply's field */
} TuyaColumn;

typedef struct TuyaColumns
{
	const TuyaAction *action;	/* what the table shows */
	int			natts;
	TuyaColumn *column;			/* natts of them, by attribute number - 1 */
	AttrNumber	key_attno[TUYA_KEY_COUNT];	/* 0: the table has no such column */
	char	   *key_parameter[TUYA_KEY_COUNT];	/* the name to send; ASCII */
} TuyaColumns;

/* palloc'd in the current context.  Throws HV007 or HV004. */
extern TuyaColumns *tuya_column_get(Relation relation);

/* Appends the column list of the action's standard table, for IMPORT. */
extern void tuya_column_append_standard(StringInfo sql, const TuyaAction *action);

/* Appends the names of the action's key columns in that table, by comma. */
extern void tuya_column_append_keys(StringInfo text, const TuyaAction *action);

#endif							/* TUYA_COLUMN_H */
