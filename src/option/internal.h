/*
 * internal.h
 *		What the files of option share.
 */
#ifndef TUYA_OPTION_INTERNAL_H
#define TUYA_OPTION_INTERNAL_H

#include "option/option.h"

/* On which objects an option may stand. */
#define ON_SERVER	0x01
#define ON_MAPPING	0x02
#define ON_TABLE	0x04
#define ON_COLUMN	0x08

#define MS_PER_S	1000
#define MS_PER_MIN	(60 * MS_PER_S)
#define MS_PER_H	(60 * MS_PER_MIN)

typedef enum TuyaOptionType
{
	OPTION_STRING,				/* char * */
	OPTION_DURATION,			/* int, in ms; a unit is required */
	OPTION_INTEGER,				/* int */
	OPTION_BOOLEAN,				/* int, a bool */
	OPTION_ON_INCOMPLETE,		/* int, a TuyaOnIncomplete */
	OPTION_ON_ERROR				/* int, a TuyaOnError */
} TuyaOptionType;

#define NO_FIELD ((size_t) -1)

typedef struct TuyaOption
{
	const char *name;
	int			where;			/* ON_... bits */
	bool		required;
	TuyaOptionType type;
	size_t		field;			/* offset in TuyaSettings, or NO_FIELD */
	const char *default_text;	/* as the documentation has it; NULL: none */
	int			min;			/* of durations (ms) and integers */
	int			max;
	void		(*check) (const char *value);	/* throws; may be NULL */
	const char *description;
} TuyaOption;

/*
 * ---- table.c ----
 */

extern const TuyaOption tuya_options[];
extern const size_t tuya_option_count;

/* The option of that name, or NULL. */
extern const TuyaOption *tuya_option_find(const char *name);

/*
 * ---- value.c ----
 */

/*
 * Parses a value and, unless settings is NULL, stores it.  Throws HV024 if it is
 * outside of what the option takes.
 */
extern void tuya_option_parse(TuyaSettings *settings, const TuyaOption *option, const char *value);

/*
 * ---- check.c, codes.c ----
 */

/* Throw HV024 if that is not a value of the option, 42501 if the user may not set it. */
extern void tuya_option_check_endpoint(const char *value);
extern void tuya_option_check_ca_file(const char *value);
extern void tuya_option_check_proxy(const char *value);
extern void tuya_option_check_extra_parameters(const char *value);
extern void tuya_option_check_access_key_id(const char *value);
extern void tuya_option_check_access_key_secret(const char *value);
extern void tuya_option_check_action(const char *value);
extern void tuya_option_check_list_path(const char *value);
extern void tuya_option_check_parameter(const char *value);
extern void tuya_option_check_field(const char *value);
extern void tuya_option_check_ignored_codes(const char *value);

/*
 * ---- stray.c ----
 */

/* Where text has the first character that is white space or does not show, from 1; 0: nowhere. */
extern int	tuya_option_find_stray(const char *utf8);

/*
 * ---- similar.c ----
 */

/* Of these names the one that differs from the word in a few letters, in any case; NULL: none. */
extern const char *tuya_option_find_similar(const char *word, List *names);

/*
 * ---- error.c ----
 */

/* Throws HV024 for the option; detail and hint may be NULL. */
extern _Noreturn void tuya_option_bad_value(const char *name, const char *detail,
											const char *hint);

#endif							/* TUYA_OPTION_INTERNAL_H */
