/*
 * json.c
 *		Members of a reply's objects.
 */
#include "json.h"

#include <inttypes.h>

#include "settings.h"
#include "times.h"

/* Changes a field's name, in camelCase, as the setting casing wants it. */
static void
apply_casing(char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		bool		upper = name[i] >= 'A' && name[i] <= 'Z';
		bool		lower = name[i] >= 'a' && name[i] <= 'z';

		if (lower && (settings.casing == CASING_UPPER ||
					  (settings.casing == CASING_PASCAL && i == 0)))
			name[i] = (char) (name[i] - 'a' + 'A');
		if (upper && settings.casing == CASING_LOWER)
			name[i] = (char) (name[i] - 'A' + 'a');
	}
}

static void
put_name(Buf *out, const char *name)
{
	size_t		len = strlen(name);

	buf_putc(out, '"');
	buf_append(out, name, len);
	if (settings.casing > CASING_CAMEL)
		apply_casing(buf_data(out) + out->len - len, len);
	buf_append(out, "\":", 2);
}

void
json_member(Buf *out, const char *name)
{
	char		last = buf_data(out)[out->len - 1];

	if (last != '{' && last != '[')
		buf_putc(out, ',');
	put_name(out, name);
}

static void
put_string(Buf *out, const char *text)
{
	size_t		plain;

	buf_putc(out, '"');
	for (;;)
	{
		plain = 0;
		while ((unsigned char) text[plain] >= 0x20 &&
			   text[plain] != '"' && text[plain] != '\\')
			plain++;
		buf_append(out, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		buf_printf(out, "\\u%04x", (unsigned) *text++);
	}
	buf_putc(out, '"');
}

void
json_string(Buf *out, const char *name, const char *text)
{
	json_member(out, name);
	put_string(out, text);
}

void
json_number(Buf *out, const char *name, int64_t number)
{
	json_member(out, name);
	if (settings.numbers_as_strings)
		buf_printf(out, "\"%" PRId64 "\"", number);
	else
		buf_printf(out, "%" PRId64, number);
}

static void
put_text(Buf *out, const Field *field, const char *text)
{
	if (!text)
		return;
	json_member(out, field->name);
	if (field->form == FORM_ID && settings.ids_as_numbers)
		buf_puts(out, text);
	else
		put_string(out, text);
}

static void
put_time(Buf *out, const Field *field, int64_t ms)
{
	static Buf	time;

	buf_clear(&time);
	if (field->form == FORM_RFC)
		time_rfc(&time, ms);
	else if (field->form == FORM_MINUTES)
		time_minutes(&time, ms);
	else
		time_iso(&time, ms);
	json_member(out, field->name);
	if (settings.spaced_times && field->form != FORM_RFC)
		buf_printf(out, "\"%.10s %s\"", buf_cstr(&time), buf_cstr(&time) + 10);
	else
		buf_printf(out, "\"%s\"", buf_cstr(&time));
}

static void
put_field(Buf *out, const Field *field, const char *at)
{
	const void *value = at;

	if (field->form == FORM_TEXT || field->form == FORM_ID)
		put_text(out, field, *(const char *const *) value);
	else if (field->form == FORM_NUMBER || field->form == FORM_MS)
		json_number(out, field->name, *(const int64_t *) value);
	else if (*(const int64_t *) value != 0)
		put_time(out, field, *(const int64_t *) value);
}

void
json_fields(Buf *out, const Field *fields, const void *row, const char *omit)
{
	for (; fields->name; fields++)
		if (!omit || strcmp(fields->name, omit) != 0)
			put_field(out, fields, (const char *) row + fields->offset);
}

void
json_row(Buf *out, const Field *fields, const void *row, const char *omit)
{
	if (buf_data(out)[out->len - 1] == '}')
		buf_putc(out, ',');
	buf_putc(out, '{');
	json_fields(out, fields, row, omit);
	buf_putc(out, '}');
}
