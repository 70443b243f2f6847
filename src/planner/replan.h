/*
 * replan.h
 *		A session's first statement, planned again when it begins.
 *
 * The library is loaded while that statement is planned, when what IN compares a
 * subquery to cannot get into it any more, and nothing keeps the query that the planner
 * was given.  So it is made again from the statement's text, if the plan lacks keys.
 */
#ifndef TUYA_REPLAN_H
#define TUYA_REPLAN_H

#include "postgres.h"

#include "executor/execdesc.h"
#include "nodes/pathnodes.h"

/* A call of the planner that had begun when the library was loaded reads a table of ours. */
extern void tuya_replan_expect(const PlannerGlobal *glob);

/* The call of the planner that was expected has failed. */
extern void tuya_replan_forget(void);

/*
 * Another plan for a statement that is about to be executed, in the current memory
 * context; NULL if the one that it has is right, or none can be had: then that plan says
 * at its first row what to do.
 */
extern PlannedStmt *tuya_replan(const QueryDesc *query);

#endif							/* TUYA_REPLAN_H */
