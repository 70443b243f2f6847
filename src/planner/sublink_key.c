/*
 * sublink_key.c
 *		Which columns of a query may be keys of a table of ours.
 */
#include "postgres.h"

#include "planner/sublink_key.h"

#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "storage/lockdefs.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "api/column.h"
#include "planner/own.h"

static bool
is_key_of(Oid relid, AttrNumber attno)
{
	Relation	relation = table_open(relid, NoLock);
	bool		is_key = attno > 0 && tuya_column_get(relation)->column[attno - 1].kind == TUYA_COLUMN_KEY;

	table_close(relation, NoLock);
	return is_key;
}

bool
tuya_sublink_is_no_key(const RangeTblEntry *rte, AttrNumber attno)
{
	return rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_FOREIGN_TABLE && !is_key_of(rte->relid, attno);
}

/* The query's output, in one of its arms at least if there are several. */
static bool
may_be_key_of(const Query *query, AttrNumber attno)
{
	ListCell   *lc;

	check_stack_depth();
	if (attno <= 0)
		return false;
	if (query->setOperations == NULL)
		return tuya_sublink_may_have_key((Node *) get_tle_by_resno(query->targetList, attno)->expr, query->rtable);
	foreach(lc, query->rtable)
	{
		const RangeTblEntry *arm = lfirst_node(RangeTblEntry, lc);

		if (arm->rtekind != RTE_SUBQUERY || may_be_key_of(arm->subquery, attno))
			return true;
	}
	return false;
}

/* Of a table with partitions, of which those that are ours have that column as a key. */
static bool
may_be_key_of_part(Oid relid, AttrNumber attno)
{
	const char *name = get_attname(relid, attno, true);
	ListCell   *lc;

	foreach(lc, name ? find_all_inheritors(relid, NoLock, NULL) : NIL)
	{
		Oid			part = lfirst_oid(lc);

		if (get_rel_relkind(part) == RELKIND_FOREIGN_TABLE && tuya_own_table(part) &&
			is_key_of(part, get_attnum(part, name)))
			return true;
	}
	return false;
}

static bool
may_be_key(RangeTblEntry *rte, AttrNumber attno)
{
	if (!tuya_own_may_have(rte))
		return false;
	if (rte->rtekind == RTE_SUBQUERY)
		return may_be_key_of(rte->subquery, attno);
	if (rte->rtekind != RTE_RELATION)
		return true;
	return rte->relkind == RELKIND_FOREIGN_TABLE ? is_key_of(rte->relid, attno) : may_be_key_of_part(rte->relid, attno);
}

bool
tuya_sublink_may_have_key(Node *expr, const List *rtable)
{
	ListCell   *lc;

	foreach(lc, pull_vars_of_level(expr, 0))
	{
		Var		   *var = lfirst(lc);

		if (!IsA(var, Var) || may_be_key(rt_fetch(var->varno, unconstify(List *, rtable)), var->varattno))
			return true;
	}
	return false;
}
