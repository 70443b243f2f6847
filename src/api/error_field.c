/*
 * error_field.c
 *		What a table may show of a key that failed, beside the fields of a reply.
 */
#include "api/error_field.h"

#include "core/ascii.h"

const char *const tuya_error_field_names[TUYA_ERROR_FIELDS] = {
	[TUYA_ERROR_FIELD_CODE] = "errorCode",
	[TUYA_ERROR_FIELD_MESSAGE] = "errorMessage",
	[TUYA_ERROR_FIELD_SQLSTATE] = "errorSqlstate"
};

int
tuya_error_field_find(const char *name)
{
	for (int i = 0; i < TUYA_ERROR_FIELDS; i++)
	{
		if (tuya_ascii_same(name, tuya_error_field_names[i]))
			return i;
	}
	return -1;
}
