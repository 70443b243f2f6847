/*
 * gate.h
 *		Quals that can say, before a key is asked for, that it has no rows.
 *
 * A foreign scan's quals are tested on rows that came from the service.  Some
 * need no reply: those without a column of the table, constant columns aside, and those
 * over key columns as well, for these show what was asked for.  The scan tests them before it asks,
 * and lookahead before it announces (executor/gatekeeper.h).  All of them stay in the plan's quals, so
 * a gate decides only what is asked for, never which rows are true.
 *
 * A qual is left to its turn if it is volatile, has a subquery or might throw,
 * for then it would throw for keys that have no rows; and if it is leaky, and
 * one that stands before it for security's sake is left to its turn.
 */
#ifndef TUYA_GATE_H
#define TUYA_GATE_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "nodes/plannodes.h"

#include "api/column.h"
#include "planner/key.h"

/*
 * ---- in the planner ----
 */

/*
 * For a scan's clauses, RestrictInfos in the order of plan.qual (pseudoconstant
 * ones are not there), which bind its keys like that: where in it the gates stand.
 * Part of a plan.
 */
extern List *tuya_gate_choose(List *clauses, Index relid, Oid table, const TuyaColumns *columns,
							  const TuyaKeyBinding *binding);

/* Whether the clause could be a gate, if nothing stands before it. */
extern bool tuya_gate_could_be(Expr *clause, Index relid, const TuyaColumns *columns);

/*
 * ---- in the plan ----
 */

/*
 * The gates of a scan's plan: without a column of it, and over key columns.  Constant columns
 * are values in them.
 */
extern List *tuya_gate_row_quals(const ForeignScan *scan);
extern List *tuya_gate_key_quals(const ForeignScan *scan);

/* Whether all gates are among that many first quals of the scan's plan. */
extern bool tuya_gate_among_first(const ForeignScan *scan, int nquals);

/*
 * The expressions for tuya_gatekeeper_create(), or for tuya_keyset_create(): a copy in
 * which the scan's key columns refer to the inner tuple, which is to be a key, and constant
 * columns are values.
 */
extern List *tuya_gate_refer_to_key(List *exprs, const ForeignScan *scan);

#endif							/* TUYA_GATE_H */
