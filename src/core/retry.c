/*
 * retry.c
 *		What an error means, and whether and when a request is sent again.
 *
 * The table of codes is all that is known of the service's errors, and of its
 * relative's.  The first entry that matches holds, so an exception stands before its rule.
 */
#include "retry.h"

#include <string.h>

#include "ascii.h"
#include "isotime.h"

/* Longer values than Retry-After, Date and x-ratelimit-* can have are not theirs. */
#define VALUE_BYTES_MAX 128

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

/*
 * ---- what does not exist ----
 *
 * "x.NotExistedThing", "ThingNotFound", "THING_NOT_FOUND": without what stands between
 * words, and in lower case, a code is some words, a phrase of absence, and the thing,
 * either behind it or, if nothing is there, at the end of what is before it.
 */

/* Longer codes say nothing. */
#define CODE_BYTES_MAX 256

/* Letters and digits alone, in lower case; false if it is too long. */
static bool
simplify(const char *code, char simple[CODE_BYTES_MAX])
{
	size_t		len = 0;

	for (; *code; code++)
	{
		char		c = tuya_ascii_lower(*code);

		if (strchr(" ._-:/", c))
			continue;
		if (len == CODE_BYTES_MAX - 1)
			return false;
		simple[len++] = c;
	}
	simple[len] = '\0';
	return true;
}

/* Cuts what the text ends with, if it does. */
static void
cut_end(char *text, const char *end)
{
	size_t		len = strlen(text);
	size_t		end_len = strlen(end);

	if (len >= end_len && strcmp(text + len - end_len, end) == 0)
		text[len - end_len] = '\0';
}

/* Whether the text, or its end, is one of the nouns, or its key, name or id. */
static bool
names_noun(char *text, bool at_end, const char *nouns)
{
	static const char *const endings[] = {"error", "exception", "does", "do", "is", "s", "key", "name", "id"};
	size_t		len;
	size_t		noun_len;

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		cut_end(text, endings[i]);
	len = strlen(text);
	for (; nouns && *nouns; nouns += noun_len + strspn(nouns + noun_len, " "))
	{
		noun_len = strcspn(nouns, " ");
		if (len >= noun_len && (at_end || len == noun_len) &&
			memcmp(text + len - noun_len, nouns, noun_len) == 0)
			return true;
	}
	return false;
}

bool
tuya_retry_says_absent(const char *code, const char *nouns)
{
	/* the longer ones first */
	static const char *const phrases[] = {"notexisted", "notexists", "notexist", "notfound", "nosuch"};
	char		simple[CODE_BYTES_MAX];

	if (!simplify(code, simple))
		return false;
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
	{
		char	   *phrase = strstr(simple, phrases[i]);
		char	   *behind;

		if (phrase == NULL)
			continue;
		behind = phrase + strlen(phrases[i]);
		cut_end(behind, "error");
		cut_end(behind, "exception");
		if (*behind != '\0')
			return names_noun(behind, false, nouns);
		*phrase = '\0';
		return names_noun(simple, true, nouns);
	}
	return false;
}

/*
 * ---- headers ----
 */

/* Whether the text looks like that one: digits where it has 0, letters where it has a. */
static bool
has_shape(const char *text, const char *shape)
{
	for (; *shape; text++, shape++)
	{
		char		c = tuya_ascii_lower(*text);

		if (*shape == '0' ? c < '0' || c > '9' : *shape == 'a' ? c < 'a' || c > 'z' : *text != *shape)
			return false;
	}
	return *text == '\0';
}

/* The number that so many digits tell. */
static int
digits_value(const char *digits, int ndigits)
{
	int			value = 0;

	for (int i = 0; i < ndigits; i++)
		value = value * 10 + (digits[i] - '0');
	return value;
}

/*
 * "Sun, 06 Nov 1994 08:49:37 GMT", the one form that RFC 9110 lets a server
 * send, into seconds since 1970.  strptime() would ask the locale.
 */
static bool
parse_date(const char *value, int64_t *seconds)
{
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
	"Nov", "Dec"};
	int			month = 0;
	int			year;

	if (!has_shape(value, "aaa, 00 aaa 0000 00:00:00 GMT"))
		return false;
	while (month < 12 && memcmp(value + 8, months[month], 3) != 0)
		month++;
	year = digits_value(value + 12, 4);
	if (month == 12 || year < 1970)
		return false;
	*seconds = tuya_isotime_days(year, month + 1, digits_value(value + 5, 2)) * 86400 +
		(digits_value(value + 17, 2) * 60 + digits_value(value + 20, 2)) * 60 +
		digits_value(value + 23, 2);
	return true;
}

/* A whole number that may be of any length; *rest is what comes after it. */
static bool
parse_number(const char *value, int64_t *number, const char **rest)
{
	size_t		digits = strspn(value, "0123456789");

	*number = 0;
	for (size_t i = 0; i < digits && *number < ADVICE_S_MAX; i++)
		*number = *number * 10 + (value[i] - '0');
	if (*number > ADVICE_S_MAX)
		*number = ADVICE_S_MAX;
	*rest = value + digits;
	return digits > 0;
}

static void
note_retry_after(TuyaRetryAdvice *advice, const char *value)
{
	const char *rest;
	int64_t		seconds;

	if (parse_date(value, &seconds))
	{
		advice->has_after_date = true;
		advice->after_date = seconds;
	}
	else if (parse_number(value, &seconds, &rest) && *rest == '\0')
	{
		advice->has_after = true;
		advice->after_s = seconds;
	}
}

/* The number after "name:" somewhere in the value. */
static bool
find_number(const char *value, const char *name, int64_t *number)
{
	const char *found = strstr(value, name);
	const char *rest;

	if (found == NULL)
		return false;
	found += strlen(name);
	found += strspn(found, " ");
	if (*found != ':')
		return false;
	found++;
	return parse_number(found + strspn(found, " "), number, &rest);
}

/* "Remaining:10,TimeLeft:5"; the name is lower case already. */
static void
note_rate_limit(TuyaRetryAdvice *advice, char *value)
{
	int64_t		remaining;
	int64_t		left;

	for (char *p = value; *p; p++)
		*p = tuya_ascii_lower(*p);
	if (!find_number(value, "remaining", &remaining) ||
		!find_number(value, "timeleft", &left) || remaining > 0)
		return;
	if (!advice->used_up || left > advice->used_up_s)
		advice->used_up_s = left;
	advice->used_up = true;
}

/* Whether the line begins with that name, in lower case; *len grows by its length. */
static bool
begins_with(const char *line, size_t line_len, const char *name, size_t *len)
{
	size_t		i;

	for (i = 0; name[i]; i++)
	{
		if (i >= line_len || tuya_ascii_lower(line[i]) != name[i])
			return false;
	}
	*len = i;
	return true;
}

/* Copies the value after the colon at that place, without the white space around it. */
static bool
copy_value(char value[VALUE_BYTES_MAX], const char *line, size_t len, size_t colon)
{
	size_t		begin = colon + 1;

	if (colon >= len || line[colon] != ':')
		return false;
	while (begin < len && (line[begin] == ' ' || line[begin] == '\t'))
		begin++;
	while (len > begin && strchr(" \t\r\n", line[len - 1]))
		len--;
	if (len - begin >= VALUE_BYTES_MAX || memchr(line + begin, '\0', len - begin))
		return false;
	memcpy(value, line + begin, len - begin);
	value[len - begin] = '\0';
	return true;
}

void
tuya_retry_note_header(TuyaRetryAdvice *advice, const char *line, size_t len)
{
	char		value[VALUE_BYTES_MAX];
	size_t		colon;

	if (begins_with(line, len, "retry-after", &colon))
	{
		if (copy_value(value, line, len, colon))
			note_retry_after(advice, value);
	}
	else if (begins_with(line, len, "date", &colon))
	{
		if (copy_value(value, line, len, colon) && parse_date(value, &advice->date))
			advice->has_date = true;
	}
	else if (begins_with(line, len, "x-ratelimit-", &colon))
	{
		while (colon < len && line[colon] != ':')
			colon++;
		if (copy_value(value, line, len, colon))
			note_rate_limit(advice, value);
	}
}

int64_t
tuya_retry_advised_wait(const TuyaRetryAdvice *advice, int64_t now)
{
	int64_t		wait = -1;

	if (advice->has_after)
		wait = advice->after_s;
	else if (advice->has_after_date)
		wait = advice->after_date - (advice->has_date ? advice->date : now);
	if (wait < 0 && (advice->has_after || advice->has_after_date))
		wait = 0;
	if (advice->used_up && advice->used_up_s > wait)
		wait = advice->used_up_s;
	return wait > ADVICE_S_MAX ? ADVICE_S_MAX : wait;
}

/*
 * ---- policy ----
 */

/* Exponential, with full jitter: anything from nothing to the whole of it. */
static int64_t
back_off_us(int times, double random)
{
	int64_t		most_ms = BACK_OFF_BASE_MS;

	for (int i = 1; i < times && most_ms < BACK_OFF_MAX_MS; i++)
		most_ms *= 2;
	if (most_ms > BACK_OFF_MAX_MS)
		most_ms = BACK_OFF_MAX_MS;
	return (int64_t) ((double) most_ms * 1000 * random);
}

bool
tuya_retry_again(TuyaRetryHistory *history, TuyaFault fault, int retries,
				 int stale_max, bool shared, int64_t advised_s, double random,
				 int64_t *wait_us)
{
	bool		again = true;

	*wait_us = 0;
	if (fault == TUYA_FAULT_STALE && ++history->stale > stale_max)
		fault = shared ? TUYA_FAULT_SHARED : TUYA_FAULT_OWN;

	switch (fault)
	{
		case TUYA_FAULT_FINAL:
			again = false;
			break;
		case TUYA_FAULT_OWN:
			again = ++history->own <= retries;
			*wait_us = back_off_us(history->own, random);
			break;
		case TUYA_FAULT_SHARED:
			*wait_us = back_off_us(++history->shared, random);
			break;
		case TUYA_FAULT_STALE:
			break;
		case TUYA_FAULT_THROTTLED:
			/* the limiter slows all requests down; this one need not wait for itself */
			history->throttled++;
			break;
		case TUYA_FAULT_NONCE:
			again = ++history->nonce <= 1;
			break;
		case TUYA_FAULT_CLOCK:
			again = ++history->clock <= CLOCK_CORRECTIONS_MAX;
			break;
	}
	if (advised_s > 0 && *wait_us < advised_s * 1000000)
		*wait_us = advised_s * 1000000;
	return again;
}
