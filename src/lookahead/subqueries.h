/*
 * subqueries.h
 *		Puts lookahead nodes below where correlated subqueries are evaluated.
 */
#ifndef TUYA_LOOKAHEAD_SUBQUERIES_H
#define TUYA_LOOKAHEAD_SUBQUERIES_H

#include "postgres.h"

#include "lookahead/node.h"

extern void tuya_lookahead_rewrite_subqueries(PlannedStmt *pstmt, Rewrite *rewrite);

#endif							/* TUYA_LOOKAHEAD_SUBQUERIES_H */
