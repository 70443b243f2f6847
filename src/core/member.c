/*
 * member.c
 *		Members of an object of JSON, by names in any case; see member.h.
 */
#include "member.h"

#include <string.h>

#include <json-c/json.h>

#include "ascii.h"

static inline const char *
name_at(const void *names, size_t size, int i)
{
	const char *const *name = (const void *) ((const char *) names + (size_t) i * size);

	return *name;
}

/*
 * The given one is first compared as it is, for most objects have their members in the order of
 * the one before, and in the form's spelling.
 */
int
tuya_member_find_name(const char *name, const void *names, size_t size, int nnames, int from)
{
	if (from < nnames && strcmp(name, name_at(names, size, from)) == 0)
		return from;
	for (int i = 0; i < nnames; i++, from++)
	{
		if (from >= nnames)
			from = 0;
		if (tuya_ascii_same(name, name_at(names, size, from)))
			return from;
	}
	return -1;
}

/* Puts members of these names into their places of values, where nothing is yet. */
static bool
put_members(struct json_object *object, const void *names, size_t size, int nnames,
			TuyaMemberOrder *order, struct json_object **values)
{
	unsigned int found = 0;		/* a bit for each name */
	unsigned char *next = &order->first;

	json_object_object_foreach(object, name, value)
	{
		int			i = tuya_member_find_name(name, names, size, nnames, *next);

		if (i < 0)
			continue;
		if (found & (1U << i))
			return false;
		found |= 1U << i;
		values[i] = value;
		*next = (unsigned char) i;
		next = &order->next[i];
	}
	return true;
}

bool
tuya_member_find_all(struct json_object *object, const void *names, size_t size, int nnames,
					 TuyaMemberOrder *order, struct json_object **values)
{
	memset(values, 0, (size_t) nnames * sizeof(*values));
	return put_members(object, names, size, nnames, order, values);
}

bool
tuya_member_find(struct json_object *object, const char *const *names, int nnames,
				 struct json_object **values)
{
	TuyaMemberOrder order = {.first = 0};

	return tuya_member_find_all(object, names, sizeof(*names), nnames, &order, values);
}

bool
tuya_member_is_there(struct json_object *object, const char *wanted)
{
	json_object_object_foreach(object, name, value)
	{
		(void) value;
		if (tuya_ascii_same(name, wanted))
			return true;
	}
	return false;
}

struct json_object *
tuya_member_only_array(struct json_object *object)
{
	struct json_object *found = NULL;
	int			narrays = 0;

	json_object_object_foreach(object, name, value)
	{
		(void) name;
		if (!json_object_is_type(value, json_type_array))
			continue;
		found = value;
		narrays++;
	}
	return narrays == 1 ? found : NULL;
}

/* Reads digits, and nothing but digits, of a number up to 2^63 - 1. */
static bool
read_digits(const char *text, int len, int64_t *number)
{
	*number = 0;
	for (int i = 0; i < len; i++)
	{
		if (text[i] < '0' || text[i] > '9' ||
			*number > (INT64_MAX - (text[i] - '0')) / 10)
			return false;
		*number = *number * 10 + (text[i] - '0');
	}
	return len > 0;
}

bool
tuya_member_count(struct json_object *value, int64_t *count)
{
	switch (json_object_get_type(value))
	{
		case json_type_int:
			*count = json_object_get_int64(value);

			/* It clamps what is larger. */
			return *count >= 0 && json_object_get_uint64(value) == (uint64_t) *count;
		case json_type_string:
			return read_digits(json_object_get_string(value),
							   json_object_get_string_len(value), count);
		default:
			return false;
	}
}
