/*
 * convert.h
 *		From a row's fields, or a failure, and the key to the columns of a slot.
 */
#ifndef TUYA_CONVERT_H
#define TUYA_CONVERT_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "utils/rel.h"

#include "api/column.h"
#include "failure/failure.h"

typedef struct TuyaConverter TuyaConverter;

/*
 * For those attributes of the relation (attribute numbers; 0 stands for all, and
 * system columns are passed over).  In the current memory context.
 */
extern TuyaConverter *tuya_convert_create(Relation relation, const TuyaColumns *columns,
										  List *attributes);

/* Which fields of a row it reads. */
extern TuyaFields tuya_convert_fields(const TuyaConverter *converter);

/*
 * Stores the row as a virtual tuple.  What the values need is allocated in the
 * current memory context, which must outlive the slot's next clear.  key has
 * text Datums.  Throws what a type's input function throws, with column, row
 * and value as context.
 */
extern void tuya_convert_row(TuyaConverter *converter, const TuyaRow *row,
							 const Datum key[TUYA_KEYS_MAX], TupleTableSlot *slot);

/*
 * Why the row cannot be converted, as far as it is the service's fault, palloc'ed; NULL
 * if it can: a time or a number that is none, a character that the database's encoding does
 * not have, what the column's type does not take (as far as compat.h can tell).
 * And whether there can be such rows at all.
 */
extern bool tuya_convert_may_find_fault(const TuyaConverter *converter);
extern TuyaFailure *tuya_convert_find_fault(const TuyaConverter *converter, const TuyaRow *row);

/*
 * Likewise of the row that says why a key has none: the key as it was asked for, also where
 * its column is a field's; no fields.
 */
extern void tuya_convert_failure(TuyaConverter *converter, const TuyaFailure *failure,
								 const Datum key[TUYA_KEYS_MAX], TupleTableSlot *slot);

#endif							/* TUYA_CONVERT_H */
