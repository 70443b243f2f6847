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

#include "core/reply.h"

typedef enum TuyaKeyId
{
	TUYA_KEY_PRODUCT,
	TUYA_KEY_DEVICE,
	TUYA_KEY_FIRMWARE
} TuyaKeyId;

#define TUYA_KEY_COUNT (TUYA_KEY_FIRMWARE + 1)

typedef enum TuyaColumnKind
{
	TUYA_COLUMN_NONE,			/* dropped */
	TUYA_COLUMN_KEY,			/* shows what was asked for */
	TUYA_COLUMN_FIELD			/* shows what the reply's row has */
} TuyaColumnKind;

typedef struct TuyaColumn
{
	TuyaColumnKind kind;
	int			index;			/* a TuyaKeyId or a TuyaField */
} TuyaColumn;

typedef struct TuyaColumns
{
	int			natts;
	TuyaColumn *column;			/* natts of them, by attribute number - 1 */
	AttrNumber	key_attno[TUYA_KEY_COUNT];	/* 0: the table has no such column */
	char	   *key_parameter[TUYA_KEY_COUNT];	/* the name to send; ASCII */
} TuyaColumns;

/* palloc'd in the current context.  Throws HV007 or HV004. */
extern TuyaColumns *tuya_column_get(Relation relation);

/* The key of that request parameter, in any case (also FirmwareID); -1 if none. */
extern int	tuya_column_key_by_parameter(const char *name);

/* "product_key" ...: how the standard table and messages call a key. */
extern const char *tuya_column_key_name(TuyaKeyId key);

/* Appends the column list of the standard table, ota_job, for IMPORT. */
extern void tuya_column_append_standard(StringInfo sql);

#endif							/* TUYA_COLUMN_H */
