/*
 * json.h
 *		Members of a reply's objects, named and written as the settings want it.
 */
#ifndef SIM_JSON_H
#define SIM_JSON_H

#include <stdint.h>

#include "actions.h"
#include "buf.h"

/* The next member: a comma, unless it is the first, and its name. */
void		json_member(Buf *out, const char *name);

void		json_string(Buf *out, const char *name, const char *text);
void		json_number(Buf *out, const char *name, int64_t number);

/* A row, as an object, of fields in a struct; without the field called omit, or NULL. */
void		json_row(Buf *out, const Field *fields, const void *row, const char *omit);

/* Its members alone. */
void		json_fields(Buf *out, const Field *fields, const void *row, const char *omit);

#endif
