/*
 * number.h
 *		From a field that is a whole number to a column that is one.
 *
 * What a value is that is none, or too large for the column, is the service's fault as it is
 * of a time; by the input function of the column's type it would be the statement's.
 */
#ifndef TUYA_NUMBER_H
#define TUYA_NUMBER_H

#include "postgres.h"

#include "core/reply.h"

/* Whether both are whole numbers; field may be NULL. */
extern bool tuya_number_is_one(const TuyaField *field, Oid base_type);

/* Whether the text is one that the type can have; *value is it then. */
extern bool tuya_number_parse(const char *utf8, Oid base_type, Datum *value);

/* "from -32768 to 32767", of the type. */
extern const char *tuya_number_bounds(Oid base_type);

#endif							/* TUYA_NUMBER_H */
