/*
 * certain.h
 *		What is certain of a plan before it runs: rows, and scans that are come to.
 */
#ifndef TUYA_CERTAIN_H
#define TUYA_CERTAIN_H

#include "postgres.h"

#include "nodes/bitmapset.h"
#include "nodes/plannodes.h"

/* Whether it has a row, whatever there is, and whatever its parameters are. */
extern bool tuya_certain_row(const Plan *plan);

/*
 * The plan node ids of those scans of ours that will be read as certainly as the one of that
 * id, which is asked for a row: with keys that no other part of the plan gives.  Where one
 * of two of them, which are joined, turns out to have no rows, the other may not be.
 * first_row: no more than a first row of the plan is certain to be asked for.
 */
extern Bitmapset *tuya_certain_scans(const PlannedStmt *pstmt, int asking, bool first_row);

#endif							/* TUYA_CERTAIN_H */
