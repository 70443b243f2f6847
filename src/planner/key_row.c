/*
 * key_row.c
 *		Columns that a condition takes out of their table's row, by name.
 *
 *		to_jsonb(j) ->> 'key'			j.key; to_json() and row_to_json(), too, and #>> '{key}'
 *		to_jsonb(j) -> 'key'			to_jsonb(j.key), if that is never NULL
 *
 * The row is the table's, or one that a view or a subquery makes of its columns.  The conditions
 * are read, not executed.
 */
#include "postgres.h"

#include "planner/key_row.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/tlist.h"
#include "parser/parsetree.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "compat.h"

typedef struct Walk
{
	const TuyaKeyOwn *own;
	bool		found;
} Walk;

/*
 * ---- rows ----
 */

/* The column of that name; 0: there is none.  A subquery has several of one name: none is told. */
static AttrNumber
number_of(const TuyaKeyOwn *own, const Var *row, const char *name)
{
	Oid			table = get_typ_typrelid(row->vartype);
	AttrNumber	found = 0;
	ListCell   *lc;

	if (OidIsValid(table))
		return Max(get_attnum(table, name), 0);
	foreach(lc, planner_rt_fetch(own->relid, own->root)->eref->colnames)
	{
		if (strcmp(strVal(lfirst(lc)), name) != 0)
			continue;
		if (found)
			return 0;
		found = (AttrNumber) (foreach_current_index(lc) + 1);
	}
	return found;
}

static void
set_type(const TuyaKeyOwn *own, Var *column)
{
	const RangeTblEntry *rte = planner_rt_fetch(own->relid, own->root);
	Oid			table = get_typ_typrelid(column->vartype);
	Node	   *output;

	if (OidIsValid(table))
	{
		get_atttypetypmodcoll(table, column->varattno, &column->vartype, &column->vartypmod, &column->varcollid);
		return;
	}
	output = (Node *) get_tle_by_resno(rte->subquery->targetList, column->varattno)->expr;
	column->vartype = exprType(output);
	column->vartypmod = exprTypmod(output);
	column->varcollid = exprCollation(output);
}

/* Of the row that the variable is: a table's, a view's, or one of a subquery, which has no type. */
static Expr *
column_of_relation(const TuyaKeyOwn *own, const Var *row, const char *name)
{
	AttrNumber	attno = number_of(own, row, name);
	Var		   *column = copyObject(unconstify(Var *, row));

	if (attno == 0 || (row->vartype == RECORDOID && planner_rt_fetch(own->relid, own->root)->rtekind != RTE_SUBQUERY))
		return NULL;
	column->varattno = attno;
	column->varattnosyn = 0;
	column->varnosyn = 0;
	set_type(own, column);
	return (Expr *) column;
}

/* Of two fields of one name none is told. */
static Expr *
field_of_row(const RowExpr *row, const char *name)
{
	Oid			table = get_typ_typrelid(row->row_typeid);
	AttrNumber	attno = OidIsValid(table) ? get_attnum(table, name) : InvalidAttrNumber;
	Expr	   *found = NULL;
	ListCell   *f;
	ListCell   *n;

	if (row->row_typeid != RECORDOID)
		return attno > 0 && attno <= list_length(row->args) ? list_nth(row->args, attno - 1) : NULL;
	if (list_length(row->colnames) != list_length(row->args))
		return NULL;
	forboth(f, row->args, n, row->colnames)
	{
		if (strcmp(strVal(lfirst(n)), name) != 0)
			continue;
		if (found)
			return NULL;
		found = lfirst(f);
	}
	return found;
}

/* The row's column of that name, of the table's own, if it is text; else NULL. */
static Expr *
column_of(const TuyaKeyOwn *own, Expr *row, const char *name)
{
	Expr	   *column = NULL;

	/* a partition's row is made its table's by the columns' names */
	while (IsA(row, ConvertRowtypeExpr) || IsA(row, RelabelType))
		row = IsA(row, RelabelType) ? ((RelabelType *) row)->arg : ((ConvertRowtypeExpr *) row)->arg;
	if (IsA(row, Var) && ((Var *) row)->varattno == 0 && ((Var *) row)->varno == (int) own->relid &&
		((Var *) row)->varlevelsup == 0)
		column = column_of_relation(own, (Var *) row, name);
	else if (IsA(row, RowExpr))
		column = field_of_row((RowExpr *) row, name);
	return column && tuya_key_is_text(column) ? column : NULL;
}

/*
 * ---- members ----
 */

/* The only one of a path's names; NULL if there are others, or it is not known. */
static const char *
only_name(Expr *path)
{
	const Const *names = (Const *) path;
	Datum	   *values;
	bool	   *nulls;
	int			n;

	if (!IsA(path, Const) || names->constisnull || names->consttype != TEXTARRAYOID)
		return NULL;
	deconstruct_array(DatumGetArrayTypeP(names->constvalue), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &n);
	return n == 1 && !nulls[0] ? TextDatumGetCString(values[0]) : NULL;
}

/* The row that the expression makes JSON of; NULL: it does not. */
static Expr *
row_of(Expr *json)
{
	List	   *args;
	Oid			function = tuya_key_called(json, &args);

	return function == F_TO_JSONB || function == F_TO_JSON || function == F_ROW_TO_JSON_RECORD ? linitial(args) : NULL;
}

/* The column in place of the member; NULL: the node is no such. */
static Node *
column_in_place(const TuyaKeyOwn *own, Node *node)
{
	List	   *args;
	Oid			function = tuya_key_called((Expr *) node, &args);
	bool		is_path = function == F_JSONB_EXTRACT_PATH_TEXT || function == F_JSON_EXTRACT_PATH_TEXT;
	bool		is_member = function == F_JSONB_OBJECT_FIELD;
	Expr	   *row;
	const char *name;
	Expr	   *column;

	if (!is_path && !is_member && function != F_JSONB_OBJECT_FIELD_TEXT && function != F_JSON_OBJECT_FIELD_TEXT)
		return NULL;
	row = row_of(linitial(args));
	name = is_path ? only_name(lsecond(args)) : tuya_key_constant_text(lsecond(args));
	column = row && name ? column_of(own, row, name) : NULL;
	if (column == NULL || !is_member)
		return (Node *) column;
	/* a NULL would be JSON's */
	return !tuya_key_own_is_never_null(own, column) ? NULL :
		(Node *) makeFuncExpr(F_TO_JSONB, JSONBOID, list_make1(column), InvalidOid, DEFAULT_COLLATION_OID, COERCE_EXPLICIT_CALL);
}

static bool
find_member(Node *node, void *context)
{
	Walk	   *walk = context;

	if (node == NULL)
		return false;
	walk->found = column_in_place(walk->own, node) != NULL;
	return walk->found || expression_tree_walker(node, find_member, context);
}

static Node *
replace_members(Node *node, void *context)
{
	Node	   *column = node ? column_in_place(((Walk *) context)->own, node) : NULL;

	if (node == NULL || column)
		return column;
	return expression_tree_mutator(node, replace_members, context);
}

Expr *
tuya_key_row_columns(const TuyaKeyOwn *own, Expr *clause)
{
	Walk		walk = {.own = own};

	find_member((Node *) clause, &walk);
	return walk.found ? (Expr *) replace_members((Node *) clause, &walk) : NULL;
}
