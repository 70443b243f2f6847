/*
 * query.c
 *		What a lookup asks for; see query.h.
 */
#include "api/query.h"

#include <string.h>

/* The strings of a query, by number; NULL where it has none. */
#define STRINGS_MAX (2 * TUYA_KEYS_MAX + 2)

static int
list_strings(const TuyaQuery *query, const char *strings[STRINGS_MAX])
{
	int			n = 0;

	for (int key = 0; key < query->action->nkeys; key++)
	{
		strings[n++] = query->parameter[key];
		strings[n++] = query->value[key];
	}
	strings[n++] = query->ignored_codes;
	strings[n++] = query->list_path;
	return n;
}

/* Copies the string with its NUL to the place, unless that is NULL; returns its size. */
static size_t
put_string(char *place, const char *string)
{
	size_t		size = strlen(string) + 1;

	if (place != NULL)
		memcpy(place, string, size);
	return size;
}

size_t
tuya_query_size(const TuyaQuery *query)
{
	const char *strings[STRINGS_MAX];
	int			n = list_strings(query, strings);
	size_t		size = sizeof(TuyaQuery);

	for (int i = 0; i < n; i++)
		size += strings[i] != NULL ? strlen(strings[i]) + 1 : 0;
	return size;
}

static const char *
copy_string(char **end, const char *string)
{
	const char *copy = *end;

	if (string == NULL)
		return NULL;
	*end += put_string(*end, string);
	return copy;
}

TuyaQuery *
tuya_query_copy(const TuyaQuery *query, void *place)
{
	TuyaQuery  *copy = place;
	char	   *end = (char *) (copy + 1);

	*copy = *query;
	for (int key = 0; key < query->action->nkeys; key++)
	{
		copy->parameter[key] = copy_string(&end, query->parameter[key]);
		copy->value[key] = copy_string(&end, query->value[key]);
	}
	copy->ignored_codes = copy_string(&end, query->ignored_codes);
	copy->list_path = copy_string(&end, query->list_path);
	return copy;
}

const TuyaReplyForm *
tuya_query_form(const TuyaQuery *query, TuyaListForm *place)
{
	if (query->list_path == NULL ||
		tuya_list_path_apply(place, &query->action->reply, query->list_path) != NULL)
		return &query->action->reply;
	return &place->form;
}

/*
 * A number has its size, and a string its NUL, which it has nowhere else; before it
 * stands whether there is one.
 */
size_t
tuya_query_bytes(const TuyaQuery *query, char *bytes)
{
	const int	numbers[] = {query->page_size, (int) query->on_incomplete, query->cache_ttl, (int) query->fields};
	const char *strings[STRINGS_MAX + 1];
	int			n = list_strings(query, strings);
	size_t		len = sizeof(query->asker) + sizeof(numbers);

	strings[n++] = query->action->name;
	if (bytes != NULL)
	{
		memcpy(bytes, query->asker, sizeof(query->asker));
		memcpy(bytes + sizeof(query->asker), numbers, sizeof(numbers));
	}
	for (int i = 0; i < n; i++)
	{
		if (bytes != NULL)
			bytes[len] = strings[i] != NULL;
		len++;
		if (strings[i] != NULL)
			len += put_string(bytes != NULL ? bytes + len : NULL, strings[i]);
	}
	return len;
}
