/*
 * action.c
 *		Looks things up in the actions' descriptors.
 */
#include "actions.h"

#include "settings.h"

const Action *
action_find(Text name)
{
	for (const Action *action = actions; action->name; action++)
		if (text_is(name, action->name))
			return action;
	return NULL;
}

int
action_number(const Action *action)
{
	return (int) (action - actions);
}

bool
action_chosen(const char *list, const Action *action)
{
	size_t		len = strlen(action->name);

	for (const char *at = list; (at = strstr(at, action->name)); at += len)
		if ((at == list || at[-1] == ',') && (at[len] == ',' || at[len] == '\0'))
			return true;
	return list[0] == '\0';
}

const char *
parameter_name(const ActionParameter *parameter)
{
	return strcmp(parameter->name, "FirmwareId") == 0 ?
		settings.firmware_parameter : parameter->name;
}

int
action_parameter(const Action *action, Text name)
{
	for (int i = 0; action->parameters[i].name; i++)
		if (text_is(name, action->parameters[i].name))
			return i;
	return -1;
}

bool
action_any_has(Text name)
{
	if (text_is(name, "CurrentPage") || text_is(name, "PageSize") || text_is(name, "NextToken"))
		return true;
	for (const Action *action = actions; action->name; action++)
		if (action_parameter(action, name) >= 0)
			return true;
	return false;
}
