/*
 * test_retry.c
 *		Promises of retry.h: what each error means, line by line; what a reply's head
 *		advises; and the policy.
 */
#include "retry.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "test.h"

#define DATE "Date: Tue, 19 Nov 2024 09:47:43 GMT\r\n"
#define DATE_S 1732009663

/* Uniform in [0, 1): its bounds. */
#define LEAST 0.0
#define MOST 0.999999

/*
 * ---- classes ----
 */

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

static void
test_classes(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(tuya_retry_classify(cases[i].code, cases[i].http_status) == cases[i].expected,
		   "%s with HTTP %d", cases[i].code != NULL ? cases[i].code : "no code",
		   cases[i].http_status);
}

/*
 * ---- what the head advises ----
 */

/* Notes each line of the head, with its line end. */
static TuyaRetryAdvice
read_head(const char *head)
{
	TuyaRetryAdvice advice = {0};

	while (*head)
	{
		size_t		len = strcspn(head, "\n");

		len += head[len] == '\n';
		tuya_retry_note_header(&advice, head, len);
		head += len;
	}
	return advice;
}

static void
is_advised(const char *head, int64_t expected, const char *name)
{
	TuyaRetryAdvice advice = read_head(head);
	int64_t		got = tuya_retry_advised_wait(&advice, DATE_S);

	if (!ok(got == expected, "%s", name))
		printf("# %s: got %" PRId64 ", expected %" PRId64 "\n", head, got, expected);
}

static void
test_retry_after(void)
{
	is_advised("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 5\r\n\r\n", -1, "a head that advises nothing");
	is_advised("Retry-After: 5\r\n", 5, "Retry-After in seconds");
	is_advised("retry-AFTER:5", 5, "in any case, without space and line end");
	is_advised("Retry-After: \t 5 \t\r\n", 5, "with space around it");
	is_advised("Retry-After: 0\r\n", 0, "0 is advice, too");
	is_advised("Retry-After: 604800\r\n", ADVICE_S_MAX, "the longest");
	is_advised("Retry-After: 604801\r\n", ADVICE_S_MAX, "longer than that");
	is_advised("Retry-After: 99999999999999999999999999\r\n", ADVICE_S_MAX, "longer than any number");
	is_advised("Retry-After: -5\r\nRetry-After: 1.5\r\nRetry-After: 5s\r\nRetry-After: \r\nRetry-After\r\n"
			   "Retry-After : 5\r\nX-Retry-After: 5\r\nRetry-After-X: 5\r\n", -1,
			   "what is not understood is passed over");
	is_advised("Retry-After: 5\r\nRetry-After: soon\r\n", 5, "and takes nothing back");
}

static void
test_retry_after_date(void)
{
	is_advised(DATE "Retry-After: Tue, 19 Nov 2024 09:48:13 GMT\r\n", 30,
			   "Retry-After as a date is held against the reply's own");
	is_advised("Retry-After: Tue, 19 Nov 2024 09:48:13 GMT\r\nDate: Tue, 19 Nov 2024 09:48:03 GMT\r\n", 10,
			   "which may come later, and not against our clock");
	is_advised("Retry-After: Tue, 19 Nov 2024 09:48:13 GMT\r\n", 30, "unless it has none");
	is_advised(DATE "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 0, "a date that is past: at once");
	is_advised(DATE "Retry-After: Tue, 19 Nov 2024 09:47:42 GMT\r\n", 0, "by a second, too");
	is_advised(DATE "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n", ADVICE_S_MAX, "a date far off");
	is_advised(DATE "Retry-After: Tue, 19 Nov 2024 09:48:13 GMT\r\nRetry-After: 7\r\n", 7,
			   "seconds hold rather than a date");
	is_advised(DATE "Retry-After: Tuesday, 19-Nov-24 09:48:13 GMT\r\nRetry-After: Tue Nov 19 09:48:13 2024\r\n"
			   "Retry-After: Tue, 19 Nov 2024 09:48:13 CET\r\nRetry-After: Tue, 19 Noc 2024 09:48:13 GMT\r\n"
			   "Retry-After: Tue, 19 ovD 2024 09:48:13 GMT\r\nRetry-After: Tue, 19 Nov 1924 09:48:13 GMT\r\n"
			   "Retry-After: Tue, 19 Nov 2024 09:48:13 GMT!\r\n", -1, "no other date is understood");
}

static void
test_rate_limit(void)
{
	is_advised("x-ratelimit-user: Remaining:0,TimeLeft:5\r\n", 5, "x-ratelimit-user that is used up");
	is_advised("X-RateLimit-API: timeleft : 5 , REMAINING : 0\r\n", 5, "in any case, order and spacing, of any name");
	is_advised("x-ratelimit-user: Remaining:10,TimeLeft:5\r\nx-ratelimit-api: Remaining:1,TimeLeft:5\r\n", -1,
			   "that is not used up");
	is_advised("x-ratelimit-user: Remaining:0\r\nx-ratelimit-api: TimeLeft:5\r\nx-ratelimit-user: Remaining:,TimeLeft:\r\n"
			   "x-ratelimit: Remaining:0,TimeLeft:5\r\n", -1, "that lacks one of the two");
	is_advised("x-ratelimit-user: Remaining:0,TimeLeft:5\r\nx-ratelimit-api: Remaining:0,TimeLeft:9\r\n"
			   "x-ratelimit-x: Remaining:0,TimeLeft:2\r\n", 9, "of several that are used up the longest");
	is_advised("x-ratelimit-user: Remaining:0,TimeLeft:5\r\nRetry-After: 3\r\n", 5, "with a Retry-After, the longer one");
	is_advised("x-ratelimit-user: Remaining:0,TimeLeft:5\r\nRetry-After: 8\r\n", 8, "whichever that is");
	is_advised("x-ratelimit-user: Remaining:0,TimeLeft:99999999999999999999\r\n", ADVICE_S_MAX, "no longer than the longest");
}

static void
test_head_limits(void)
{
	TuyaRetryAdvice advice = read_head(DATE);
	char		line[400];

	ok(advice.has_date && advice.date == DATE_S, "Date is kept");
	ok(tuya_retry_advised_wait(&advice, 0) == -1, "and advises nothing by itself");
	advice = read_head("Date: yesterday\r\nDate: Thu, 29 Feb 2024 23:59:59 GMT\r\n");
	ok(advice.has_date && advice.date == 1709251199, "that of a leap day, too");

	snprintf(line, sizeof(line), "Retry-After: %0127d\r\n", 5);
	is_advised(line, 5, "a value of 127 bytes");
	for (int bytes = 128; bytes <= 200; bytes += 72)
	{
		snprintf(line, sizeof(line), "Retry-After: %0*d\r\n", bytes, 5);
		is_advised(line, -1, "one that is longer than a Retry-After can be");
	}
	advice = (TuyaRetryAdvice) {0};
	tuya_retry_note_header(&advice, "Retry-After: 5\0000\r\n", 19);
	tuya_retry_note_header(&advice, "Retry-After: 5", 11);
	tuya_retry_note_header(&advice, "Retry-After: 5", 0);
	ok(!advice.has_after, "a NUL in a value, or a line that ends early, is not read over");
	tuya_retry_note_header(&advice, "Retry-After: 57", 14);
	ok(advice.has_after && advice.after_s == 5, "a line is as long as it is said to be");
}

/*
 * ---- policy ----
 */

static TuyaRetryHistory history;
static int64_t wait_us;

#define STALE_MAX 260

static void
begin(void)
{
	memset(&history, 0, sizeof(history));
}

/* One more fault of a request with so many retries, without advice, all of it shared. */
static bool
again(TuyaFault fault, int retries, double random)
{
	wait_us = -1;
	return tuya_retry_again(&history, fault, retries, STALE_MAX, true, -1, random, &wait_us);
}

/* How many times in a row it is sent again for that fault, 1000 at most. */
static int
times_again(TuyaFault fault, int retries)
{
	int			times = 0;

	begin();
	while (times < 1000 && again(fault, retries, LEAST))
		times++;
	return times;
}

static void
test_bounds(void)
{
	ok(times_again(TUYA_FAULT_FINAL, 5) == 0, "what is of no use is not sent again");
	ok(times_again(TUYA_FAULT_OWN, 5) == 5, "a fault of its own: as often as retries says");
	ok(times_again(TUYA_FAULT_OWN, 0) == 0, "never with retries 0");
	ok(times_again(TUYA_FAULT_SHARED, 0) == 1000, "a fault of the connection it shared: without end");
	ok(times_again(TUYA_FAULT_STALE, 0) == 1000, "a connection that was dead: without end");
	ok(times_again(TUYA_FAULT_THROTTLED, 0) == 1000, "a rate limit: without end");
	ok(times_again(TUYA_FAULT_NONCE, 0) == 1, "a nonce seen before: once");
	ok(times_again(TUYA_FAULT_CLOCK, 0) == CLOCK_CORRECTIONS_MAX, "a wrong timestamp: a few times");
}

static void
test_absence(void)
{
	static const char *const nouns = "product device firmware";
	static const char *const absent[] = {
		"iot.prod.NotExistedProduct", "iot.device.NotExistedDevice", "IOT.DEVICE.NOTEXISTEDDEVICE", "devicenotfound",
		"DEVICE_NOT_FOUND", "device.not.exist", "Device-Not-Exists", "NoSuchFirmware", "iot.ota.firmware_notexist",
		"InvalidDevice.NotFound", "InvalidProductKey.NotFound", "DeviceName.NotExist", "FirmwareIdNotExisted",
		"iot.device.NotExist", "EntityNotExist.Device", "DeviceDoesNotExist", "DevicesNotFound", "DeviceNotFoundException",
		"NotExistedDeviceError", "NotFound:Product"
	};
	static const char *const other[] = {
		"", "NotFound", "NotExist", "404.NotFound", "ResourceNotFound", "InvalidApi.NotFound", "InvalidAction.NotFound",
		"INVALIDACTION.NOTFOUND", "InvalidVersion.NotFound", "InvalidAccessKeyId.NotFound", "Signature.NotFound", "NoSuchRole",
		"EntityNotExist.Role", "RegionNotFound", "EndpointNotExist", "iot.device.NotExistedRole", "iot.device.api.NotExist",
		"iot.device.ActionNotFound", "DeviceApiNotFound", "NotExistedDeviceRole", "DeviceNotFound.User", "iot.device.UnknownError",
		"DeviceQuotaExceeded", "NotExis", "InvalidParameter", "InvalidDevice", "DeviceNotActive", "device"
	};
	char		longest[5000];
	bool		right = true;

	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		right &= tuya_retry_says_absent(absent[i], nouns);
	ok(right, "codes that say that a product, a device or a firmware does not exist");
	right = true;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		right &= !tuya_retry_says_absent(other[i], nouns);
	ok(right, "codes that say so of other things, or something else");
	memset(longest, 'x', sizeof(longest) - 1);
	strcpy(longest + sizeof(longest) - sizeof("DeviceNotFound"), "DeviceNotFound");
	ok(!tuya_retry_says_absent(longest, nouns) && !tuya_retry_says_absent("DeviceNotFound", NULL),
	   "a code without end, and a service that has no such things");
}

/* What is bounded is counted by itself. */
static void
test_counted_apart(void)
{
	bool		others = true;

	begin();
	for (int i = 0; i < 50; i++)
		others &= again(TUYA_FAULT_SHARED, 2, LEAST) && again(TUYA_FAULT_THROTTLED, 2, LEAST) &&
			again(TUYA_FAULT_STALE, 2, LEAST);
	ok(others && again(TUYA_FAULT_NONCE, 2, LEAST) && again(TUYA_FAULT_CLOCK, 2, LEAST),
	   "one nonce and one clock, whatever came before");
	ok(again(TUYA_FAULT_OWN, 2, LEAST) && again(TUYA_FAULT_OWN, 2, LEAST) && !again(TUYA_FAULT_OWN, 2, LEAST),
	   "none of them counts against retries");
	ok(history.own == 3 && history.shared == 50 && history.throttled == 50 && history.stale == 50 &&
	   history.nonce == 1 && history.clock == 1, "the history has each by itself");
}

/* Whether the n-th fault waits for nothing at least, and that many ms at most. */
static bool
waits_up_to(TuyaFault fault, int n, int64_t most_ms)
{
	int64_t		least_us;
	int64_t		most_us;

	begin();
	for (int i = 0; i < n; i++)
		again(fault, 1000, LEAST);
	least_us = wait_us;
	begin();
	for (int i = 0; i < n; i++)
		again(fault, 1000, MOST);
	most_us = wait_us;
	return least_us == 0 && most_us <= most_ms * 1000 && most_us >= most_ms * 999;
}

static void
test_back_off(void)
{
	static const TuyaFault faults[] = {TUYA_FAULT_OWN, TUYA_FAULT_SHARED};
	static const char *const names[] = {"its own", "its connection"};

	for (int i = 0; i < 2; i++)
	{
		int64_t		most_ms = BACK_OFF_BASE_MS;

		for (int n = 1; n <= 9; n++)
		{
			ok(waits_up_to(faults[i], n, most_ms), "fault %d of %s: any time up to %d ms", n, names[i], (int) most_ms);
			most_ms = most_ms * 2 < BACK_OFF_MAX_MS ? most_ms * 2 : BACK_OFF_MAX_MS;
		}
		ok(waits_up_to(faults[i], 100000, BACK_OFF_MAX_MS), "and so on, without overflow");
	}
	begin();
	again(TUYA_FAULT_OWN, 5, 0.5);
	ok(wait_us == BACK_OFF_BASE_MS * 500, "half way for half the chance");
	ok(waits_up_to(TUYA_FAULT_THROTTLED, 20, 0) && waits_up_to(TUYA_FAULT_NONCE, 1, 0) &&
	   waits_up_to(TUYA_FAULT_CLOCK, 1, 0), "rate limit, nonce and clock: no back-off of the request's own");
}

/* How many stale connections are free of any wait. */
static int
free_stale(int stale_max, bool shared)
{
	int			times = 0;

	begin();
	wait_us = 0;
	while (times < 1000 &&
		   tuya_retry_again(&history, TUYA_FAULT_STALE, 0, stale_max, shared, -1, MOST, &wait_us) && wait_us == 0)
		times++;
	return times;
}

static void
test_stale(void)
{
	ok(free_stale(STALE_MAX, true) == STALE_MAX, "stale connections cost no wait, up to %d", STALE_MAX);
	ok(wait_us > 0 && wait_us <= BACK_OFF_BASE_MS * 1000, "then the back-off begins");
	again(TUYA_FAULT_STALE, 0, MOST);
	ok(wait_us > BACK_OFF_BASE_MS * 1000 && wait_us <= BACK_OFF_BASE_MS * 2000, "and goes on");
	ok(free_stale(4, true) == 4, "with another bound up to that");
	ok(wait_us > 0, "then the back-off begins, too");
	ok(free_stale(4, false) == 4 && history.own == 1, "or, of a connection that is not shared, retries are used up");
}

static void
test_advice(void)
{
	static const TuyaFault faults[] = {
		TUYA_FAULT_OWN, TUYA_FAULT_SHARED, TUYA_FAULT_STALE, TUYA_FAULT_THROTTLED, TUYA_FAULT_NONCE, TUYA_FAULT_CLOCK
	};
	bool		all = true;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
	{
		begin();
		all &= tuya_retry_again(&history, faults[i], 5, STALE_MAX, true, 3, MOST, &wait_us) && wait_us == 3000000;
	}
	ok(all, "a Retry-After that is longer than the back-off holds, for every fault");

	begin();
	for (int i = 0; i < 6; i++)
		tuya_retry_again(&history, TUYA_FAULT_OWN, 100, STALE_MAX, true, 3, MOST, &wait_us);
	ok(wait_us > 3000000 && wait_us <= BACK_OFF_BASE_MS * 32000, "one that is shorter does not shorten the back-off");
	tuya_retry_again(&history, TUYA_FAULT_OWN, 100, STALE_MAX, true, 0, LEAST, &wait_us);
	ok(wait_us == 0, "a Retry-After of 0 is no wait");
	tuya_retry_again(&history, TUYA_FAULT_THROTTLED, 100, STALE_MAX, true, ADVICE_S_MAX, LEAST, &wait_us);
	ok(wait_us == ADVICE_S_MAX * INT64_C(1000000), "the longest does not overflow");
}

int
main(void)
{
	test_classes();
	test_retry_after();
	test_retry_after_date();
	test_rate_limit();
	test_head_limits();
	test_absence();
	test_bounds();
	test_counted_apart();
	test_back_off();
	test_stale();
	test_advice();
	return done_testing();
}
