/*
 * test_mstime.c
 *		Promises of mstime.h.
 */
#include "mstime.h"

#include <inttypes.h>
#include <stdio.h>

#include "test.h"

static void
is_time(const char *text, int64_t us)
{
	int64_t		got = -1;
	bool		taken = tuya_mstime_parse(text, &got);

	ok(taken && got == us, "\"%s\" is %" PRId64 " (%s%" PRId64 ")", text, us, taken ? "" : "refused ", got);
}

int
main(void)
{
	static const char *const texts[] = {
		"", " ", "-", "+1", "--1", "1-", "1.5", "1.0", "1e3", "1E3", "0x1", " 1", "1 ", "1\n", "1,000",
		"NaN", "Infinity", "now", "null", "true", "2019-02-20T02:16:09Z", "Wed, 20-Feb-2019 02:16:09 GMT",
		/* beyond the years 1 and 9999, among them microseconds, and beyond 64 bits */
		"253402300800000", "-62135596800001", "1550628969000000", "9223372036854775807",
		"9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551617",
		"340282366920938463463374607431768211457", "99999999999999999999999999999999999999999999999",
		"\xD9\xA1", "\xEF\xBC\x91"
	};

	is_time("0", 0);
	is_time("-0", 0);
	is_time("1", 1000);
	is_time("-1", -1000);
	is_time("1550628969000", INT64_C(1550628969000000));
	is_time("1550628969123", INT64_C(1550628969123000));
	is_time("0001550628969123", INT64_C(1550628969123000));
	is_time("253402300799999", INT64_C(253402300799999000));
	is_time("-62135596800000", INT64_C(-62135596800000000));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ok(!tuya_mstime_parse(texts[i], &(int64_t) {0}), "\"%s\" is not a time", texts[i]);
	return done_testing();
}
