/*
 * option.c
 *		The options of servers, user mappings, foreign tables and columns.
 *
 * To add an option, add a line to the table and, if it has a value that a
 * TuyaSettings holds, the field.  Values of a user mapping never appear in a
 * message.
 */
#include "postgres.h"

#include "option/option.h"

#include "access/reloptions.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/guc.h"
#include "utils/tuplestore.h"
#include "utils/varlena.h"

#include "api/column.h"
#include "http/http.h"

/* On which objects an option may stand. */
#define ON_SERVER	0x01
#define ON_MAPPING	0x02
#define ON_TABLE	0x04
#define ON_COLUMN	0x08

/* Real ones have some 30. */
#define CREDENTIAL_BYTES_MAX 1024

/* As far as this from a name, a word may be meant for it. */
#define NEAR_MISS_MAX 4

#define MS_PER_S	1000
#define MS_PER_MIN	(60 * MS_PER_S)
#define MS_PER_H	(60 * MS_PER_MIN)

typedef enum OptionType
{
	OPTION_STRING,				/* char * */
	OPTION_DURATION,			/* int, in ms; a unit is required */
	OPTION_INTEGER,				/* int */
	OPTION_BOOLEAN,				/* int, a bool */
	OPTION_ON_INCOMPLETE		/* int, a TuyaOnIncomplete */
} OptionType;

#define NO_FIELD ((size_t) -1)

typedef struct Option
{
	const char *name;
	int			where;			/* ON_... bits */
	bool		required;
	OptionType	type;
	size_t		field;			/* offset in TuyaSettings, or NO_FIELD */
	const char *default_text;	/* as the documentation has it; NULL: none */
	int			min;			/* of durations (ms) and integers */
	int			max;
	void		(*check) (const char *value);	/* throws; may be NULL */
	const char *description;
} Option;

static void check_endpoint(const char *value);
static void check_ca_file(const char *value);
static void check_proxy(const char *value);
static void check_extra_parameters(const char *value);
static void check_access_key_id(const char *value);
static void check_access_key_secret(const char *value);
static void check_parameter(const char *value);
static void check_field(const char *value);

#define FIELD(name) offsetof(TuyaSettings, name)

static const Option options[] = {
	{"endpoint", ON_SERVER, true, OPTION_STRING, FIELD(endpoint), NULL, 0, 0, check_endpoint,
	"https://HOST[:PORT]/ of the service"},
	{"ca_file", ON_SERVER, false, OPTION_STRING, FIELD(ca_file), NULL, 0, 0, check_ca_file,
	"PEM file of the authorities to trust instead of the system's"},
	{"proxy", ON_SERVER, false, OPTION_STRING, FIELD(proxy), NULL, 0, 0, check_proxy,
	"https, http or socks5h URL of a proxy"},
	{"extra_parameters", ON_SERVER, false, OPTION_STRING, FIELD(extra_parameters), NULL, 0, 0,
		check_extra_parameters,
	"NAME=VALUE&... to send and sign with every request"},
	{"connect_timeout", ON_SERVER, false, OPTION_DURATION, FIELD(connect_timeout), "5s",
		1, MS_PER_H, NULL,
	"limit on name resolution, connecting and TLS of one attempt"},
	{"request_timeout", ON_SERVER, false, OPTION_DURATION, FIELD(request_timeout), "30s",
		1, MS_PER_H, NULL,
	"limit on one attempt"},
	{"lookup_timeout", ON_SERVER, false, OPTION_DURATION, FIELD(lookup_timeout), "5min",
		1, 24 * MS_PER_H, NULL,
	"limit on all pages of one lookup"},
	{"concurrency", ON_SERVER, false, OPTION_INTEGER, FIELD(concurrency), "16",
		1, CONCURRENCY_MAX, NULL,
	"requests in flight at once, for each backend"},
	{"rate_limit", ON_SERVER, false, OPTION_INTEGER, FIELD(rate_limit), "0",
		0, 100000, NULL,
	"requests a second; 0 for no limit but the service's own"},
	{"retries", ON_SERVER, false, OPTION_INTEGER, FIELD(retries), "5",
		0, 100, NULL,
	"how often a request that failed by its own fault is sent again"},
	{"keep_connections", ON_SERVER, false, OPTION_BOOLEAN, FIELD(keep_connections), "on",
		0, 0, NULL,
	"on: connections are kept until they idle for a minute; off: to the end of the transaction"},
	{"page_size", ON_SERVER | ON_TABLE, false, OPTION_INTEGER, FIELD(page_size), "100",
		1, PAGE_SIZE_MAX, NULL,
	"jobs to ask for with one request"},
	{"rows_per_lookup", ON_SERVER | ON_TABLE, false, OPTION_INTEGER, FIELD(rows_per_lookup), "10",
		1, 1000000, NULL,
	"the planner's estimate of jobs for one key"},
	{"on_incomplete", ON_SERVER | ON_TABLE, false, OPTION_ON_INCOMPLETE, FIELD(on_incomplete), "error",
		0, 0, NULL,
	"error or warning: when the pages of a lookup do not add up"},
	{"ignored_codes", ON_SERVER | ON_TABLE, false, OPTION_STRING, FIELD(ignored_codes), NULL, 0, 0,
		tuya_option_check_ignored_codes,
	"API error codes, by comma, that mean: no rows"},
	{"access_key_id", ON_MAPPING, true, OPTION_STRING, FIELD(access_key_id), NULL, 0, 0,
		check_access_key_id,
	"AccessKeyId of the account"},
	{"access_key_secret", ON_MAPPING, true, OPTION_STRING, FIELD(access_key_secret), NULL, 0, 0,
		check_access_key_secret,
	"secret that signs requests"},
	{"parameter", ON_COLUMN, false, OPTION_STRING, NO_FIELD, NULL, 0, 0, check_parameter,
	"request parameter that this key column is, spelled as it shall be sent"},
	{"field", ON_COLUMN, false, OPTION_STRING, NO_FIELD, NULL, 0, 0, check_field,
	"field of the reply that this column shows"},
};

/* before 16 PG_FUNCTION_INFO_V1 does not export the function itself */
PGDLLEXPORT Datum tuya_fdw_validator(PG_FUNCTION_ARGS);
PGDLLEXPORT Datum tuya_fdw_options(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(tuya_fdw_validator);
PG_FUNCTION_INFO_V1(tuya_fdw_options);

void
tuya_option_bad_value(const char *name, const char *detail, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value for option \"%s\"", name),
			 detail ? errdetail_internal("%s", detail) : 0,
			 hint ? errhint("%s", hint) : 0));
}

/*
 * ---- values ----
 */

/* Parses a duration into ms; false if it is none or has no unit. */
static bool
parse_duration(const char *value, int *ms)
{
	size_t		len = strlen(value);

	return len > 0 && isalpha((unsigned char) value[len - 1]) &&
		parse_int(value, ms, GUC_UNIT_MS, NULL);
}

/* Parses a whole number; false if it is none. */
static bool
parse_whole(const char *value, int *number)
{
	/* parse_int() would round 1.5 */
	return strspn(value, "0123456789") == strlen(value) && parse_int(value, number, 0, NULL);
}

static void
store_int(TuyaSettings *settings, const Option *option, int value)
{
	if (settings)
		*(int *) ((char *) settings + option->field) = value;
}

static void
parse_number(TuyaSettings *settings, const Option *option, const char *value)
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

static void
parse_on_incomplete(TuyaSettings *settings, const Option *option, const char *value)
{
	if (strcmp(value, "error") == 0)
		store_int(settings, option, TUYA_INCOMPLETE_ERROR);
	else if (strcmp(value, "warning") == 0)
		store_int(settings, option, TUYA_INCOMPLETE_WARNING);
	else
		tuya_option_bad_value(option->name, NULL, "Valid values are \"error\" and \"warning\".");
}

static void
parse_boolean(TuyaSettings *settings, const Option *option, const char *value)
{
	bool		parsed;

	if (!parse_bool(value, &parsed))
		tuya_option_bad_value(option->name, NULL, "Valid values are \"on\" and \"off\".");
	store_int(settings, option, parsed);
}

/*
 * Parses a value and, unless settings is NULL, stores it.  Throws if it is
 * outside of what the option takes.
 */
static void
parse_value(TuyaSettings *settings, const Option *option, const char *value)
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
			parse_on_incomplete(settings, option, value);
			break;
	}
}

static const Option *
find_option(const char *name)
{
	for (size_t i = 0; i < lengthof(options); i++)
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

/*
 * ---- settings ----
 */

static void
apply(TuyaSettings *settings, List *defs, int where)
{
	ListCell   *lc;

	foreach(lc, defs)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const Option *option = find_option(def->defname);

		/* What an earlier version allowed and this one does not is refused, too. */
		if (option == NULL || !(option->where & where))
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("invalid option \"%s\"", def->defname)));
		parse_value(settings, option, defGetString(def));
	}
}

static void
require(const TuyaSettings *settings, int where, const char *object)
{
	for (size_t i = 0; i < lengthof(options); i++)
	{
		const Option *option = &options[i];

		if (option->required && (option->where & where) &&
			*(char *const *) ((const char *) settings + option->field) == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
					 errmsg("%s lacks the option \"%s\"", object, option->name)));
	}
}

void
tuya_option_get(TuyaSettings *settings, ForeignServer *server,
				ForeignTable *table, UserMapping *mapping)
{
	memset(settings, 0, sizeof(*settings));
	for (size_t i = 0; i < lengthof(options); i++)
		if (options[i].default_text)
			parse_value(settings, &options[i], options[i].default_text);

	apply(settings, server->options, ON_SERVER);
	require(settings, ON_SERVER, psprintf("server \"%s\"", server->servername));
	if (settings->endpoint[strlen(settings->endpoint) - 1] != '/')
		settings->endpoint = psprintf("%s/", settings->endpoint);
	if (table)
		apply(settings, table->options, ON_TABLE);
	if (mapping)
	{
		apply(settings, mapping->options, ON_MAPPING);
		require(settings, ON_MAPPING,
				psprintf("user mapping for server \"%s\"", server->servername));
	}
}

/*
 * ---- checks of single options ----
 */

static void
check_endpoint(const char *value)
{
	static const char *hint = "The form is https://HOST[:PORT]/.";
	TuyaHttpUrl parts;
	const char *wrong = tuya_http_check_url(value, &parts);

	if (wrong)
		tuya_option_bad_value("endpoint", psprintf("The URL %s.", wrong), hint);
	if (strcmp(parts.scheme, "https") == 0)
		return;
	if (strcmp(parts.scheme, "http") != 0)
		tuya_option_bad_value("endpoint", "The scheme is not https.", hint);
	if (!parts.loopback)
		tuya_option_bad_value("endpoint",
							  "Without TLS only 127.0.0.0/8, [::1] and localhost may be asked.", hint);
	if (!superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("only superusers may set an endpoint without TLS"),
				 errhint("%s", hint)));
}

/*
 * What is read here is read with the server's rights, so it takes the role
 * that may read the server's files.  The validator sees all options at once,
 * so a server that has a ca_file cannot be altered without that role.
 */
static void
check_ca_file(const char *value)
{
	if (value[0] != '/')
		tuya_option_bad_value("ca_file", "The path is not absolute.", NULL);
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to create or alter a server with the option \"ca_file\""),
				 errdetail("Only superusers and members of pg_read_server_files may do so.")));
}

static void
check_proxy(const char *value)
{
	TuyaHttpUrl parts;
	const char *wrong = tuya_http_check_url(value, &parts);
	const char *hint = "The form is SCHEME://HOST[:PORT], with scheme https, http or socks5h.";

	if (wrong)
		tuya_option_bad_value("proxy", psprintf("The URL %s.", wrong), hint);
	if (strcmp(parts.scheme, "https") != 0 && strcmp(parts.scheme, "http") != 0 &&
		strcmp(parts.scheme, "socks5h") != 0)
		tuya_option_bad_value("proxy", "The scheme is none of https, http and socks5h.", hint);
}

static void
check_extra_parameters(const char *value)
{
	TuyaParam  *params;

	(void) tuya_option_parse_extra(value, &params);
}

/* White space and what does not show: there by mistake, and a wrong signature for ever. */
static bool
is_stray(pg_wchar c)
{
	return c <= ' ' || (c >= 0x7f && c <= 0xa0) || c == 0xad || c == 0x1680 || (c >= 0x2000 && c <= 0x200f) ||
		(c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x206f) || c == 0x3000 || c == 0xfeff;
}

/* The value is not to be shown. */
static void
check_credential(const char *name, const char *value)
{
	const unsigned char *utf8;
	int			position = 1;

	if (strlen(value) > CREDENTIAL_BYTES_MAX)
		tuya_option_bad_value(name, psprintf("It has more than %d bytes.", CREDENTIAL_BYTES_MAX), NULL);
	utf8 = (unsigned char *) pg_server_to_any(value, (int) strlen(value), PG_UTF8);
	for (; *utf8; utf8 += pg_utf_mblen(utf8), position++)
		if (is_stray(utf8_to_unicode(utf8)))
			tuya_option_bad_value(name,
								  psprintf("Its character %d is white space or a control character.", position), NULL);
}

static void
check_access_key_id(const char *value)
{
	check_credential("access_key_id", value);
}

static void
check_access_key_secret(const char *value)
{
	check_credential("access_key_secret", value);
}

static void
check_parameter(const char *value)
{
	if (tuya_column_key_by_parameter(value) < 0)
		tuya_option_bad_value("parameter", NULL,
							  "Valid values are \"ProductKey\", \"DeviceName\" and \"FirmwareId\", in any case.");
}

static void
check_field(const char *value)
{
	StringInfoData hint;

	if (tuya_field_by_name(value) >= 0)
		return;
	initStringInfo(&hint);
	for (int i = 0; i < TUYA_FIELD_COUNT; i++)
		appendStringInfo(&hint, "%s%s", i ? ", " : "Valid values are: ", tuya_field_name(i));
	tuya_option_bad_value("field", NULL, psprintf("%s.", hint.data));
}

/*
 * ---- the validator ----
 */

static int
where_of_catalog(Oid catalog)
{
	switch (catalog)
	{
		case ForeignServerRelationId:
			return ON_SERVER;
		case UserMappingRelationId:
			return ON_MAPPING;
		case ForeignTableRelationId:
			return ON_TABLE;
		case AttributeRelationId:
			return ON_COLUMN;
		default:
			return 0;			/* the foreign-data wrapper itself has none */
	}
}

static const char *
where_text(int where)
{
	static const struct
	{
		int			bit;
		const char *text;
	}			names[] = {
		{ON_SERVER, "server"}, {ON_MAPPING, "user mapping"},
		{ON_TABLE, "table"}, {ON_COLUMN, "column"}
	};
	StringInfoData text;

	initStringInfo(&text);
	for (size_t i = 0; i < lengthof(names); i++)
		if (where & names[i].bit)
			appendStringInfo(&text, "%s%s", text.len ? ", " : "", names[i].text);
	return text.data;
}

/* The name of an option of that place that differs in a few letters, or NULL. */
static const char *
similar_name(const char *name, int where)
{
	int			len = (int) strlen(name);
	int			best = Min(NEAR_MISS_MAX, len / 2) + 1;
	const char *lower = asc_tolower(name, len);
	const char *similar = NULL;

	/* what the function below takes */
	if (len > NAMEDATALEN)
		return NULL;
	for (size_t i = 0; i < lengthof(options); i++)
	{
		int			distance;

		if (!(options[i].where & where))
			continue;
		distance = varstr_levenshtein_less_equal(lower, len, options[i].name, (int) strlen(options[i].name),
												 1, 1, 1, best, true);
		if (distance < best)
		{
			best = distance;
			similar = options[i].name;
		}
	}
	return similar;
}

static void
refuse_name(const char *name, const Option *option, int where)
{
	const char *similar = option ? NULL : similar_name(name, where);
	StringInfoData valid;

	initStringInfo(&valid);
	for (size_t i = 0; i < lengthof(options); i++)
		if (options[i].where & where)
			appendStringInfo(&valid, "%s%s", valid.len ? ", " : "", options[i].name);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 option ? errdetail("It is an option of: %s.", where_text(option->where)) : 0,
			 similar ? errhint("Perhaps you meant the option \"%s\". Valid options here are: %s.", similar, valid.data) :
			 valid.len ? errhint("Valid options here are: %s.", valid.data) :
			 errhint("There are no valid options here.")));
}

static void
require_options(List *defs, int where)
{
	for (size_t i = 0; i < lengthof(options); i++)
	{
		bool		found = false;
		ListCell   *lc;

		if (!options[i].required || !(options[i].where & where))
			continue;
		foreach(lc, defs)
		{
			DefElem    *def = lfirst_node(DefElem, lc);

			if (strcmp(def->defname, options[i].name) == 0)
				found = true;
		}
		if (!found)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
					 errmsg("option \"%s\" is required", options[i].name)));
	}
}

static void
validate(DefElem *def, int where)
{
	const Option *option = find_option(def->defname);
	const char *value = defGetString(def);

	if (option == NULL || !(option->where & where))
		refuse_name(def->defname, option, where);
	if (option->type == OPTION_STRING && value[0] == '\0')
		tuya_option_bad_value(option->name, "It is empty.", NULL);
	parse_value(NULL, option, value);
	if (option->check)
		option->check(value);
}

/*
 * Whether the statement may hold a secret: it is about a user mapping, or has an
 * option that belongs there, or one that nobody knows.
 */
static bool
may_have_secret(List *defs, int where)
{
	ListCell   *lc;

	if (where == ON_MAPPING)
		return true;
	foreach(lc, defs)
	{
		const Option *option = find_option(lfirst_node(DefElem, lc)->defname);

		if (option == NULL || option->where == ON_MAPPING)
			return true;
	}
	return false;
}

/* Keeps the statement out of the log, whatever is wrong with it. */
static void
hide_statement(void *arg)
{
	(void) arg;
	errhidestmt(true);
}

/* A request without TLS never goes through a proxy; then why give one? */
static void
check_server(List *defs)
{
	const char *endpoint = NULL;
	bool		proxy = false;
	ListCell   *lc;

	foreach(lc, defs)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		if (strcmp(def->defname, "endpoint") == 0)
			endpoint = defGetString(def);
		else if (strcmp(def->defname, "proxy") == 0)
			proxy = true;
	}
	if (proxy && endpoint && pg_strncasecmp(endpoint, "http:", 5) == 0)
		tuya_option_bad_value("proxy", "An endpoint without TLS is never asked through a proxy.", NULL);
}

static void
validate_all(List *defs, int where)
{
	ListCell   *lc;

	foreach(lc, defs)
		validate(lfirst_node(DefElem, lc), where);
	require_options(defs, where);
	if (where == ON_SERVER)
		check_server(defs);
	if (where == ON_COLUMN && list_length(defs) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("a column cannot have both \"parameter\" and \"field\"")));
}

Datum
tuya_fdw_validator(PG_FUNCTION_ARGS)
{
	List	   *defs = untransformRelOptions(PG_GETARG_DATUM(0));
	int			where = where_of_catalog(PG_GETARG_OID(1));
	ErrorContextCallback callback = {
		.callback = hide_statement,.previous = error_context_stack
	};

	if (may_have_secret(defs, where))
		error_context_stack = &callback;
	validate_all(defs, where);
	error_context_stack = callback.previous;
	PG_RETURN_VOID();
}

/* SQL: tuya_fdw_options(), one row an option. */
Datum
tuya_fdw_options(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (size_t i = 0; i < lengthof(options); i++)
	{
		const Option *option = &options[i];
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = CStringGetTextDatum(option->name);
		values[1] = CStringGetTextDatum(where_text(option->where));
		if (option->default_text)
			values[2] = CStringGetTextDatum(option->default_text);
		else
			nulls[2] = true;
		values[3] = CStringGetTextDatum(option->description);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}
