/*
 * retry.c
 *		What an error that the API or the gateway reports means; see retry.h.
 *
 * The table is API.md's, chapter Errors.  The first entry that matches holds,
 * so an exception stands before its rule.
 */
#include "retry.h"

#include <stddef.h>

#include "ascii.h"

/* A code, or with '*' at the end what a code begins with. */
typedef struct CodeClass
{
	const char *pattern;
	TuyaErrorClass error_class;
} CodeClass;

static const CodeClass code_classes[] = {
	{"Throttling*", TUYA_ERROR_THROTTLED},
	{"ServiceUnavailable*", TUYA_ERROR_TROUBLE},
	{"InternalError*", TUYA_ERROR_TROUBLE},
	{"iot.system.SystemException", TUYA_ERROR_TROUBLE},
	{"SignatureNonceUsed", TUYA_ERROR_NONCE},
	{"SignatureDoesNotMatch", TUYA_ERROR_CREDENTIALS},
	{"IncompleteSignature", TUYA_ERROR_CREDENTIALS},
	{"InvalidAccessKeyId*", TUYA_ERROR_CREDENTIALS},
	{"Forbidden*", TUYA_ERROR_CREDENTIALS},
	{"InvalidTimeStamp.Expired", TUYA_ERROR_CLOCK},
	{"IllegalTimestamp", TUYA_ERROR_CLOCK},
	{"iot.prod.NotExistedProduct", TUYA_ERROR_NOT_FOUND},
	{"iot.device.NotExistedDevice", TUYA_ERROR_NOT_FOUND},
	{"iot.common.InvalidPageParams", TUYA_ERROR_REQUEST},
	{"Missing*", TUYA_ERROR_REQUEST},
	{"Invalid*", TUYA_ERROR_REQUEST},
};

static bool
matches(const char *code, const char *pattern)
{
	for (; *pattern != '*'; code++, pattern++)
	{
		if (tuya_ascii_lower(*code) != tuya_ascii_lower(*pattern))
			return false;
		if (*pattern == '\0')
			return true;
	}
	return true;
}

static TuyaErrorClass
classify_http_status(int http_status)
{
	if (http_status == 429)
		return TUYA_ERROR_THROTTLED;
	if (http_status >= 500 && http_status <= 599)
		return TUYA_ERROR_TROUBLE;
	if (http_status == 401 || http_status == 403)
		return TUYA_ERROR_CREDENTIALS;
	return TUYA_ERROR_OTHER;
}

TuyaErrorClass
tuya_retry_classify(const char *code, int http_status)
{
	if (code != NULL)
	{
		for (size_t i = 0; i < sizeof(code_classes) / sizeof(code_classes[0]); i++)
		{
			if (matches(code, code_classes[i].pattern))
				return code_classes[i].error_class;
		}
	}
	return classify_http_status(http_status);
}
