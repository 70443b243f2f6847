/*
 * extra.c
 *		The option extra_parameters: from text to names and values.
 */
#include "postgres.h"

#include "option/internal.h"

#include "mb/pg_wchar.h"

#include "api/action.h"

/* A request's URL must hold them encoded, three bytes for one, beside the keys. */
#define EXTRA_BYTES_MAX 4096

#define FORM_HINT "The form is NAME=VALUE&NAME=VALUE..."

/* Parameters that requests have anyway: they cannot be given twice. */
static bool
is_common_parameter(const char *name)
{
	static const char *const names[] = {
		"AccessKeyId", "SignatureMethod", "SignatureNonce", "Timestamp", "Signature"
	};

	for (size_t i = 0; i < lengthof(names); i++)
		if (pg_strcasecmp(name, names[i]) == 0)
			return true;
	return tuya_action_any_has_parameter(name);
}

static char *
decode(const char *text, size_t len)
{
	TuyaBuf		buf;
	char	   *result = NULL;

	tuya_buf_init(&buf, len + 1);
	if (tuya_url_append_decoded(&buf, text, len) &&
		pg_verify_mbstr(PG_UTF8, buf.data, buf.len, true))
		result = pstrdup(buf.data);
	tuya_buf_free(&buf);
	if (result == NULL)
		tuya_option_bad_value("extra_parameters",
							  "An escape is not %XY with two hexadecimal digits, or is %00, or no part of UTF-8.",
							  "Write %25 for \"%\".");
	return result;
}

/* Whether the name is AccessKeySecret, however its words are divided. */
static bool
is_secret(const char *name)
{
	const char *secret = "accesskeysecret";

	for (; *name; name++)
	{
		if (strchr("-_.~", *name))
			continue;
		if (pg_tolower((unsigned char) *name) != *secret)
			return false;
		secret++;
	}
	return *secret == '\0';
}

/*
 * Names are plain words.  What else there is comes from a whole URL, or the
 * question mark before its query; it is not shown, for it may have a password.
 */
static void
check_name(const char *name)
{
	static const char plain[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

	if (name[strspn(name, plain)] != '\0')
		tuya_option_bad_value("extra_parameters",
							  "A parameter's name has another character than letters, digits, \"-\", \"_\", \".\" and \"~\".",
							  FORM_HINT);
	if (is_secret(name))
		tuya_option_bad_value("extra_parameters", "The secret is no parameter; requests are signed with it.",
							  "Set \"access_key_secret\" of the user mapping.");
	if (is_common_parameter(name))
		tuya_option_bad_value("extra_parameters",
							  psprintf("\"%s\" is a parameter that every request has.", name), NULL);
}

/*
 * What a query has in no place, or is there by mistake: white space, a second
 * question mark.  The text is UTF-8.
 */
static void
check_characters(const char *text)
{
	if (tuya_option_find_stray(text) || strpbrk(text, "#?"))
		tuya_option_bad_value("extra_parameters",
							  "It has white space, a control character, \"#\" or \"?\".",
							  "Write %20 for a space, %23 for \"#\", %3F for \"?\".");
}

static TuyaParam
parse_pair(const char *pair, size_t len)
{
	const char *equals = memchr(pair, '=', len);
	TuyaParam	param;

	if (equals == NULL || equals == pair)
		tuya_option_bad_value("extra_parameters", "A part is not NAME=VALUE.", FORM_HINT);
	param.name = decode(pair, equals - pair);
	check_name(param.name);
	param.value = decode(equals + 1, len - (equals + 1 - pair));
	return param;
}

int
tuya_option_parse_extra(const char *text, TuyaParam **params)
{
	char	   *utf8;
	int			count = 0;

	*params = NULL;
	if (text == NULL || text[0] == '\0')
		return 0;
	if (strlen(text) > EXTRA_BYTES_MAX)
		tuya_option_bad_value("extra_parameters",
							  psprintf("It has more than %d bytes.", EXTRA_BYTES_MAX), NULL);
	utf8 = pg_server_to_any(text, strlen(text), PG_UTF8);
	check_characters(utf8);
	*params = palloc(sizeof(TuyaParam) * (strlen(utf8) + 1));
	for (char *pair = utf8; pair; count++)
	{
		size_t		len = strcspn(pair, "&");

		(*params)[count] = parse_pair(pair, len);
		for (int i = 0; i < count; i++)
			if (strcmp((*params)[i].name, (*params)[count].name) == 0)
				tuya_option_bad_value("extra_parameters",
									  psprintf("\"%s\" is there twice.", (*params)[i].name), NULL);
		pair = pair[len] == '&' ? pair + len + 1 : NULL;
	}
	return count;
}
