/*
 * query_tree.h
 *		What a query reads, subqueries included.
 */
#ifndef TUYA_QUERY_TREE_H
#define TUYA_QUERY_TREE_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/*
 * query_tree_walker() for who looks for relations or subqueries: it spares the
 * expressions of a query that has no subquery in them.  All statements pay for it, ours
 * or not.
 */
extern bool tuya_query_tree_walk(Query *query, bool (*walker) (Node *, void *), void *context,
								 int flags);

/*
 * Whether the test is true for one of the relations in the node, a query or an
 * expression; ends at the first.
 */
typedef bool (*TuyaRelationTest) (const RangeTblEntry *rte, void *arg);
extern bool tuya_query_tree_search(Node *node, TuyaRelationTest test, void *arg);

#endif							/* TUYA_QUERY_TREE_H */
