/*
 * document.h
 *		From the bytes of a reply to a json-c document, or why there is none.
 *
 * For reply.c.  The document is in memory that reserve.h lends.
 */
#ifndef TUYA_DOCUMENT_H
#define TUYA_DOCUMENT_H

#include "reply.h"

struct json_object;

/*
 * TUYA_REPLY_PAGE if the bytes are JSON as it is taken here, and an object, of which json-c
 * takes no more memory than any reply of the form should.  The document may lack fields of rows
 * other than these; if that is not all fields, the bytes have no backslash.  Whatever the status,
 * *document is the caller's, to be put after use; it may be NULL.  *reason is a
 * constant format, in which a "%s" stands for what a page has, "jobs"; it is NULL
 * with TUYA_REPLY_PAGE, TUYA_REPLY_NO_MEMORY and TUYA_REPLY_STOPPED.  stop is as in
 * reply.h.
 */
extern TuyaReplyStatus tuya_document_make(const TuyaReplyForm *form, TuyaFields fields,
										  const char *body, size_t len,
										  const volatile sig_atomic_t *stop,
										  struct json_object **document, const char **reason);

/*
 * What there is where a path ends that leads nowhere: writes 'data has "total", "taskInfo"', cut
 * to the size, and none of it but printable ASCII, for the names are remote text.  Returns
 * whether one of these members is an object or a list that is not empty.
 */
extern bool tuya_document_describe(struct json_object *document, const char *const *path,
								   char *text, size_t size);

#endif							/* TUYA_DOCUMENT_H */
