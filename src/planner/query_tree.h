/*
 * query_tree.h
 *		What a query reads, subqueries included.
 */
#ifndef TUYA_QUERY_TREE_H
#define TUYA_QUERY_TREE_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/*
 * Whether the test is true for one of the relations in the node, a query or an
 * expression; ends at the first.
 */
typedef bool (*TuyaRelationTest) (const RangeTblEntry *rte, void *arg);
extern bool tuya_query_tree_search(Node *node, TuyaRelationTest test, void *arg);

#endif							/* TUYA_QUERY_TREE_H */
