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
	char	   *copy = *end;
	size_t		size;

	if (string == NULL)
		return NULL;
	size = strlen(string) + 1;
	*end += size;
	return memcpy(copy, string, size);
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

/* Where bytes are written, as far as there is room. */
typedef struct Output
{
	char	   *bytes;
	size_t		room;
	size_t		len;			/* also of those for which there was none */
} Output;

static void
put(Output *out, const void *bytes, size_t len)
{
	if (out->len + len <= out->room)
		memcpy(out->bytes + out->len, bytes, len);
	out->len += len;
}

/*
 * A number has its size, and a string its NUL, which it has nowhere else; before it
 * stands whether there is one.
 */
size_t
tuya_query_bytes(const TuyaQuery *query, char *bytes, size_t room)
{
	const int	numbers[] = {query->page_size, (int) query->on_incomplete, query->cache_ttl, (int) query->fields};
	const char *strings[STRINGS_MAX + 1];
	int			n = list_strings(query, strings);
	Output		out = {.bytes = bytes,.room = room};

	strings[n++] = query->action->name;
	put(&out, query->asker, sizeof(query->asker));
	put(&out, numbers, sizeof(numbers));
	for (int i = 0; i < n; i++)
	{
		const char	is_there = strings[i] != NULL;

		put(&out, &is_there, 1);
		if (is_there)
			put(&out, strings[i], strlen(strings[i]) + 1);
	}
	return out.len;
}
