/*
 * list_path.h
 *		Where in a reply the list of rows is, as an option's text: "data.rows".
 *
 * Names of members, from the outermost object on, by dots.  Plain C, and never throws.
 */
#ifndef TUYA_LIST_PATH_H
#define TUYA_LIST_PATH_H

#include "core/reply.h"

/* Of the text, its NUL included. */
#define LIST_PATH_SIZE_MAX 256

/* A form whose list is elsewhere; the names point into text, so it cannot be copied. */
typedef struct TuyaListForm
{
	TuyaReplyForm form;
	char		text[LIST_PATH_SIZE_MAX];
} TuyaListForm;

/*
 * Makes the form with the list at that path; NULL, or why the text is no path: a clause
 * such as "has more than 4 names", which lives for ever.
 */
extern const char *tuya_list_path_apply(TuyaListForm *to, const TuyaReplyForm *form,
										const char *text);

#endif							/* TUYA_LIST_PATH_H */
