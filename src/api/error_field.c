/*
 * error_field.c
 *		What a table may show of a key that failed, beside the fields of a reply.
 */
#include "api/error_field.h"

const TuyaField tuya_error_fields[TUYA_ERROR_FIELDS] = {
	[TUYA_ERROR_FIELD_CODE] = {"errorCode", "error_code", "text", TUYA_TIME_ISO8601,
	"errorCode: of a key that failed, the service's code or the SQLSTATE"},
	[TUYA_ERROR_FIELD_MESSAGE] = {"errorMessage", "error_message", "text", TUYA_TIME_ISO8601,
	"errorMessage: of a key that failed, what happened"},
	[TUYA_ERROR_FIELD_SQLSTATE] = {"errorSqlstate", "error_sqlstate", "text", TUYA_TIME_ISO8601,
	"errorSqlstate: of a key that failed, the SQLSTATE"},
};

int
tuya_error_field_find(const char *name)
{
	return tuya_field_find(tuya_error_fields, TUYA_ERROR_FIELDS, name);
}
