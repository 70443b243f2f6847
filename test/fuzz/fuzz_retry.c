/*
 * fuzz_retry.c
 *		What a reply's head advises, what an error's code means, and the policy.
 *
 * The input is a head, each line with its line end, up to an empty line: its
 * first line is "HTTP/1.1 STATUS CODE", with the error's code for a reason.
 * What follows is the number of retries and then a fault a byte.
 */
#include "fuzz.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "retry.h"

/* 2024-11-19T09:47:43Z */
#define SOME_TIME 1732009663

/* What the head must be understood to say, by regular expressions. */
typedef struct Expected
{
	bool		has_after;
	int64_t		after_s;
	bool		has_after_date;
	int64_t		after_date;
	bool		has_date;
	int64_t		date;
} Expected;

static regex_t number_form;
static regex_t date_form;

/*
 * ---- the head ----
 */

static void
compile_forms(void)
{
	static bool done = false;

	if (done)
		return;
	done = true;
	CHECK(regcomp(&number_form, "^retry-after:[ \t]*([0-9]{1,100})[ \t]*\r?\n?$",
				  REG_EXTENDED | REG_ICASE) == 0);
	CHECK(regcomp(&date_form, "^[^:]*:[ \t]*((Mon|Tue|Wed|Thu|Fri|Sat|Sun), (0[1-9]|[12][0-9]|3[01]) "
				  "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (19[7-9][0-9]|[2-9][0-9]{3}) "
				  "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9] GMT)[ \t]*\r?\n?$", REG_EXTENDED) == 0);
}

/* The date in a line that has one in the form of RFC 9110. */
static bool
read_date(const char *line, int64_t *seconds)
{
	regmatch_t	match[2];
	struct tm	tm = {0};

	if (regexec(&date_form, line, 2, match, 0) != 0)
		return false;
	CHECK(strptime(line + match[1].rm_so, "%a, %d %b %Y %H:%M:%S GMT", &tm) != NULL);
	*seconds = (int64_t) timegm(&tm);
	return true;
}

static void
expect_line(Expected *expected, const char *line)
{
	regmatch_t	match[2];

	if (regexec(&number_form, line, 2, match, 0) == 0)
	{
		double		seconds = strtod(line + match[1].rm_so, NULL);

		expected->has_after = true;
		expected->after_s = seconds < ADVICE_S_MAX ? (int64_t) seconds : ADVICE_S_MAX;
	}
	else if (strncasecmp(line, "retry-after:", 12) == 0 && read_date(line, &expected->after_date))
		expected->has_after_date = true;
	else if (strncasecmp(line, "date:", 5) == 0 && read_date(line, &expected->date))
		expected->has_date = true;
}

/* A line that the forms do not know may yet be understood, in its own way. */
static bool
is_known(const char *line)
{
	regmatch_t	match[2];
	int64_t		seconds;

	return (strncasecmp(line, "retry-after", 11) != 0 && strncasecmp(line, "date", 4) != 0) ||
		regexec(&number_form, line, 2, match, 0) == 0 || read_date(line, &seconds);
}

static void
check_expected(const TuyaRetryAdvice *advice, const Expected *expected)
{
	CHECK(!expected->has_after || (advice->has_after && advice->after_s == expected->after_s));
	CHECK(!expected->has_after_date ||
		  (advice->has_after_date && advice->after_date == expected->after_date));
	CHECK(!expected->has_date || (advice->has_date && advice->date == expected->date));
}

static void
check_wait(const TuyaRetryAdvice *advice, int64_t now)
{
	int64_t		wait = tuya_retry_advised_wait(advice, now);

	CHECK(wait >= -1 && wait <= ADVICE_S_MAX);
	CHECK((wait >= 0) == (advice->has_after || advice->has_after_date || advice->used_up));
	CHECK(!advice->has_after || wait >= advice->after_s);
	CHECK(!advice->used_up || wait >= advice->used_up_s);
}

/* Passes on the lines of the head; input becomes what follows it. */
static void
note_head(TuyaRetryAdvice *advice, Expected *expected, FuzzInput *input)
{
	bool		all_known = true;
	FuzzInput	piece;

	while (fuzz_next(input, '\n', &piece) && piece.len > 0 && piece.data[0] != '\r')
	{
		char	   *line;
		char	   *text;

		/* with its line end, where it has one */
		piece.len += piece.data + piece.len < input->data;
		line = fuzz_copy(piece);
		text = fuzz_text(piece);
		tuya_retry_note_header(advice, line, piece.len);
		if (strlen(text) == piece.len)
		{
			expect_line(expected, text);
			all_known = all_known && is_known(text);
		}
		else
			all_known = false;
		free(line);
		free(text);
	}
	if (all_known)
		check_expected(advice, expected);
}

static void
check_head(TuyaRetryAdvice *advice, FuzzInput *input)
{
	Expected	expected = {0};
	FuzzInput	again = *input;
	TuyaRetryAdvice twice;

	note_head(advice, &expected, input);
	CHECK(advice->after_s >= 0 && advice->after_s <= ADVICE_S_MAX);
	CHECK(advice->used_up_s >= 0 && advice->used_up_s <= ADVICE_S_MAX);
	check_wait(advice, 0);
	check_wait(advice, SOME_TIME);
	check_wait(advice, INT64_MAX / 2);

	/* to be told twice is to be told once */
	twice = *advice;
	note_head(&twice, &expected, &again);
	CHECK(tuya_retry_advised_wait(&twice, SOME_TIME) == tuya_retry_advised_wait(advice, SOME_TIME));
}

/*
 * ---- the code ----
 */

/* Whether a code is one that the table has, which then decides alone. */
static bool
decides(const char *code)
{
	return tuya_retry_classify(code, 200) != TUYA_ERROR_OTHER;
}

static void
check_code(const char *code, int http_status)
{
	TuyaErrorClass class = tuya_retry_classify(code, http_status);
	char	   *other_case = strdup(code);

	for (char *p = other_case; *p; p++)
	{
		if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
			*p ^= 'a' ^ 'A';
	}
	CHECK(class >= TUYA_ERROR_THROTTLED && class <= TUYA_ERROR_OTHER);
	CHECK(tuya_retry_classify(other_case, http_status) == class);
	CHECK(class == tuya_retry_classify(decides(code) ? code : NULL, decides(code) ? 200 : http_status));
	free(other_case);
}

/* Reads "HTTP/1.1 503 Throttling.User". */
static void
check_status_line(FuzzInput input)
{
	FuzzInput	piece = {input.data, 0};
	char	   *line;
	char	   *status;
	char	   *code;

	fuzz_next(&input, '\n', &piece);
	line = fuzz_text(piece);
	status = strchr(line, ' ');
	code = status != NULL ? strchr(status + 1, ' ') : NULL;
	if (code != NULL)
	{
		code[strcspn(code, "\r")] = '\0';
		check_code(code + 1, atoi(status));
	}
	free(line);
}

/*
 * ---- the policy ----
 */

/* How many times the request may be sent again for faults of that kind. */
static int
most(TuyaFault fault, int retries)
{
	switch (fault)
	{
		case TUYA_FAULT_FINAL:
			return 0;
		case TUYA_FAULT_OWN:
			return retries;
		case TUYA_FAULT_NONCE:
			return 1;
		case TUYA_FAULT_CLOCK:
			return CLOCK_CORRECTIONS_MAX;
		default:
			return INT32_MAX;
	}
}

/* The longest back-off after so many faults that are backed off for. */
static int64_t
longest_back_off(int times)
{
	int64_t		ms = BACK_OFF_BASE_MS;

	while (--times > 0 && ms < BACK_OFF_MAX_MS)
		ms *= 2;
	return (ms < BACK_OFF_MAX_MS ? ms : BACK_OFF_MAX_MS) * 1000;
}

static void
check_policy(const TuyaRetryAdvice *advice, FuzzInput input)
{
	TuyaRetryHistory history = {0};
	int			retries = fuzz_byte(&input) % 16;
	int			stale_max = retries % 2 ? 4 : 260;
	int			times[TUYA_FAULT_CLOCK + 1] = {0};

	while (input.len > 0)
	{
		uint8_t		byte = fuzz_byte(&input);
		TuyaFault	fault = byte % 8 <= TUYA_FAULT_CLOCK ? byte % 8 : TUYA_FAULT_STALE;
		int64_t		advised = byte & 8 ? tuya_retry_advised_wait(advice, SOME_TIME) : -1;
		double		random = (byte >> 4) / 15.000001;
		int64_t		wait = -1;
		bool		again = tuya_retry_again(&history, fault, retries, stale_max, true, advised, random, &wait);
		int64_t		longest = 0;

		times[fault]++;
		CHECK(again == (times[fault] <= most(fault, retries)));
		if (fault == TUYA_FAULT_STALE && times[fault] > stale_max)
			fault = TUYA_FAULT_SHARED;
		if (fault == TUYA_FAULT_OWN)
			longest = longest_back_off(times[fault]);
		else if (fault == TUYA_FAULT_SHARED)
			longest = longest_back_off(times[fault] + (times[TUYA_FAULT_STALE] > stale_max ?
													   times[TUYA_FAULT_STALE] - stale_max : 0));
		if (longest < advised * 1000000)
			longest = advised * 1000000;
		CHECK(wait >= 0 && wait <= longest && wait >= advised * 1000000);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput	input = {data, size};
	TuyaRetryAdvice advice = {0};

	compile_forms();
	check_status_line(input);
	check_head(&advice, &input);
	check_policy(&advice, input);
	return 0;
}
