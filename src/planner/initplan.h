/*
 * initplan.h
 *		What a plan node depends on by subqueries that are run for it once.
 */
#ifndef TUYA_INITPLAN_H
#define TUYA_INITPLAN_H

#include "postgres.h"

#include "nodes/plannodes.h"

/*
 * Lets each node that reads a table of ours know the parameters of its InitPlans.  Of the plan,
 * be it a cached one, nothing changes but extParam and allParam, which become larger.
 */
extern void tuya_initplan_repair(const PlannedStmt *pstmt);

#endif							/* TUYA_INITPLAN_H */
