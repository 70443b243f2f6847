/*
 * address.c
 *		What is asked for when a key is: its lookup's address.
 */
#include "postgres.h"

#include "executor/address.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "failure/failure.h"
#include "planner/missing.h"

static const char *
key_column_name(const TuyaAddressing *from, int key)
{
	return tuya_missing_column(RelationGetRelid(from->relation), from->columns, key);
}

static bool
may_be_sent(const char *utf8)
{
	return utf8[0] != '\0' && strlen(utf8) <= KEY_BYTES_MAX;
}

const char *
tuya_address_describe(const TuyaAddressing *from, const Datum key[TUYA_KEYS_MAX])
{
	StringInfoData names;
	StringInfoData values;

	initStringInfo(&names);
	initStringInfo(&values);
	for (int i = 0; i < from->columns->action->nkeys; i++)
	{
		const char *comma = names.len ? ", " : "";
		char	   *value;

		if (DatumGetPointer(key[i]) == NULL)
			continue;
		value = TextDatumGetCString(key[i]);
		tuya_failure_strip(value);
		appendStringInfo(&names, "%s%s", comma, key_column_name(from, i));
		appendStringInfo(&values, "%s\"%s\"", comma, value);
	}
	return names.len ? psprintf("(%s) = (%s)", names.data, values.data) : NULL;
}

TuyaFailure *
tuya_address_failure(const TuyaAddressing *from, const Datum key[TUYA_KEYS_MAX], int part, const char *utf8)
{
	const char *column = key_column_name(from, part);
	const char *table = RelationGetRelationName(from->relation);

	if (utf8[0] == '\0')
		return tuya_failure_of_key(ERRCODE_INVALID_PARAMETER_VALUE,
								   psprintf("value for key column \"%s\" of foreign table \"%s\" is empty", column, table),
								   psprintf("The key is %s.", tuya_address_describe(from, key)),
								   psprintf("If an empty text means that there is none, compare the column with nullif(VALUE, ''): a NULL key has no %s and makes no request.",
											from->columns->action->reply.rows));
	return tuya_failure_of_key(ERRCODE_INVALID_PARAMETER_VALUE,
							   psprintf("value for key column \"%s\" of foreign table \"%s\" is too long", column, table),
							   psprintf("It has %zu bytes in UTF-8, and %d are allowed. The key begins %s.",
										strlen(utf8), KEY_BYTES_MAX, tuya_address_describe(from, key)),
							   psprintf("The service can have no such key; leave it out with a condition, such as octet_length(VALUE) <= %d.", KEY_BYTES_MAX));
}

/* In UTF-8; NULL of one that is not to be sent. */
static const char *
value_to_send(const TuyaActionKey *key, Datum datum)
{
	char	   *value;
	const char *utf8;

	if (DatumGetPointer(datum) == NULL)
		return NULL;
	value = TextDatumGetCString(datum);
	utf8 = pg_server_to_any(value, strlen(value), PG_UTF8);
	/* without it there are more rows, of which the conditions choose */
	return key->optional && !may_be_sent(utf8) ? NULL : utf8;
}

int
tuya_address_make(const TuyaAddressing *from, const Datum key[TUYA_KEYS_MAX], TuyaQuery *query)
{
	const TuyaAction *action = from->columns->action;
	int			wrong = -1;

	memcpy(query->asker, from->asker, TUYA_ASKER_BYTES);
	query->action = action;
	for (int i = action->nkeys - 1; i >= 0; i--)
	{
		query->parameter[i] = from->columns->key_parameter[i];
		query->value[i] = value_to_send(&action->keys[i], key[i]);
		if (query->value[i] && !may_be_sent(query->value[i]))
			wrong = i;
	}
	query->page_size = from->settings->page_size;
	query->on_incomplete = from->settings->on_incomplete;
	query->ignored_codes = from->settings->ignored_codes;
	query->list_path = from->settings->list_path;
	/* what other statements may have of it, all sessions' memory would have in clear */
	query->cache_ttl = from->columns->shows_secret ? 0 : from->settings->cache_ttl;
	/* nobody knows what those will read */
	query->fields = query->cache_ttl > 0 ? TUYA_ALL_FIELDS : *from->fields;
	if (!from->columns->shows_secret)
		query->fields &= tuya_reply_open_fields(&action->reply);
	return wrong;
}

TuyaBytes
tuya_address_of(const TuyaQuery *query, TuyaAddressRoom *room)
{
	size_t		len = tuya_query_bytes(query, room->bytes, room->size);
	TuyaBytes	address = {.len = len};

	if (len > room->size)
	{
		if (room->bytes)
			pfree(room->bytes);
		room->size = 0;
		room->bytes = palloc(len);
		room->size = len;
		(void) tuya_query_bytes(query, room->bytes, room->size);
	}
	address.data = room->bytes;
	return address;
}
