/*
 * error_field.h
 *		What a table may show of a key that failed, beside the fields of a reply.
 *
 * A column is one of these by the option "field", as it is a field of the reply.  Plain
 * C, and never throws.
 */
#ifndef TUYA_ERROR_FIELD_H
#define TUYA_ERROR_FIELD_H

#include "core/reply.h"

typedef enum TuyaErrorField
{
	TUYA_ERROR_FIELD_CODE,		/* the service's own; if it told none, the SQLSTATE */
	TUYA_ERROR_FIELD_MESSAGE,
	TUYA_ERROR_FIELD_SQLSTATE
} TuyaErrorField;

#define TUYA_ERROR_FIELDS 3

/* By TuyaErrorField.  They have columns in the standard table if it is to show errors. */
extern const TuyaField tuya_error_fields[TUYA_ERROR_FIELDS];

/* The one of that name, without regard to ASCII case; -1 if there is none. */
extern int	tuya_error_field_find(const char *name);

#endif							/* TUYA_ERROR_FIELD_H */
