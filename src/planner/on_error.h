/*
 * on_error.h
 *		Whether a foreign table can show errors as rows.
 */
#ifndef TUYA_ON_ERROR_H
#define TUYA_ON_ERROR_H

#include "postgres.h"

#include "utils/rel.h"

#include "api/column.h"
#include "option/option.h"

/*
 * Throws HV024 if the option on_error is "row" and the table cannot have such a row: it has
 * no column for the error, or keeps a field from being NULL; or if a column for errors
 * is NOT NULL, whatever the option.
 */
extern void tuya_on_error_check(Relation relation, const TuyaColumns *columns,
								TuyaOnError on_error);

#endif							/* TUYA_ON_ERROR_H */
