/*
 * codes.c
 *		The option ignored_codes: a list of API error codes that mean "no rows".
 */
#include "postgres.h"

#include "option/internal.h"

#include "core/retry.h"

#define SEPARATORS ", \t\r\n"

/* The next code of the list, its length in *len, or NULL; *list moves on. */
static const char *
next_code(const char **list, size_t *len)
{
	const char *code = *list + strspn(*list, SEPARATORS);

	*len = strcspn(code, SEPARATORS);
	*list = code + *len;
	return *len > 0 ? code : NULL;
}

bool
tuya_option_ignores(const char *ignored_codes, const char *code)
{
	const char *list = ignored_codes ? ignored_codes : "";
	const char *candidate;
	size_t		len;

	while ((candidate = next_code(&list, &len)) != NULL)
		if (strlen(code) == len && pg_strncasecmp(candidate, code, len) == 0)
			return true;
	return false;
}

/* What the code says if it cannot mean "no rows", else NULL. */
static const char *
meaning_of(const char *code)
{
	switch (tuya_retry_classify(code, 200))
	{
		case TUYA_ERROR_THROTTLED:
			return "is the service's rate limit";
		case TUYA_ERROR_TROUBLE:
			return "is a failure of the service, which is tried again";
		case TUYA_ERROR_NONCE:
			return "is about a nonce, and is tried again";
		case TUYA_ERROR_CREDENTIALS:
			return "is about credentials";
		case TUYA_ERROR_CLOCK:
			return "is about clocks";
		case TUYA_ERROR_NOT_FOUND:
		case TUYA_ERROR_REQUEST:
		case TUYA_ERROR_OTHER:
			break;
	}
	return NULL;
}

void
tuya_option_check_ignored_codes(const char *value)
{
	static const char *hint =
	"The form is CODE,CODE..., of codes that mean that there are no rows, such as iot.device.NotExistedDevice.";
	const char *list = value;
	const char *found;
	size_t		len;
	int			count = 0;

	for (; (found = next_code(&list, &len)) != NULL; count++)
	{
		const char *code = pnstrdup(found, len);
		const char *meaning = meaning_of(code);

		if (meaning)
			tuya_option_bad_value("ignored_codes", psprintf("\"%s\" %s.", code, meaning), hint);
	}
	if (count == 0)
		tuya_option_bad_value("ignored_codes", "It has no code.", hint);
}
