/*
 * prune.c
 *		Takes members that nobody reads out of the rows of a reply's text; see prune.h.
 *
 * What is taken out is NAME : VALUE, which is right as it is, where a member may begin: after
 * the bracket, or after a comma.  With it goes the comma behind it, unless a bracket is behind
 * that; or, of the last member, the comma before it, if that is behind a value.  So what is left
 * is right where the text was right, and wrong where it was wrong.
 */
#include "prune.h"

#include <string.h>

#include "jsonkind.h"
#include "jsontext.h"
#include "member.h"

/* Longer names are no field's. */
#define NAME_SIZE 64

typedef struct Level
{
	bool		is_list;
	bool		is_row;			/* an object in a list */
	TuyaFields	seen;			/* of a row, so far */
} Level;

typedef struct Pruner
{
	const TuyaReplyForm *form;
	TuyaFields	fields;			/* that stay */
	const char *kept;			/* from there on nothing was taken out, nor written yet */
	char	   *to;				/* where that is to be written */
	TuyaMemberOrder *order;		/* of the fields, in the latest row */
	unsigned char *next;		/* in it, the one to be expected */
	int			depth;
	Level		levels[REPLY_DEPTH_MAX + 1];	/* of the brackets that are open, from 1 on */
} Pruner;

static const char *
skip_space(const char *p, const char *end)
{
	return tuya_json_skip(TUYA_JSON_SPACE, p, end);
}

/* Behind the string that begins there. */
static const char *
skip_string(const char *p, const char *end)
{
	const char *quote = memchr(p + 1, '"', (size_t) (end - p - 1));

	return quote != NULL ? quote + 1 : end;
}

/* Behind the string, number or null that begins there; that place itself if none does. */
static const char *
skip_scalar(const char *p, const char *end)
{
	const char *word_end;

	if (p == end || *p == 't' || *p == 'f')
		return p;
	if (*p == '"')
		return skip_string(p, end);
	word_end = tuya_json_skip(TUYA_JSON_WORD, p, end);
	return word_end > p && tuya_jsontext_is_word(p, (size_t) (word_end - p)) ? word_end : p;
}

/* The field of that name; -1: none. */
static int
find_field(const Pruner *pruner, const char *name, size_t len)
{
	const TuyaReplyForm *form = pruner->form;
	int			expected = *pruner->next;
	char		terminated[NAME_SIZE];

	if (expected < form->nfields && strncmp(form->fields[expected].name, name, len) == 0 &&
		form->fields[expected].name[len] == '\0')
		return expected;
	if (len >= sizeof(terminated))
		return -1;
	memcpy(terminated, name, len);
	terminated[len] = '\0';
	return tuya_member_find_name(terminated, form->fields, sizeof(TuyaField), form->nfields, expected);
}

/* Whether a member, or what should be one, is behind that comma. */
static bool
goes_on(const char *comma, const char *end)
{
	const char *next = skip_space(comma + 1, end);

	return next < end && tuya_json_kind(*next) != TUYA_JSON_CLOSING;
}

/*
 * Where the member, whose name ends there, ends: at the comma or the bracket behind it; NULL if
 * its value is something else, or nothing of the kind is there.
 */
static const char *
member_end(const char *name_end, const char *end)
{
	const char *colon = skip_space(name_end, end);
	const char *value;
	const char *p;

	if (colon == end || *colon != ':')
		return NULL;
	value = skip_space(colon + 1, end);
	p = skip_scalar(value, end);
	if (p == value)
		return NULL;
	p = skip_space(p, end);
	return p < end && (*p == ',' ? goes_on(p, end) : *p == '}') ? p : NULL;
}

/* Writes what is kept of the text, as far as that place; goes on from the other one. */
static void
write_until(Pruner *pruner, const char *end, const char *next)
{
	size_t		len = (size_t) (end - pruner->kept);

	/* members are often taken out one after the other */
	if (len > 0)
		memcpy(pruner->to, pruner->kept, len);
	pruner->to += len;
	pruner->kept = next;
}

/* Behind the last byte that is written and no space; there is one. */
static char *
trim(char *end)
{
	while (tuya_json_kind(end[-1]) == TUYA_JSON_SPACE)
		end--;
	return end;
}

/* Takes the comma away with which ends what is written; false if there is no value before it. */
static bool
unwrite_comma(Pruner *pruner)
{
	char	   *comma_end = trim(pruner->to);
	char	   *value_end;

	if (comma_end[-1] != ',')
		return false;
	value_end = trim(comma_end - 1);
	if (strchr("{[:,", value_end[-1]) != NULL)
		return false;
	pruner->to = value_end;
	return true;
}

/*
 * Takes the row's member out that begins and ends there.  Returns what is looked at next; NULL if it
 * stays.
 */
static const char *
take_out(Pruner *pruner, const char *begin, const char *end)
{
	write_until(pruner, begin, begin);
	if (*end == '}' && !unwrite_comma(pruner))
		return NULL;
	return pruner->kept = *end == ',' ? end + 1 : end;
}

/* The row has a member of that field; false if it has another. */
static bool
note_field(Pruner *pruner, int field)
{
	TuyaFields *seen = &pruner->levels[pruner->depth].seen;

	if (*seen & TUYA_FIELD(field))
		return false;
	*seen |= TUYA_FIELD(field);
	*pruner->next = (unsigned char) field;
	pruner->next = &pruner->order->next[field];
	return true;
}

/*
 * Takes the row's member out whose name begins at *p, unless it stays.  Moves *p behind it, or
 * behind its name.  False if its field has another.
 */
static bool
take_member(Pruner *pruner, const char **p, const char *end)
{
	const char *name = *p;
	const char *name_end = skip_string(name, end);
	const char *behind = NULL;
	int			field;

	*p = name_end;
	if (name_end - name < 2)
		return true;			/* the text ends with its quote */
	field = find_field(pruner, name + 1, (size_t) (name_end - name) - 2);
	if (field < 0)
		return true;
	if (!note_field(pruner, field))
		return false;
	if ((pruner->fields & TUYA_FIELD(field)) == 0)
		behind = member_end(name_end, end);
	if (behind != NULL)
		behind = take_out(pruner, name, behind);
	if (behind != NULL)
		*p = behind;
	return true;
}

/* False if there are too many. */
static bool
open_bracket(Pruner *pruner, char bracket)
{
	bool		in_list = pruner->levels[pruner->depth].is_list;
	Level	   *level;

	if (pruner->depth == REPLY_DEPTH_MAX)
		return false;
	level = &pruner->levels[++pruner->depth];
	level->is_list = bracket == '[';
	level->is_row = in_list && bracket == '{';
	level->seen = 0;
	pruner->next = &pruner->order->first;
	return true;
}

/* Takes what begins at p, before which a member may begin or not; returns what is behind it. */
static const char *
take_token(Pruner *pruner, const char *p, const char *end, bool *member_begins)
{
	bool		begins = *member_begins;

	*member_begins = *p == '{' || *p == ',';
	switch (*p)
	{
		case '{':
		case '[':
			return open_bracket(pruner, *p) ? p + 1 : NULL;
		case '}':
		case ']':
			pruner->depth -= pruner->depth > 0;
			return p + 1;
		case '"':
			if (!begins || !pruner->levels[pruner->depth].is_row)
				return skip_string(p, end);
			if (!take_member(pruner, &p, end))
				return NULL;
			/* behind a member that was taken out there is another, or none */
			*member_begins = p == pruner->kept;
			return p;
		default:
			return p + 1;
	}
}

size_t
tuya_prune(const TuyaReplyForm *form, TuyaFields fields, const char *text, size_t len,
		   char *pruned)
{
	static TuyaMemberOrder order;
	Pruner		pruner = {.form = form,.fields = fields,.kept = text,.to = pruned,.order = &order};
	const char *end = text + len;
	bool		member_begins = false;

	for (const char *p = skip_space(text, end); p < end; p = skip_space(p, end))
	{
		p = take_token(&pruner, p, end, &member_begins);
		if (p == NULL)
			return 0;
	}
	write_until(&pruner, end, end);
	return (size_t) (pruner.to - pruned);
}
