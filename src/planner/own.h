/*
 * own.h
 *		Which foreign tables are of this wrapper.
 */
#ifndef TUYA_OWN_H
#define TUYA_OWN_H

#include "postgres.h"

#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"

/* Whether that foreign table is. */
extern bool tuya_own_table(Oid relid);

/* Whether that server's tables are. */
extern bool tuya_own_server(Oid server);

/* Whether that is a scan, or a count, of such a table. */
extern bool tuya_own_scan(const ForeignScan *scan);

/* Whether that relation of a query is such a table, or has one as a partition. */
extern bool tuya_own_entry(const RangeTblEntry *rte);

/* Whether the query, or a subquery of it, reads such a table, be it as a partition. */
extern bool tuya_own_query(Query *query);

/* Whether columns of a query's relation may be such a table's. */
extern bool tuya_own_may_have(RangeTblEntry *rte);

/* Whether that relation of a statement is such a table. */
extern bool tuya_own_relation(const RelOptInfo *rel);

#endif							/* TUYA_OWN_H */
