/*
 * replan_function.c
 *		The SQL function that a statement is of, and what its arguments are called.
 *
 * Nothing tells of which function a statement is that begins, but it has the function's text, and
 * arguments of its types.  So it is the function with these, if all that have them call their
 * arguments the same.  This is for a session's first statement, which is worth a walk over pg_proc.
 *
 * By which collation the function was called stands in its plan's parameters alone.
 */
#include "postgres.h"

#include "planner/replan_function.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "nodes/params.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "planner/plan_tree.h"

/*
 * ---- the function ----
 */

static bool
has_types(const Form_pg_proc proc, const ParamListInfo params)
{
	if (proc->pronargs != params->numParams)
		return false;
	for (int i = 0; i < params->numParams; i++)
	{
		if (proc->proargtypes.values[i] != params->params[i].ptype)
			return false;
	}
	return true;
}

/* Whether the function is that text, which is parsed whenever it is called for the first time. */
static bool
has_body(Relation catalog, HeapTuple tuple, const char *wanted)
{
	bool		isnull;
	Datum		body;

	(void) heap_getattr(tuple, Anum_pg_proc_prosqlbody, RelationGetDescr(catalog), &isnull);
	if (!isnull)
		return false;
	body = heap_getattr(tuple, Anum_pg_proc_prosrc, RelationGetDescr(catalog), &isnull);
	return !isnull && strcmp(TextDatumGetCString(body), wanted) == 0;
}

static bool
have_same_names(Relation catalog, HeapTuple one, HeapTuple other)
{
	bool		is_one_null;
	bool		is_other_null;
	Datum		names = heap_getattr(one, Anum_pg_proc_proargnames, RelationGetDescr(catalog), &is_one_null);
	Datum		other_names = heap_getattr(other, Anum_pg_proc_proargnames, RelationGetDescr(catalog), &is_other_null);

	return is_one_null == is_other_null && (is_one_null || datum_image_eq(names, other_names, false, -1));
}

/* A copy of the function's row; NULL: there is none, or several that call arguments differently. */
static HeapTuple
find_function(const QueryDesc *query)
{
	Relation	catalog = table_open(ProcedureRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	found = NULL;
	bool		differ = false;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);

		if (proc->prolang != SQLlanguageId || !has_types(proc, query->params) ||
			!has_body(catalog, tuple, query->sourceText))
			continue;
		if (found)
			differ |= !have_same_names(catalog, tuple, found);
		else
			found = heap_copytuple(tuple);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return differ ? NULL : found;
}

/*
 * ---- its collation ----
 */

/* Sets *context to that of a parameter; all that have any have the same. */
static bool
find_collation(Node *node, void *context)
{
	const Param *param = (Param *) node;

	if (node == NULL)
		return false;
	if (!IsA(node, Param))
		return expression_tree_walker(node, find_collation, context);
	if (param->paramkind != PARAM_EXTERN || !OidIsValid(param->paramcollid))
		return false;
	*(Oid *) context = param->paramcollid;
	return true;
}

static bool
find_in_plan(Plan *plan, Oid *collation)
{
	ListCell   *lc;

	if (plan == NULL)
		return false;
	if (find_collation((Node *) tuya_plan_tree_expressions(plan), collation))
		return true;
	foreach(lc, tuya_plan_tree_children(plan))
	{
		if (find_in_plan(lfirst(lc), collation))
			return true;
	}
	return false;
}

static bool
find_in_statement(const PlannedStmt *stmt, Oid *collation)
{
	ListCell   *lc;

	foreach(lc, stmt->subplans)
	{
		if (find_in_plan(lfirst(lc), collation))
			return true;
	}
	return find_in_plan(stmt->planTree, collation);
}

static bool
takes_collation(const ParamListInfo params)
{
	for (int i = 0; i < params->numParams; i++)
	{
		if (OidIsValid(get_typcollation(params->params[i].ptype)))
			return true;
	}
	return false;
}

SQLFunctionParseInfo *
tuya_replan_function(const QueryDesc *query)
{
	Oid			collation = InvalidOid;
	HeapTuple	function;

	if (query->params == NULL)
		return NULL;
	if (!find_in_statement(query->plannedstmt, &collation) && takes_collation(query->params))
		return NULL;
	function = find_function(query);
	return function ? prepare_sql_fn_parse_info(function, NULL, collation) : NULL;
}
