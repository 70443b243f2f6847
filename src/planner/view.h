/*
 * view.h
 *		Keys for a table in a subquery or view that stays one, from the queries around it.
 */
#ifndef TUYA_VIEW_H
#define TUYA_VIEW_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/*
 * If the table's own query does not have values for all required keys, but those around it
 * do, and nothing stands between, they become conditions of the table.  Else nothing
 * changes but TuyaTable.around, which tells why not.  To be called before its size is
 * estimated.
 */
extern void tuya_view_pass(PlannerInfo *root, RelOptInfo *baserel);

#endif							/* TUYA_VIEW_H */
