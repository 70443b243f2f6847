/*
 * value.c
 *		An option's value, from text to what a TuyaSettings holds.
 */
#include "postgres.h"

#include "option/internal.h"

#include "utils/builtins.h"
#include "utils/guc.h"

/* Parses a duration into ms; false if it is none or has no unit, which only 0 need not have. */
static bool
parse_duration(const char *value, int *ms)
{
	size_t		len = strlen(value);

	*ms = 0;
	return strcmp(value, "0") == 0 || (len > 0 && isalpha((unsigned char) value[len - 1]) &&
									   parse_int(value, ms, GUC_UNIT_MS, NULL));
}

/* Parses a whole number; false if it is none. */
static bool
parse_whole(const char *value, int *number)
{
	/* parse_int() would round 1.5 */
	return strspn(value, "0123456789") == strlen(value) && parse_int(value, number, 0, NULL);
}

static void
store_int(TuyaSettings *settings, const TuyaOption *option, int value)
{
	if (settings)
		*(int *) ((char *) settings + option->field) = value;
}

static void
parse_number(TuyaSettings *settings, const TuyaOption *option, const char *value)
{
	bool		duration = option->type == OPTION_DURATION;
	int			number;

	if (!(duration ? parse_duration(value, &number) : parse_whole(value, &number)) ||
		number < option->min || number > option->max)
		tuya_option_bad_value(option->name, NULL,
							  duration ?
							  psprintf("A duration from %d ms to %d h, with its unit: ms, s, min or h.",
									   option->min, option->max / MS_PER_H) :
							  psprintf("A whole number from %d to %d.", option->min, option->max));
	store_int(settings, option, number);
}

/* "error" is 0, the other word 1. */
static void
parse_softened(TuyaSettings *settings, const TuyaOption *option, const char *value,
			   const char *other)
{
	if (strcmp(value, "error") != 0 && strcmp(value, other) != 0)
		tuya_option_bad_value(option->name, NULL,
							  psprintf("Valid values are \"error\" and \"%s\".", other));
	store_int(settings, option, strcmp(value, other) == 0);
}

static void
parse_boolean(TuyaSettings *settings, const TuyaOption *option, const char *value)
{
	bool		parsed;

	if (!parse_bool(value, &parsed))
		tuya_option_bad_value(option->name, NULL, "Valid values are \"on\" and \"off\".");
	store_int(settings, option, parsed);
}

void
tuya_option_parse(TuyaSettings *settings, const TuyaOption *option, const char *value)
{
	switch (option->type)
	{
		case OPTION_STRING:
			if (settings && option->field != NO_FIELD)
				*(char **) ((char *) settings + option->field) = pstrdup(value);
			break;
		case OPTION_DURATION:
		case OPTION_INTEGER:
			parse_number(settings, option, value);
			break;
		case OPTION_BOOLEAN:
			parse_boolean(settings, option, value);
			break;
		case OPTION_ON_INCOMPLETE:
			parse_softened(settings, option, value, "warning");
			break;
		case OPTION_ON_ERROR:
			parse_softened(settings, option, value, "row");
			break;
	}
}
