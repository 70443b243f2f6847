/*
 * check.c
 *		SQL: tuya_fdw_check(), which tells what keeps a server from answering.
 *
 * The steps are those of a request, in their order; fetch/probe.c makes one.  What comes
 * before it is read from the catalogs here, and what these say wrong is caught: nothing but
 * catalogs is touched then, so there is nothing to undo.
 *
 * It asks with the mapping of the user that runs it, as a scan would, and needs USAGE on
 * the server.  Nothing of a mapping is shown but whose it is.
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/builtins.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "fetch/probe.h"
#include "fetch/quota.h"
#include "fetch/remote.h"
#include "monitor/mapping.h"
#include "monitor/spelling.h"

/* before 16 PG_FUNCTION_INFO_V1 does not export the function itself */
PGDLLEXPORT Datum tuya_fdw_check(PG_FUNCTION_ARGS);

PG_FUNCTION_INFO_V1(tuya_fdw_check);

#define COLUMNS 5

/* Sent for a part of the key that was not given: there is a reply to that, too. */
#define PLACEHOLDER "tuya_fdw_check"

/* A clock that is further off, or a certificate that ends sooner, is well, but told of. */
#define APART_S_MAX 60
#define DAYS_LEFT_MIN 30

#define UNTIMED (-1)

typedef enum Verdict
{
	STEP_UNTRIED,				/* since one before it has failed */
	STEP_UNTOLD,				/* does not apply, or the reply does not tell */
	STEP_GOOD,
	STEP_FAILED
} Verdict;

typedef struct Row
{
	Verdict		verdict;
	const char *detail;			/* NULL: none */
	const char *hint;			/* NULL: none */
	int64		us;				/* UNTIMED: not by itself */
} Row;

typedef struct Check
{
	const char *server_name;
	Oid			server_id;
	char	  **arguments;		/* names */
	int			narguments;
	TuyaSettings settings;		/* the server's first, then the mapping's, too */
	TuyaRemoteId remote;
	TuyaQuery	query;
	bool		placeholder;	/* some part of the key is */
	const char *wrong;			/* what is, of the arguments, so that it cannot be sent; NULL:
								 * nothing */
	const char *wrong_hint;
	Row			rows[TUYA_STEPS];
	TuyaStep	failed;			/* TUYA_STEPS: none so far */
} Check;

static const char *const step_names[] = {
	[TUYA_STEP_SETTINGS] = "settings",
	[TUYA_STEP_MAPPING] = "user mapping",
	[TUYA_STEP_CA_FILE] = "ca_file",
	[TUYA_STEP_NAME] = "name",
	[TUYA_STEP_CONNECT] = "connect",
	[TUYA_STEP_TLS] = "tls",
	[TUYA_STEP_HTTP] = "http version",
	[TUYA_STEP_CLOCK] = "clock",
	[TUYA_STEP_CREDENTIALS] = "credentials",
	[TUYA_STEP_ACTION] = "action"
};

static Row *
set_row(Check *check, TuyaStep step, Verdict verdict, const char *detail, int64 us)
{
	Row		   *row = &check->rows[step];

	row->verdict = verdict;
	row->detail = detail;
	row->hint = NULL;
	row->us = us;
	return row;
}

static void
fail(Check *check, TuyaStep step, const char *message, const char *detail, const char *hint, int64 us)
{
	const char *stop = detail && strchr(".!?:", message[strlen(message) - 1]) == NULL ? "." : "";

	set_row(check, step, STEP_FAILED, detail ? psprintf("%s%s %s", message, stop, detail) : message,
			us)->hint = hint;
	check->failed = step;
}

/*
 * ---- what the catalogs say ----
 */

/* What is wrong with objects and options; all else is no matter of the check. */
static bool
is_about_settings(int sqlstate)
{
	int			category = ERRCODE_TO_CATEGORY(sqlstate);

	return category == ERRCODE_TO_CATEGORY(ERRCODE_FDW_ERROR) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_DATA_EXCEPTION) ||
		sqlstate == ERRCODE_UNDEFINED_OBJECT ||
		sqlstate == ERRCODE_WRONG_OBJECT_TYPE ||
		sqlstate == ERRCODE_INSUFFICIENT_PRIVILEGE ||
		sqlstate == ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
}

static int64
us_since(instr_time began)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, began);
	return (int64) INSTR_TIME_GET_MICROSEC(now);
}

/* Has something read; what is wrong with it is the step's failure. */
static void
attempt(Check *check, TuyaStep step, void (*read) (Check *check))
{
	MemoryContext saved = CurrentMemoryContext;
	instr_time	began;

	INSTR_TIME_SET_CURRENT(began);
	PG_TRY();
	{
		read(check);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(saved);
		error = CopyErrorData();
		if (!is_about_settings(error->sqlerrcode))
			PG_RE_THROW();
		FlushErrorState();
		fail(check, step, error->message, error->detail, error->hint, UNTIMED);
	}
	PG_END_TRY();
	check->rows[step].us = us_since(began);
}

/* Throws if what is sent or opened cannot be had in UTF-8; the fetcher makes its own copies. */
static void
require_utf8(const TuyaSettings *settings)
{
	TuyaSettings copy = *settings;

	tuya_option_copy_strings(&copy);
}

static void
require_own(const ForeignServer *server)
{
	if (!tuya_option_is_validated(server))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is of another foreign-data wrapper", server->servername),
				 errdetail("Its options were not validated by tuya_fdw.")));
}

static void
read_server(Check *check)
{
	TuyaParam  *params;
	ForeignServer *server;

	check->server_id = get_foreign_server_oid(check->server_name, false);
	server = GetForeignServer(check->server_id);
	tuya_compat_require_server_usage(check->server_id, server->servername);
	require_own(server);
	tuya_option_get(&check->settings, server, NULL, NULL);
	tuya_quota_require(&check->settings);
	require_utf8(&check->settings);
	(void) tuya_option_parse_extra(check->settings.extra_parameters, &params);
	set_row(check, TUYA_STEP_SETTINGS, STEP_GOOD,
			check->settings.proxy ?
			psprintf("%s through the proxy %s", check->settings.endpoint, check->settings.proxy) :
			check->settings.endpoint, UNTIMED);
}

static void
read_mapping(Check *check)
{
	const char *user;

	tuya_remote_read(GetUserId(), check->server_id, &check->settings, &check->remote);
	require_utf8(&check->settings);
	user = tuya_mapping_user_name(check->remote.mapping_id, check->remote.user_id);
	set_row(check, TUYA_STEP_MAPPING, STEP_GOOD, psprintf("the mapping of %s", user ? user : "nobody"), UNTIMED);
}

/*
 * ---- what is asked for ----
 */

/* By its declaration, where those but the first are called as what they give: a key's column, or this. */
#define ARGUMENT_SERVER 0
#define ARGUMENT_ACTION "action"

/* The number of the argument of that name; -1: there is none. */
static int
find_argument(const Check *check, const char *name)
{
	for (int i = 0; i < check->narguments; i++)
		if (i != ARGUMENT_SERVER && strcmp(check->arguments[i], name) == 0)
			return i;
	return -1;
}

static void
read_arguments(Check *check, FunctionCallInfo fcinfo)
{
	HeapTuple	function = SearchSysCache1(PROCOID, ObjectIdGetDatum(fcinfo->flinfo->fn_oid));
	Oid		   *types;
	char	   *modes;

	if (!HeapTupleIsValid(function))
		elog(ERROR, "cache lookup failed for function %u", fcinfo->flinfo->fn_oid);
	(void) get_func_arg_info(function, &types, &check->arguments, &modes);
	check->narguments = check->arguments ? PG_NARGS() : 0;
	ReleaseSysCache(function);
}

/* NULL: it was not given. */
static const char *
argument(FunctionCallInfo fcinfo, int number)
{
	return number < 0 || PG_ARGISNULL(number) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(number));
}

/* The first thing that is wrong is told. */
static void
note_wrong(Check *check, const char *wrong, const char *hint)
{
	if (check->wrong)
		return;
	check->wrong = wrong;
	check->wrong_hint = hint;
}

static const char *
valid_actions(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; tuya_actions[i]; i++)
		appendStringInfo(&names, "%s%s", i ? ", " : "Valid values are: ", tuya_actions[i]->name);
	appendStringInfoChar(&names, '.');
	return names.data;
}

/* Of an unknown one another is asked for, so that the other steps can be told of. */
static const TuyaAction *
action_to_ask(Check *check, const char *name)
{
	const TuyaAction *action = name ? tuya_action_find(name) : NULL;

	if (name && action == NULL)
		note_wrong(check, psprintf("there is no action \"%s\"", name), valid_actions());
	return action ? action : tuya_spelling_action(check->server_id);
}

/* What was given for no key of the action would be left out. */
static void
check_arguments(Check *check, FunctionCallInfo fcinfo)
{
	const TuyaAction *action = check->query.action;

	for (int i = 0; i < check->narguments; i++)
	{
		bool		used = i == ARGUMENT_SERVER || PG_ARGISNULL(i) || i == find_argument(check, ARGUMENT_ACTION);

		for (int key = 0; key < action->nkeys; key++)
			used |= find_argument(check, action->keys[key].column) == i;
		if (!used)
			note_wrong(check, psprintf("%s has no key %s", action->name, check->arguments[i]), NULL);
	}
}

/* A part of the key as it is sent. */
static const char *
key_value(Check *check, const TuyaActionKey *key, const char *given)
{
	const char *utf8;

	if (given == NULL)
	{
		check->placeholder |= !key->optional;
		return key->optional ? NULL : PLACEHOLDER;
	}
	utf8 = pg_server_to_any(given, (int) strlen(given), PG_UTF8);
	if (utf8[0] != '\0' && strlen(utf8) <= KEY_BYTES_MAX)
		return utf8;
	note_wrong(check, psprintf(utf8[0] == '\0' ? "the value for %s is empty" :
							   "the value for %s has more than %d bytes", key->column, KEY_BYTES_MAX), NULL);
	return PLACEHOLDER;
}

/* The same as a scan of the action's table, but for that one's options that change no reply. */
static void
make_query(Check *check, FunctionCallInfo fcinfo)
{
	TuyaQuery  *query = &check->query;
	const TuyaAction *action;

	read_arguments(check, fcinfo);
	action = action_to_ask(check, argument(fcinfo, find_argument(check, ARGUMENT_ACTION)));
	query->action = action;
	query->page_size = check->settings.page_size;
	if (action->page_size_max > 0)
		query->page_size = Min(query->page_size, action->page_size_max);
	query->on_incomplete = check->settings.on_incomplete;
	query->ignored_codes = check->settings.ignored_codes;
	query->fields = tuya_reply_open_fields(&action->reply);
	tuya_spelling_of_server(query, check->server_id);
	check_arguments(check, fcinfo);
	for (int key = 0; key < action->nkeys; key++)
		query->value[key] = key_value(check, &action->keys[key],
									  argument(fcinfo, find_argument(check, action->keys[key].column)));
}

/*
 * ---- what came of it ----
 */

static const char *
describe_clock(const TuyaProbe *probe)
{
	long long	apart = llabs(probe->ahead_s);

	if (!probe->trace.has_date)
		return "the reply has no date to compare the clocks by";
	if (apart == 0)
		return "0 s apart";
	return psprintf("%lld s apart: the service's clock is %s this server's", apart,
					probe->ahead_s < 0 ? "behind" : "ahead of");
}

/* The service knows no such key, and of the words of its columns none that was given is meant. */
static bool
is_about_placeholder(const Check *check, const TuyaProbe *probe)
{
	const TuyaAction *action = check->query.action;

	if (!check->placeholder || !probe->is_absent)
		return false;
	for (int key = 0; key < action->nkeys; key++)
	{
		const char *column = action->keys[key].column;

		if (check->query.value[key] && strcmp(check->query.value[key], PLACEHOLDER) != 0 &&
			tuya_retry_says_absent(probe->code, pnstrdup(column, strcspn(column, "_"))))
			return false;
	}
	return true;
}

static const char *
describe_action(const Check *check, const TuyaProbe *probe)
{
	const TuyaAction *action = check->query.action;

	if (probe->code && check->placeholder && probe->failure)
		return psprintf("%s is answered: code %s, since a key is made up", action->name, probe->code);
	if (probe->code)
		return psprintf("%s is answered: code %s, which \"ignored_codes\" names", action->name, probe->code);
	return psprintf("%s is answered: %lld %s", action->name, (long long) probe->total, action->reply.rows);
}

/* Of a URL; an IPv6 address stays in its brackets. */
static const char *
host_of(const char *url)
{
	const char *host = strstr(url, "://") + strlen("://");

	return pnstrdup(host, host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/"));
}

/* From one to the other; libcurl may not have told of what is past (8.22: TCP, until TLS stands). */
static int64
span(int64 from_us, int64 to_us)
{
	return to_us >= from_us && to_us > 0 ? to_us - from_us : UNTIMED;
}

static void
set_tls_row(Check *check, const TuyaProbe *probe)
{
	const TuyaHttpTrace *trace = &probe->trace;
	Row		   *row = set_row(check, TUYA_STEP_TLS, STEP_GOOD, NULL, span(trace->connected_us, trace->secured_us));

	if (trace->tls.version == NULL)
		return;
	row->detail = psprintf("%s, issuer \"%s\", %lld days left", trace->tls.version, probe->issuer,
						   (long long) probe->days_left);
	if (probe->days_left < DAYS_LEFT_MIN)
		row->hint = "Have the service's certificate renewed.";
}

/* As if the connection had been well. */
static void
set_connection_rows(Check *check, const TuyaProbe *probe)
{
	const TuyaHttpTrace *trace = &probe->trace;
	const TuyaSettings *settings = &check->settings;

	set_row(check, TUYA_STEP_CA_FILE, STEP_GOOD,
			settings->ca_file ? settings->ca_file : "the system's authorities", UNTIMED);
	set_row(check, TUYA_STEP_NAME, STEP_GOOD,
			host_of(settings->proxy ? settings->proxy : settings->endpoint), span(0, trace->named_us));
	set_row(check, TUYA_STEP_CONNECT, STEP_GOOD,
			psprintf("%s%s", settings->proxy ? "through the proxy at " : "", trace->address),
			span(trace->named_us, trace->connected_us));
	set_tls_row(check, probe);
	if (pg_strncasecmp(settings->endpoint, "https:", strlen("https:")) == 0)
		return;
	set_row(check, TUYA_STEP_CA_FILE, STEP_UNTOLD, "the endpoint is without TLS", UNTIMED);
	set_row(check, TUYA_STEP_TLS, STEP_UNTOLD, "the endpoint is without TLS", UNTIMED);
}

/* As if the reply had been well. */
static void
set_reply_rows(Check *check, const TuyaProbe *probe)
{
	const TuyaHttpTrace *trace = &probe->trace;
	Row		   *clock;

	set_row(check, TUYA_STEP_HTTP, STEP_GOOD, trace->version,
			span(Max(trace->secured_us, trace->connected_us), trace->answered_us));
	clock = set_row(check, TUYA_STEP_CLOCK, trace->has_date ? STEP_GOOD : STEP_UNTOLD,
					describe_clock(probe), UNTIMED);
	if (trace->has_date && llabs(probe->ahead_s) > APART_S_MAX)
		clock->hint = "Set the clock of the database server's machine.";
	set_row(check, TUYA_STEP_CREDENTIALS, probe->accepted ? STEP_GOOD : STEP_UNTOLD,
			probe->accepted ? "accepted" : "the reply does not tell", UNTIMED);
	set_row(check, TUYA_STEP_ACTION, STEP_GOOD, describe_action(check, probe),
			span(trace->answered_us, probe->elapsed_us));
}

/* Since the last time that is known of the request. */
static int64
time_since(const TuyaProbe *probe)
{
	const TuyaHttpTrace *trace = &probe->trace;

	return probe->elapsed_us - Max(Max(trace->named_us, trace->connected_us),
								   Max(trace->secured_us, trace->answered_us));
}

static void
ask(Check *check)
{
	TuyaProbe	probe;

	tuya_probe_run(&check->settings, &check->remote, &check->query, &probe);
	set_connection_rows(check, &probe);
	set_reply_rows(check, &probe);
	if (probe.failed != TUYA_STEPS && !is_about_placeholder(check, &probe))
		fail(check, probe.failed, probe.failure->message, probe.failure->detail, probe.failure->hint,
			 time_since(&probe));
	else if (check->wrong)
		fail(check, TUYA_STEP_ACTION, check->wrong, NULL, check->wrong_hint, UNTIMED);
}

/*
 * ---- the function ----
 */

static void
run(Check *check, FunctionCallInfo fcinfo)
{
	attempt(check, TUYA_STEP_SETTINGS, read_server);
	if (check->failed == TUYA_STEPS)
		attempt(check, TUYA_STEP_MAPPING, read_mapping);
	if (check->failed != TUYA_STEPS)
		return;
	make_query(check, fcinfo);
	ask(check);
}

static void
add_row(ReturnSetInfo *rsinfo, TuyaStep step, const Row *row)
{
	Datum		values[COLUMNS] = {
		CStringGetTextDatum(step_names[step]),
		BoolGetDatum(row->verdict == STEP_GOOD),
		row->detail ? CStringGetTextDatum(row->detail) : (Datum) 0,
		row->hint ? CStringGetTextDatum(row->hint) : (Datum) 0,
		Float8GetDatum((double) row->us / 1000.0)
	};
	bool		nulls[COLUMNS] = {
		false, row->verdict == STEP_UNTRIED || row->verdict == STEP_UNTOLD,
		row->detail == NULL, row->hint == NULL, row->us == UNTIMED
	};

	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

Datum
tuya_fdw_check(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Check		check = {.failed = TUYA_STEPS};

	InitMaterializedSRF(fcinfo, 0);
	/* as of a strict function */
	if (PG_ARGISNULL(ARGUMENT_SERVER))
		return (Datum) 0;
	check.server_name = argument(fcinfo, ARGUMENT_SERVER);
	run(&check, fcinfo);
	for (TuyaStep step = 0; step < TUYA_STEPS; step++)
	{
		if (step > check.failed)
			set_row(&check, step, STEP_UNTRIED, psprintf("not tried: %s failed", step_names[check.failed]), UNTIMED);
		add_row(rsinfo, step, &check.rows[step]);
	}
	return (Datum) 0;
}
