/*
 * supplier.h
 *		Which other relations can supply the keys that a relation lacks.
 *
 * Sets of relations are Relids, as a path's required_outer has them: without the
 * relation itself, and with those that it refers to by LATERAL.
 */
#ifndef TUYA_SUPPLIER_H
#define TUYA_SUPPLIER_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "planner/key.h"

/*
 * The sets, each of which can supply that key by one of the clauses (RestrictInfos), or
 * none at all, where a condition of the relation does.  NIL if nothing supplies it.
 */
extern List *tuya_supplier_of_key(RelOptInfo *rel, List *clauses, const TuyaKeyOwn *own,
								  TuyaKeyId key);

/* All distinct unions of one set of the first list with one of the second. */
extern List *tuya_supplier_unions(List *left, List *right);

/*
 * The sets that may supply all required keys for which the table's own conditions do not
 * have a single value, the smallest first; NIL if there is none.  With more relations a
 * condition may be tested before a key is asked for.
 */
extern List *tuya_supplier_sets(PlannerInfo *root, RelOptInfo *baserel, int single);

/*
 * The right side of a semi-join may also be read first, without its duplicates,
 * and its left side looked up in it.  Not if the keys come from the left side: then
 * that is no plan, but the planner thinks that it is, and does not look for others.
 * sets: those for which the relation has paths.
 */
extern void tuya_supplier_forbid_unique(PlannerInfo *root, RelOptInfo *rel, List *sets);

#endif							/* TUYA_SUPPLIER_H */
