/*
 * list_path.c
 *		Where in a reply the list of rows is; see list_path.h.
 */
#include "api/list_path.h"

#include <string.h>

/* Members of the API have letters alone; these are what others have. */
static const char plain[] =
"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

const char *
tuya_list_path_apply(TuyaListForm *to, const TuyaReplyForm *form, const char *text)
{
	char	   *name = to->text;
	int			n = 0;

	to->form = *form;
	memset(to->form.list, 0, sizeof(to->form.list));
	if (strlen(text) >= sizeof(to->text))
		return "is too long";
	strcpy(to->text, text);
	for (;;)
	{
		size_t		len = strspn(name, plain);
		char		end = name[len];

		if (len == 0 || (end != '.' && end != '\0'))
			return "is not names of letters, digits, \"_\" and \"-\" with a dot between them";
		if (n == REPLY_PATH_MAX)
			return "has more than 4 names";
		to->form.list[n++] = name;
		name[len] = '\0';
		if (end == '\0')
			return NULL;
		name += len + 1;
	}
}
