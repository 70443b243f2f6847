/*
 * replan_collation.h
 *		By which collation the SQL function was called that a statement is of.
 */
#ifndef TUYA_REPLAN_COLLATION_H
#define TUYA_REPLAN_COLLATION_H

#include "postgres.h"

#include "executor/execdesc.h"
#include "nodes/pg_list.h"

/*
 * queries: the statement as it would be by the collations of the arguments' types.
 * Sets *collation to what the function's other arguments have in it: InvalidOid if that
 * is the same.  False: it is not known.
 */
extern bool tuya_replan_collation_find(const QueryDesc *statement, List *queries, Oid function,
									   Oid *collation);

#endif							/* TUYA_REPLAN_COLLATION_H */
