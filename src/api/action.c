/*
 * action.c
 *		All actions, and what can be asked of their tables; see action.h.
 */
#include "api/action.h"

#include <string.h>

#include "core/ascii.h"

#define ACTION(name) &tuya_##name,
const TuyaAction *const tuya_actions[] = {TUYA_ACTIONS NULL};
#undef ACTION

const TuyaField tuya_page_fields[TUYA_PAGE_FIELDS] = {
	[TUYA_PAGE_FETCHED_AT] = {"fetchedAt", "fetched_at", "timestamptz", TUYA_TIME_ISO8601,
	"fetchedAt: when the reply came"},
	[TUYA_PAGE_REQUEST_ID] = {"requestId", "request_id", "text", TUYA_TIME_ISO8601,
	"requestId: how the service calls the request"},
};

int
tuya_action_find_page_field(const char *name)
{
	return tuya_field_find(tuya_page_fields, TUYA_PAGE_FIELDS, name);
}

const TuyaAction *
tuya_action_default(void)
{
	for (int i = 0; tuya_actions[i] != NULL; i++)
	{
		if (tuya_actions[i]->is_default)
			return tuya_actions[i];
	}
	return tuya_actions[0];
}

const TuyaAction *
tuya_action_find(const char *name)
{
	for (int i = 0; tuya_actions[i] != NULL; i++)
	{
		if (strcmp(tuya_actions[i]->name, name) == 0)
			return tuya_actions[i];
	}
	return NULL;
}

int
tuya_action_find_key(const TuyaAction *action, const char *parameter)
{
	for (int key = 0; key < action->nkeys; key++)
	{
		if (tuya_ascii_same(parameter, action->keys[key].parameter))
			return key;
	}
	return -1;
}

bool
tuya_action_any_has_key(const char *parameter)
{
	for (int i = 0; tuya_actions[i] != NULL; i++)
	{
		if (tuya_action_find_key(tuya_actions[i], parameter) >= 0)
			return true;
	}
	return false;
}

static bool
is_page_parameter(const TuyaAction *action, const char *name)
{
	const char *const parameters[] = {
		action->page_parameter, action->size_parameter, action->token_parameter
	};

	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
	{
		if (parameters[i] != NULL && tuya_ascii_same(name, parameters[i]))
			return true;
	}
	return false;
}

bool
tuya_action_any_has_parameter(const char *name)
{
	if (tuya_ascii_same(name, "Action"))
		return true;
	for (int i = 0; tuya_actions[i] != NULL; i++)
	{
		const TuyaAction *action = tuya_actions[i];

		if (is_page_parameter(action, name))
			return true;
		if (action->version != NULL && tuya_ascii_same(name, "Version"))
			return true;
	}
	return tuya_action_any_has_key(name);
}

bool
tuya_action_any_has_field(const char *name)
{
	for (int i = 0; tuya_actions[i] != NULL; i++)
	{
		if (tuya_reply_find_field(&tuya_actions[i]->reply, name) >= 0)
			return true;
	}
	return tuya_action_find_page_field(name) >= 0;
}

bool
tuya_action_any_has_secret(const char *name)
{
	for (int i = 0; tuya_actions[i] != NULL; i++)
	{
		const char *secret = tuya_actions[i]->reply.secret;

		if (secret != NULL && tuya_ascii_same(name, secret))
			return true;
	}
	return false;
}

int
tuya_action_required_keys(const TuyaAction *action)
{
	int			keys = 0;

	for (int key = 0; key < action->nkeys; key++)
	{
		if (!action->keys[key].optional)
			keys |= 1 << key;
	}
	return keys;
}

int
tuya_action_find_column(const TuyaAction *action, const char *column)
{
	for (int i = 0; i < action->reply.nfields; i++)
	{
		const char *own = action->reply.fields[i].column;

		if (own != NULL && tuya_ascii_same(own, column))
			return i;
	}
	return -1;
}

int
tuya_action_field_of_key(const TuyaAction *action, int key)
{
	return tuya_action_find_column(action, action->keys[key].column);
}

/* One that has no name, or no value, is not sent. */
static void
put(TuyaParam *params, int *n, const char *name, const char *value)
{
	if (name == NULL || value == NULL)
		return;
	params[*n].name = name;
	params[*n].value = value;
	(*n)++;
}

int
tuya_action_put_params(const TuyaAction *action, const char *const *parameter,
					   const char *const *value, const TuyaPageParams *page, TuyaParam *params)
{
	int			n = 0;

	put(params, &n, "Action", action->name);
	put(params, &n, "Version", action->version);
	put(params, &n, action->page_parameter, page->number);
	put(params, &n, action->size_parameter, page->size);
	put(params, &n, action->token_parameter, page->token);
	for (int key = 0; key < action->nkeys; key++)
		put(params, &n, parameter[key], value[key]);
	return n;
}
