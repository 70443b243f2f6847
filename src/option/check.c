/*
 * check.c
 *		The checks of single options' values, beyond their types.
 *
 * Values of a user mapping never appear in a message.
 */
#include "postgres.h"

#include "option/internal.h"

#include "catalog/pg_authid.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"

#include "api/action.h"
#include "api/error_field.h"
#include "api/list_path.h"
#include "http/http.h"

/* Real ones have some 30. */
#define CREDENTIAL_BYTES_MAX 1024

void
tuya_option_check_endpoint(const char *value)
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
void
tuya_option_check_ca_file(const char *value)
{
	if (value[0] != '/')
		tuya_option_bad_value("ca_file", "The path is not absolute.", NULL);
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to create or alter a server with the option \"ca_file\""),
				 errdetail("Only superusers and members of pg_read_server_files may do so.")));
}

void
tuya_option_check_proxy(const char *value)
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

void
tuya_option_check_extra_parameters(const char *value)
{
	TuyaParam  *params;

	(void) tuya_option_parse_extra(value, &params);
}

/* The value is not to be shown. */
static void
check_credential(const char *name, const char *value)
{
	int			position;

	if (strlen(value) > CREDENTIAL_BYTES_MAX)
		tuya_option_bad_value(name, psprintf("It has more than %d bytes.", CREDENTIAL_BYTES_MAX), NULL);
	position = tuya_option_find_stray(pg_server_to_any(value, (int) strlen(value), PG_UTF8));
	if (position > 0)
		tuya_option_bad_value(name,
							  psprintf("Its character %d is white space or a control character.", position), NULL);
}

void
tuya_option_check_access_key_id(const char *value)
{
	check_credential("access_key_id", value);
}

void
tuya_option_check_access_key_secret(const char *value)
{
	check_credential("access_key_secret", value);
}

static List *
add_name(List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return names;
	}
	return lappend(names, unconstify(char *, name));
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/* "ONE", "TWO" and "THREE" */
static const char *
quote_names(List *names)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, names)
	{
		const char *before = lc == list_head(names) ? "" : lnext(names, lc) ? ", " : " and ";

		appendStringInfo(&text, "%s\"%s\"", before, (const char *) lfirst(lc));
	}
	return text.data;
}

void
tuya_option_check_action(const char *value)
{
	List	   *names = NIL;
	const char *similar;

	if (tuya_action_find(value))
		return;
	for (int i = 0; tuya_actions[i]; i++)
		names = add_name(names, tuya_actions[i]->name);
	similar = tuya_option_find_similar(value, names);
	tuya_option_bad_value("action", NULL,
						  psprintf("%sValid values are %s.",
								   similar ? psprintf("Perhaps you meant \"%s\". ", similar) : "",
								   quote_names(names)));
}

void
tuya_option_check_list_path(const char *value)
{
	TuyaListForm place;
	const char *wrong = tuya_list_path_apply(&place, &tuya_action_default()->reply, value);

	if (wrong)
		tuya_option_bad_value("list_path", psprintf("It %s.", wrong),
							  "The form is NAME.NAME, of the reply's members on the way to its list.");
}

/*
 * Whoever may read a device's key can act as that device.  The validator sees all options of
 * a column at once, so a column that shows one cannot be altered without that right.
 */
static void
check_secret(const char *field)
{
	if (!tuya_action_any_has_secret(field) || superuser())
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to create or alter a column that shows \"%s\"", field),
			 errdetail("Only superusers may do so, for it is a secret.")));
}

/* Of the table whose columns get options now; NULL: the validator is not told. */
static const TuyaAction *altered = NULL;

const TuyaAction *
tuya_option_set_altered(const TuyaAction *action)
{
	const TuyaAction *before = altered;

	altered = action;
	return before;
}

/* Whether what the action has is told of. */
static bool
is_told_of(const TuyaAction *action)
{
	return altered == NULL || action == altered;
}

/* Any table's key, for it may get another action yet; told of are those that it has. */
void
tuya_option_check_parameter(const char *value)
{
	List	   *names = NIL;

	if (tuya_action_any_has_key(value))
		return;
	for (int i = 0; tuya_actions[i]; i++)
		for (int key = 0; is_told_of(tuya_actions[i]) && key < tuya_actions[i]->nkeys; key++)
			names = add_name(names, tuya_actions[i]->keys[key].parameter);
	tuya_option_bad_value("parameter", NULL,
						  names ? psprintf("Valid values are %s, in any case.", quote_names(names)) :
						  psprintf("%s has no keys.", altered->name));
}

static List *
add_fields(List *names, const TuyaAction *action)
{
	for (int field = 0; field < action->reply.nfields; field++)
		if (field != tuya_reply_secret_field(&action->reply))
			names = add_name(names, action->reply.fields[field].name);
	return names;
}

void
tuya_option_check_field(const char *value)
{
	List	   *names = NIL;
	const char *similar;
	StringInfoData hint;
	ListCell   *lc;

	check_secret(value);
	if (tuya_action_any_has_field(value) || tuya_error_field_find(value) >= 0)
		return;
	for (int i = 0; tuya_actions[i]; i++)
		if (is_told_of(tuya_actions[i]))
			names = add_fields(names, tuya_actions[i]);
	for (int field = 0; field < TUYA_PAGE_FIELDS; field++)
		names = add_name(names, tuya_page_fields[field].name);
	for (int field = 0; field < TUYA_ERROR_FIELDS; field++)
		names = add_name(names, tuya_error_fields[field].name);
	list_sort(names, compare_names);
	initStringInfo(&hint);
	similar = tuya_option_find_similar(value, names);
	if (similar)
		appendStringInfo(&hint, "Perhaps you meant \"%s\". ", similar);
	foreach(lc, names)
	{
		appendStringInfo(&hint, "%s%s", lc == list_head(names) ? "Valid values are: " : ", ",
						 (const char *) lfirst(lc));
	}
	tuya_option_bad_value("field", NULL, psprintf("%s.", hint.data));
}
