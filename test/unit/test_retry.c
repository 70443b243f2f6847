/*
 * test_retry.c
 *		Promises of retry.h: API.md's chapter Errors, line by line.
 */
#include "retry.h"

#include <stddef.h>

#include "test.h"

static const struct
{
	const char *code;
	int			http_status;
	TuyaErrorClass expected;
}			cases[] = {
	{"Throttling", 400, TUYA_ERROR_THROTTLED},
	{"Throttling.User", 503, TUYA_ERROR_THROTTLED},
	{"Throttling.Api", 200, TUYA_ERROR_THROTTLED},
	{"throttling.USER", 400, TUYA_ERROR_THROTTLED},
	{NULL, 429, TUYA_ERROR_THROTTLED},
	{"", 429, TUYA_ERROR_THROTTLED},
	{"Whatever", 429, TUYA_ERROR_THROTTLED},
	{"ServiceUnavailable", 503, TUYA_ERROR_TROUBLE},
	{"InternalError", 500, TUYA_ERROR_TROUBLE},
	{"iot.system.SystemException", 200, TUYA_ERROR_TROUBLE},
	{"IOT.SYSTEM.SYSTEMEXCEPTION", 200, TUYA_ERROR_TROUBLE},
	{NULL, 500, TUYA_ERROR_TROUBLE},
	{"", 503, TUYA_ERROR_TROUBLE},
	{NULL, 599, TUYA_ERROR_TROUBLE},
	{NULL, 600, TUYA_ERROR_OTHER},
	{"Whatever", 502, TUYA_ERROR_TROUBLE},
	{"SignatureNonceUsed", 400, TUYA_ERROR_NONCE},
	{"SignatureDoesNotMatch", 400, TUYA_ERROR_CREDENTIALS},
	{"IncompleteSignature", 400, TUYA_ERROR_CREDENTIALS},
	{"InvalidAccessKeyId.NotFound", 404, TUYA_ERROR_CREDENTIALS},
	{"InvalidAccessKeyId", 404, TUYA_ERROR_CREDENTIALS},
	{"Forbidden.RAM", 403, TUYA_ERROR_CREDENTIALS},
	{"Forbidden", 500, TUYA_ERROR_CREDENTIALS},
	{NULL, 401, TUYA_ERROR_CREDENTIALS},
	{"", 403, TUYA_ERROR_CREDENTIALS},
	{"InvalidTimeStamp.Expired", 400, TUYA_ERROR_CLOCK},
	{"InvalidTimestamp.expired", 400, TUYA_ERROR_CLOCK},
	{"IllegalTimestamp", 400, TUYA_ERROR_CLOCK},
	{"InvalidTimeStamp.Format", 400, TUYA_ERROR_REQUEST},
	{"iot.prod.NotExistedProduct", 200, TUYA_ERROR_NOT_FOUND},
	{"iot.device.NotExistedDevice", 200, TUYA_ERROR_NOT_FOUND},
	{"MissingParameter", 400, TUYA_ERROR_REQUEST},
	{"Missing", 400, TUYA_ERROR_REQUEST},
	{"InvalidParameter", 400, TUYA_ERROR_REQUEST},
	{"iot.common.InvalidPageParams", 200, TUYA_ERROR_REQUEST},
	{"iot.common.InvalidPageParamsX", 200, TUYA_ERROR_OTHER},
	{"iot.prod.NotExisted", 200, TUYA_ERROR_OTHER},
	{"Miss", 400, TUYA_ERROR_OTHER},
	{"iot.ota.Whatever", 200, TUYA_ERROR_OTHER},
	{NULL, 200, TUYA_ERROR_OTHER},
	{"", 404, TUYA_ERROR_OTHER},
	{NULL, 0, TUYA_ERROR_OTHER},
};

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(tuya_retry_classify(cases[i].code, cases[i].http_status) == cases[i].expected,
		   "%s with HTTP %d", cases[i].code != NULL ? cases[i].code : "no code",
		   cases[i].http_status);
	return done_testing();
}
