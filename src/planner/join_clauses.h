/*
 * join_clauses.h
 *		The conditions of joins that have to do with a table.
 */
#ifndef TUYA_JOIN_CLAUSES_H
#define TUYA_JOIN_CLAUSES_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/*
 * All of them, as RestrictInfos: those that stand in the statement, and the equalities
 * with other relations that follow from equivalence classes.
 */
extern List *tuya_join_clauses_get(PlannerInfo *root, RelOptInfo *baserel);

/*
 * Those that a scan by these outer relations can test, but that PostgreSQL does not hand
 * to it.  They are tested above it, too.
 */
extern List *tuya_join_clauses_left_out(PlannerInfo *root, RelOptInfo *baserel, Relids outer);

/* Those of the list that may become conditions of the table's scan, or the others. */
extern List *tuya_join_clauses_movable(List *clauses, RelOptInfo *baserel, bool may);

#endif							/* TUYA_JOIN_CLAUSES_H */
