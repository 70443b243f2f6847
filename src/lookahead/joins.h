/*
 * joins.h
 *		Puts lookahead nodes above the outer sides of joins.
 */
#ifndef TUYA_LOOKAHEAD_JOINS_H
#define TUYA_LOOKAHEAD_JOINS_H

#include "postgres.h"

#include "lookahead/node.h"

extern void tuya_lookahead_rewrite_joins(PlannedStmt *pstmt, Rewrite *rewrite);

#endif							/* TUYA_LOOKAHEAD_JOINS_H */
