/*
 * control.c
 *		The control port: settings and counters.
 *
 *		/reset  /clear  /set?name=value&...  /get?name&...  /counters
 *		/settings  /key?product_key&device_name&firmware_id  /keys
 */
#include "control.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "counters.h"
#include "faults.h"
#include "hold.h"
#include "http.h"
#include "keys.h"
#include "rate.h"
#include "reply.h"
#include "serve.h"
#include "settings.h"
#include "tally.h"

#define ARGUMENTS_MAX 128

typedef struct Arguments
{
	char	   *name[ARGUMENTS_MAX];
	char	   *value[ARGUMENTS_MAX];	/* "" without '=' */
	size_t		n;
} Arguments;

static int
hex_value(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int) (at - digits) % 16 : -1;
}

static void
decode_in_place(char *text)
{
	char	   *to = text;

	for (; *text; text++)
	{
		if (*text == '%' && hex_value(text[1]) >= 0 && hex_value(text[2]) >= 0)
		{
			*to++ = (char) (hex_value(text[1]) * 16 + hex_value(text[2]));
			text += 2;
		}
		else
			*to++ = *text;
	}
	*to = '\0';
}

/* Cuts the query in place. */
static void
split_query(char *query, Arguments *arguments)
{
	arguments->n = 0;
	while (*query && arguments->n < ARGUMENTS_MAX)
	{
		size_t		len = strcspn(query, "&");
		bool		last = query[len] == '\0';
		char	   *equals;

		query[len] = '\0';
		equals = strchr(query, '=');
		if (equals)
			*equals = '\0';
		arguments->name[arguments->n] = query;
		arguments->value[arguments->n] = equals ? equals + 1 : query + len;
		decode_in_place(arguments->name[arguments->n]);
		if (equals)
			decode_in_place(arguments->value[arguments->n]);
		arguments->n++;
		query += len + !last;
	}
}

static void
clear_counters(void)
{
	counters_clear();
	keys_clear_counts();
	tally_clear();
	hold_begin();
}

void
control_reset(void)
{
	Settings	initial;
	Buf			error = {0};

	settings_reset(&initial);
	settings_commit(&initial, &error);
	buf_free(&error);
	clear_counters();
	keys_reset();
	api_forget_nonces();
	reply_reseed();
	serve_reseed();
	conn_idle_all();
}

static bool
do_reset(Arguments *arguments, Buf *out)
{
	(void) arguments;
	(void) out;
	control_reset();
	return true;
}

static bool
do_clear(Arguments *arguments, Buf *out)
{
	(void) arguments;
	(void) out;
	clear_counters();
	return true;
}

/* What starts again from its beginning when a setting is set. */
static void
begin_anew(const char *name)
{
	static const struct
	{
		const char *name;
		void		(*begin) (void);
	}			beginnings[] = {
		{"seed", serve_reseed}, {"lie_rounds", key_forget_rounds},
		{"idle_close_ms", conn_idle_all}, {"rate_limit", rate_refill},
		{"rate_burst", rate_refill}, {"fault_percent", faults_begin},
		{"fault_kinds", faults_begin}, {"fault_reset", faults_begin},
		{"hold_until_in_flight", hold_begin},
	};

	for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
		if (strcmp(beginnings[i].name, name) == 0)
			beginnings[i].begin();
}

static bool
do_set(Arguments *arguments, Buf *out)
{
	Settings	changed = settings;

	for (size_t i = 0; i < arguments->n; i++)
		if (!settings_set(&changed, arguments->name[i], arguments->value[i], out))
			return false;
	if (!settings_commit(&changed, out))
		return false;
	for (size_t i = 0; i < arguments->n; i++)
		begin_anew(arguments->name[i]);
	return true;
}

static bool
do_get(Arguments *arguments, Buf *out)
{
	for (size_t i = 0; i < arguments->n; i++)
		if (!counter_print(out, arguments->name[i]) &&
			!setting_print(out, arguments->name[i]))
		{
			buf_clear(out);
			buf_printf(out, "unknown counter or setting \"%s\"\n", arguments->name[i]);
			return false;
		}
	return true;
}

static bool
do_counters(Arguments *arguments, Buf *out)
{
	(void) arguments;
	counters_print_all(out);
	return true;
}

static bool
do_settings(Arguments *arguments, Buf *out)
{
	(void) arguments;
	settings_print_all(out);
	return true;
}

/* An action's name and its keys, or the keys of the oldest action. */
static bool
do_key(Arguments *arguments, Buf *out)
{
	ApiCall		call = {.action = arguments->n > 0 ? action_find(text_of(arguments->name[0])) : NULL};
	size_t		skip = call.action ? 1 : 0;

	if (!call.action)
		call.action = action_find(text_of("ListOTAJobByDevice"));
	if (arguments->n != skip + 3 && skip == 0)
	{
		buf_puts(out, "key wants a product key, a device name and a firmware id\n");
		return false;
	}
	for (size_t i = 0; i + skip < arguments->n && i < ACTION_PARAMETERS_MAX; i++)
		call.value[i] = text_of(arguments->name[i + skip]);
	buf_printf(out, "%" PRIu64 "\n", key_requests(&call));
	return true;
}

static bool
do_actions(Arguments *arguments, Buf *out)
{
	(void) arguments;
	tally_print(out);
	return true;
}

static bool
do_keys(Arguments *arguments, Buf *out)
{
	(void) arguments;
	buf_printf(out, "%" PRIu64 "\n", count.keys);
	return true;
}

static const struct
{
	const char *path;
	bool		(*run) (Arguments *arguments, Buf *out);
}			commands[] = {
	{"/reset", do_reset}, {"/clear", do_clear}, {"/set", do_set},
	{"/get", do_get}, {"/counters", do_counters}, {"/settings", do_settings},
	{"/key", do_key}, {"/keys", do_keys}, {"/actions", do_actions},
};

static bool
run_command(char *target, Buf *out)
{
	Arguments	arguments;
	char	   *query = strchr(target, '?');

	if (query)
		*query++ = '\0';
	split_query(query ? query : target + strlen(target), &arguments);
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (strcmp(commands[i].path, target) == 0)
			return commands[i].run(&arguments, out);
	buf_printf(out, "unknown command \"%s\"\n", target);
	return false;
}

void
control_exchange(Exchange *ex)
{
	ex->type = "text/plain; charset=utf-8";
	if (ex->malformed)
	{
		ex->status = 400;
		buf_printf(&ex->body, "%s\n", ex->malformed);
	}
	else
		ex->status = run_command(ex->target, &ex->body) ? 200 : 400;
	exchange_reply(ex);
}
