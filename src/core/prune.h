/*
 * prune.h
 *		Takes members that nobody reads out of the rows of a reply's text.
 *
 * Most of what a lookup costs is to make objects of its reply's members, and a statement
 * reads few of a row's fields.
 */
#ifndef TUYA_PRUNE_H
#define TUYA_PRUNE_H

#include "reply.h"

/*
 * Writes the text, which is plain UTF-8, without them to pruned, which has room for len bytes,
 * and returns how long that is.  tuya_jsontext_check() and json-c have the same to say of both:
 * that they are not JSON, and why, or what their members are, but for those taken out, and for
 * how much memory these would take.  They are in an object in a list, have the name of a field
 * that is not among these, in any case, and are a string, a number or null.
 *
 * Returns 0 if nothing may be taken out, for an object has two members of one field, or it
 * nests too deeply: that is for who reads the whole text to say.
 */
extern size_t tuya_prune(const TuyaReplyForm *form, TuyaFields fields, const char *text,
						 size_t len, char *pruned);

#endif							/* TUYA_PRUNE_H */
