/*
 * constant.h
 *		The values of columns that have the same in every row of their table.
 *
 * The option has a text, which is made a value by the input function of the column's
 * type whenever it is needed, for that may depend on the session's settings.  So plans
 * do not keep it; a change of the option makes PostgreSQL plan anew.
 */
#ifndef TUYA_CONSTANT_H
#define TUYA_CONSTANT_H

#include "postgres.h"

#include "nodes/primnodes.h"
#include "utils/rel.h"

#include "api/column.h"

/*
 * The value of that column of a table that is open; never NULL.  In the current memory
 * context.  Throws HV024 if the column's type cannot have it.
 */
extern Const *tuya_constant_make(Relation relation, const TuyaColumns *columns, AttrNumber attno);

/* The same of a table that is locked. */
extern Const *tuya_constant_get(const TuyaColumns *columns, AttrNumber attno);

/*
 * The node with values in place of constant columns of the table, which is locked, and whose
 * columns have that varno: a copy, or, if it has no such columns, the node itself.
 */
extern Node *tuya_constant_replace(Node *node, Index varno, const TuyaColumns *columns);

/* Whether all of these columns are constants: attributes as pull_varattnos() gives them. */
extern bool tuya_constant_are_all(const TuyaColumns *columns, const Bitmapset *attributes);

/* Throws HV024 for the first column that has no value. */
extern void tuya_constant_check(Relation relation, const TuyaColumns *columns);

#endif							/* TUYA_CONSTANT_H */
