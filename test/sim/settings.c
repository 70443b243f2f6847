/*
 * settings.c
 *		The table of settings: names, types, ranges, defaults.
 */
#include "settings.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_MAX INT64_C(1000000000000)
#define SHAPES "gateway,service,html,empty"
#define UNASKED "none,reply,head,continue,line,timeout,again,data,next,next_data,stream,push"
#define TORRENTS "none,window_update,empty_data,priority,ping,settings,rst_stream,continuation," \
	"headers,unknown,push_promise,continue,lines,line,chunk,chunks,trailer,coded,hello,tickets"
#define FAULTS "error,reset,truncate,timeout,throttle"

typedef enum Kind
{
	KIND_NUMBER, KIND_CHOICE, KIND_FLAGS, KIND_TEXT, KIND_LIE
} Kind;

typedef struct Setting
{
	const char *name;
	Kind		kind;
	size_t		offset;
	const char *initial;
	int64_t		min;
	int64_t		max;
	const char *choices;		/* comma list; the position is value or bit */
} Setting;

#define AT(field) offsetof(Settings, field)
#define NUMBER(f, initial, min, max) {#f, KIND_NUMBER, AT(f), initial, min, max, NULL}
#define SWITCH(f, initial) NUMBER(f, initial, 0, 1)
#define CHOICE(f, initial, choices) {#f, KIND_CHOICE, AT(f), initial, 0, 0, choices}
#define FLAGS(f, initial, choices) {#f, KIND_FLAGS, AT(f), initial, 0, 0, choices}
#define TEXT(f, initial) {#f, KIND_TEXT, AT(f), initial, 0, 0, NULL}
#define LIE(f) {#f, KIND_LIE, AT(f), "", 0, 0, NULL}

static const Setting table[] = {
	NUMBER(latency_ms, "0", 0, 3600000),
	NUMBER(jitter_ms, "0", 0, 3600000),
	NUMBER(hold_until_in_flight, "0", 0, 1000000),
	NUMBER(hold_ms, "150", 0, 3600000),
	NUMBER(hold_times, "1", -1, COUNT_MAX),
	NUMBER(hold_until_replies, "0", 0, COUNT_MAX),
	TEXT(hold_action, ""),
	NUMBER(seed, "1", 0, INT64_MAX),
	NUMBER(clock_offset_s, "0", -COUNT_MAX, COUNT_MAX),
	NUMBER(default_jobs, "3", 0, 9999999),
	NUMBER(fleet_products, "3", 0, 99999),
	NUMBER(fleet_devices, "5", 0, 9999999),
	NUMBER(fleet_firmware, "4", 0, 99999),
	NUMBER(fleet_jobs, "2", 0, 99999),
	NUMBER(fleet_tasks, "3", 0, 9999999),
	NUMBER(fleet_modules, "2", 0, 99999),
	CHOICE(order, "desc", "desc,asc"),
	NUMBER(clamp, "0", 0, 200),
	CHOICE(clamp_mode, "tell", "tell,silent,refuse"),
	CHOICE(past_end, "empty", "empty,error"),
	SWITCH(token_total, "1"),
	TEXT(list_path, ""),
	CHOICE(list_shape, "array", "array,object,single"),
	CHOICE(casing, "documented", "documented,camel,pascal,lower,upper"),
	SWITCH(numbers_as_strings, "0"),
	SWITCH(ids_as_numbers, "0"),
	SWITCH(spaced_times, "0"),
	CHOICE(empty_shape, "list", "list,data_empty,data_null,no_data,data_list,data_text,list_null,list_object,list_text"),
	SWITCH(empty_always, "0"),
	SWITCH(empty_total, "1"),
	SWITCH(empty_page_count, "0"),
	SWITCH(nonce_check, "1"),
	SWITCH(provoked, "0"),
	NUMBER(rate_limit, "0", 0, COUNT_MAX),
	NUMBER(rate_burst, "0", 0, COUNT_MAX),
	NUMBER(rate_clock_ms, "-1", -1, COUNT_MAX),
	NUMBER(throttle_status, "429", 200, 599),
	CHOICE(throttle_shape, "gateway", SHAPES),
	TEXT(throttle_code, "Throttling.User"),
	TEXT(throttle_headers, ""),
	TEXT(firmware_parameter, "FirmwareId"),
	TEXT(require, ""),
	NUMBER(churn_after_page, "0", 0, COUNT_MAX),
	NUMBER(churn_create, "0", 0, 1000000),
	NUMBER(churn_delete, "0", 0, COUNT_MAX),
	NUMBER(churn_delete_last, "0", 0, COUNT_MAX),
	NUMBER(churn_times, "1", 0, COUNT_MAX),
	TEXT(lie_action, ""),
	NUMBER(lie_page, "0", 0, COUNT_MAX),
	NUMBER(lie_rounds, "0", 0, COUNT_MAX),
	CHOICE(lie_token, "true", "true,repeat,absent,null,empty,number,foreign"),
	LIE(lie_total),
	LIE(lie_page_count),
	LIE(lie_page_size),
	LIE(lie_current_page),
	FLAGS(omit, "", "total,success,current_page,page_size,page_count,data,list,job_id,request_id"),
	CHOICE(lie_success, "true", "true,false,null,string"),
	NUMBER(drop_rows, "0", 0, 1000),
	NUMBER(extra_rows, "0", 0, 1000),
	NUMBER(repeat_page, "0", 0, COUNT_MAX),
	NUMBER(overlap_rows, "0", 0, 1000),
	SWITCH(endless, "0"),
	NUMBER(fail_count, "0", -1, COUNT_MAX),
	NUMBER(fail_skip, "0", 0, COUNT_MAX),
	NUMBER(fail_page, "0", 0, COUNT_MAX),
	TEXT(fail_action, ""),
	TEXT(fail_device, ""),
	NUMBER(fail_status, "0", 0, 599),
	CHOICE(fail_shape, "gateway", SHAPES),
	TEXT(fail_code, "ServiceUnavailable"),
	TEXT(fail_message, "The request has failed due to a temporary failure of the server."),
	TEXT(fail_headers, ""),
	NUMBER(fault_percent, "0", 0, 100),
	FLAGS(fault_kinds, FAULTS, FAULTS),
	CHOICE(fault_reset, "connection", "connection,stream"),
	TEXT(raw_body_file, ""),
	NUMBER(raw_status, "200", 200, 599),
	TEXT(raw_type, "application/json"),
	TEXT(reply_headers, ""),
	TEXT(redirect, ""),
	SWITCH(close_reused, "0"),
	NUMBER(close_reused_count, "-1", -1, COUNT_MAX),
	SWITCH(close_all, "0"),
	NUMBER(close_after, "0", 0, COUNT_MAX),
	NUMBER(close_after_count, "-1", -1, COUNT_MAX),
	CHOICE(stall, "none", "none,tls,head,body"),
	NUMBER(stall_skip, "0", 0, COUNT_MAX),
	CHOICE(torrent, "none", TORRENTS),
	SWITCH(truncate_body, "0"),
	NUMBER(cut_at, "-1", -1, COUNT_MAX),
	SWITCH(cut_reset, "0"),
	NUMBER(cut_count, "-1", -1, COUNT_MAX),
	NUMBER(accept_reset, "0", -1, COUNT_MAX),
	NUMBER(rst_stream_at, "-1", -1, COUNT_MAX),
	NUMBER(rst_stream_code, "2", 0, UINT32_MAX),
	NUMBER(rst_stream_count, "-1", -1, COUNT_MAX),
	NUMBER(goaway_after, "0", 0, COUNT_MAX),
	SWITCH(goaway_refuse, "0"),
	NUMBER(goaway_ms, "0", 0, 3600000),
	NUMBER(goaway_notice_ms, "0", 0, 3600000),
	NUMBER(goaway_count, "-1", -1, COUNT_MAX),
	SWITCH(no_date, "0"),
	SWITCH(chunked, "0"),
	SWITCH(no_length, "0"),
	NUMBER(trailers, "0", 0, 16384),
	NUMBER(interim, "0", 0, 16384),
	TEXT(interim_headers, ""),
	CHOICE(unasked, "none", UNASKED),
	NUMBER(unasked_ms, "0", 0, 3600000),
	NUMBER(unasked_count, "-1", -1, COUNT_MAX),
	NUMBER(unasked_pings, "0", 0, 1000),
	NUMBER(header_flood, "0", -1, 16384),
	NUMBER(body_flood, "0", -1, 1000000),
	NUMBER(bomb_mb, "0", 0, 16384),
	NUMBER(trickle_ms, "0", 0, 3600000),
	NUMBER(http2, "1", 0, 2),
	NUMBER(h2_max_streams, "256", 1, 100000),
	NUMBER(h2_settings_ms, "0", -1, 3600000),
	NUMBER(h2_lower_after, "0", 0, COUNT_MAX),
	NUMBER(h2_lower_to, "1", 0, 100000),
	NUMBER(h2_lower_ms, "0", 0, 3600000),
	NUMBER(h2_lower_count, "-1", -1, COUNT_MAX),
	SWITCH(gzip, "0"),
	NUMBER(idle_close_ms, "0", 0, 3600000),
};

#define SETTING_COUNT (sizeof table / sizeof table[0])

Settings	settings;
Buf			raw_body;

static int64_t *
number_at(const Settings *of, const Setting *setting)
{
	return (int64_t *) (void *) ((char *) of + setting->offset);
}

static char *
text_at(const Settings *of, const Setting *setting)
{
	return (char *) of + setting->offset;
}

static bool
parse_number(const char *text, int64_t min, int64_t max, int64_t *number)
{
	char	   *end;

	errno = 0;
	*number = strtoll(text, &end, 10);
	return end != text && *end == '\0' && errno == 0 &&
		*number >= min && *number <= max;
}

/* The position of the word in a comma list, or -1. */
static int
list_position(const char *list, const char *word, size_t len)
{
	for (int at = 0;; at++)
	{
		size_t		n = strcspn(list, ",");

		if (n == len && memcmp(list, word, n) == 0)
			return at;
		if (list[n] == '\0')
			return -1;
		list += n + 1;
	}
}

static bool
set_choice(Settings *to, const Setting *setting, const char *value)
{
	int			at = list_position(setting->choices, value, strlen(value));

	if (at >= 0)
		*number_at(to, setting) = at;
	return at >= 0;
}

static bool
set_flags(Settings *to, const Setting *setting, const char *value)
{
	int64_t		flags = 0;

	while (*value)
	{
		size_t		n = strcspn(value, ",");
		int			at = list_position(setting->choices, value, n);

		if (at < 0)
			return false;
		flags |= INT64_C(1) << at;
		value += n + (value[n] == ',');
	}
	*number_at(to, setting) = flags;
	return true;
}

static bool
set_lie(Settings *to, const Setting *setting, const char *value)
{
	Lie		   *lie = (Lie *) (void *) text_at(to, setting);
	char		mode = *value;
	int64_t		by;

	if (mode == '\0' || strcmp(value, "off") == 0)
	{
		lie->mode = 0;
		return true;
	}
	if (mode == '=' || mode == '+' || mode == '-')
		value++;
	else
		mode = '=';
	if (!parse_number(value, INT64_MIN / 2, INT64_MAX / 2, &by))
		return false;
	lie->mode = mode;
	lie->by = by;
	return true;
}

static bool
set_value(Settings *to, const Setting *setting, const char *value)
{
	int64_t		number;

	switch (setting->kind)
	{
		case KIND_NUMBER:
			if (!parse_number(value, setting->min, setting->max, &number))
				return false;
			*number_at(to, setting) = number;
			return true;
		case KIND_CHOICE:
			return set_choice(to, setting, value);
		case KIND_FLAGS:
			return set_flags(to, setting, value);
		case KIND_LIE:
			return set_lie(to, setting, value);
		case KIND_TEXT:
			if (strlen(value) >= TEXT_BYTES || strpbrk(value, "\r\n"))
				return false;
			strcpy(text_at(to, setting), value);
			return true;
	}
	return false;
}

static const Setting *
find_setting(const char *name)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

void
settings_reset(Settings *to)
{
	memset(to, 0, sizeof *to);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (!set_value(to, &table[i], table[i].initial))
		{
			fprintf(stderr, "tuya_sim: bad default of %s\n", table[i].name);
			abort();
		}
}

bool
settings_set(Settings *to, const char *name, const char *value, Buf *error)
{
	const Setting *setting = find_setting(name);

	if (!setting)
	{
		buf_printf(error, "unknown setting \"%s\"\n", name);
		return false;
	}
	if (set_value(to, setting, value))
		return true;
	buf_printf(error, "bad value \"%s\" for setting \"%s\"", value, name);
	if (setting->kind == KIND_NUMBER)
		buf_printf(error, ": %" PRId64 " to %" PRId64, setting->min, setting->max);
	if (setting->choices)
		buf_printf(error, ": %s", setting->choices);
	buf_putc(error, '\n');
	return false;
}

bool
settings_commit(const Settings *from, Buf *error)
{
	Buf			body = {0};

	if (from->raw_body_file[0] && !buf_read_file(&body, from->raw_body_file))
	{
		buf_printf(error, "cannot read \"%s\": %s\n", from->raw_body_file,
				   strerror(errno));
		buf_free(&body);
		return false;
	}
	buf_free(&raw_body);
	raw_body = body;
	settings = *from;
	return true;
}

bool
take_one(int64_t *left)
{
	if (*left > 0)
	{
		(*left)--;
		return true;
	}
	return *left < 0;
}

static void
print_flags(Buf *out, const Setting *setting)
{
	int64_t		flags = *number_at(&settings, setting);
	const char *word = setting->choices;
	bool		first = true;

	for (int at = 0; *word; at++)
	{
		size_t		n = strcspn(word, ",");

		if (flags & (INT64_C(1) << at))
		{
			buf_puts(out, first ? "" : ",");
			buf_append(out, word, n);
			first = false;
		}
		word += n + (word[n] == ',');
	}
}

static void
print_choice(Buf *out, const Setting *setting)
{
	const char *word = setting->choices;

	for (int64_t at = *number_at(&settings, setting); at > 0; at--)
		word += strcspn(word, ",") + 1;
	buf_append(out, word, strcspn(word, ","));
}

static void
print_setting(Buf *out, const Setting *setting)
{
	const Lie  *lie = (const Lie *) (void *) text_at(&settings, setting);

	if (setting->kind == KIND_NUMBER)
		buf_printf(out, "%" PRId64, *number_at(&settings, setting));
	else if (setting->kind == KIND_TEXT)
		buf_puts(out, text_at(&settings, setting));
	else if (setting->kind == KIND_FLAGS)
		print_flags(out, setting);
	else if (setting->kind == KIND_CHOICE)
		print_choice(out, setting);
	else if (lie->mode)
		buf_printf(out, "%c%" PRId64, lie->mode, lie->by);
	buf_putc(out, '\n');
}

bool
setting_print(Buf *out, const char *name)
{
	const Setting *setting = find_setting(name);

	if (setting)
		print_setting(out, setting);
	return setting != NULL;
}

void
settings_print_all(Buf *out)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
	{
		buf_printf(out, "%s ", table[i].name);
		print_setting(out, &table[i]);
	}
}
