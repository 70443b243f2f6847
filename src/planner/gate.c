/*
 * gate.c
 *		Quals that can say, before a key is asked for, that it has no rows.
 */
#include "postgres.h"

#include "planner/gate.h"

#include "access/sysattr.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "compat.h"
#include "planner/private.h"

/*
 * ---- in the planner ----
 */

/* The parts of what tuya_gate_choose() makes, all integer lists. */
typedef enum GatePart
{
	GATE_ROW,					/* positions in plan.qual */
	GATE_KEY,					/* likewise */
	GATE_ATTRIBUTES				/* of the key columns; 0: there is none */
} GatePart;

/*
 * Functions of text that throw for no text, nor for what may stand beside it.
 * Leakproof ones, among them all comparisons, need not be listed.
 */
static bool
is_quiet_function(Oid function, void *context)
{
	(void) context;
	switch (function)
	{
		case F_LOWER_TEXT:
		case F_UPPER_TEXT:
		case F_INITCAP:
		case F_LENGTH_TEXT:
		case F_CHAR_LENGTH_TEXT:
		case F_CHARACTER_LENGTH_TEXT:
		case F_OCTET_LENGTH_TEXT:
		case F_BTRIM_TEXT:
		case F_BTRIM_TEXT_TEXT:
		case F_LTRIM_TEXT:
		case F_LTRIM_TEXT_TEXT:
		case F_RTRIM_TEXT:
		case F_RTRIM_TEXT_TEXT:
		case F_LEFT:
		case F_RIGHT:
		case F_STRPOS:
		case F_POSITION_TEXT_TEXT:
		case F_STARTS_WITH:
		case F_SUBSTR_TEXT_INT4:
		case F_SUBSTRING_TEXT_INT4:
		case F_REVERSE_TEXT:
		case F_TRANSLATE:
		case F_TEXTCAT:
		case F_MD5_TEXT:
		case F_HASHTEXT:
		case F_NAME_TEXT:
		case F_TEXT_NAME:
		case F_TEXT_BPCHAR:
			return true;
		default:
			return get_func_leakproof(function);
	}
}

/* Matching, which throws for some patterns, but for no text. */
static bool
is_matching_function(Oid function)
{
	switch (function)
	{
		case F_TEXTLIKE:
		case F_TEXTNLIKE:
		case F_TEXTICLIKE:
		case F_TEXTICNLIKE:
		case F_TEXTREGEXEQ:
		case F_TEXTREGEXNE:
		case F_TEXTICREGEXEQ:
		case F_TEXTICREGEXNE:
			return true;
		default:
			return false;
	}
}

static bool
matches_constant(Node *node)
{
	OpExpr	   *op = (OpExpr *) node;

	return IsA(node, OpExpr) && is_matching_function(get_opcode(op->opno)) &&
		IsA(lsecond(op->args), Const);
}

/* Whether all of the arguments, from that one on, are constants, and not NULL. */
static bool
has_constants(List *args, int from)
{
	for (int i = from; i < list_length(args); i++)
	{
		Const	   *arg = list_nth(args, i);

		if (!IsA(arg, Const) || arg->constisnull)
			return false;
	}
	return true;
}

/* Functions that throw for some arguments beside the text, but not for these. */
static bool
has_good_arguments(Node *node)
{
	Oid			function = IsA(node, FuncExpr) ? ((FuncExpr *) node)->funcid :
		IsA(node, OpExpr) ? get_opcode(((OpExpr *) node)->opno) : InvalidOid;
	List	   *args = IsA(node, FuncExpr) ? ((FuncExpr *) node)->args :
		IsA(node, OpExpr) ? ((OpExpr *) node)->args : NIL;

	if (args == NIL || !has_constants(args, 1))
		return false;
	switch (function)
	{
		case F_INT4MOD:
			return DatumGetInt32(((Const *) lsecond(args))->constvalue) != 0;
		case F_INT8MOD:
			return DatumGetInt64(((Const *) lsecond(args))->constvalue) != 0;
		case F_VARCHAR_VARCHAR_INT4_BOOL:
		case F_BPCHAR_BPCHAR_INT4_BOOL:
			/* an explicit cast cuts, another one might throw */
			return DatumGetBool(((Const *) lthird(args))->constvalue);
		case F_SUBSTR_TEXT_INT4_INT4:
		case F_SUBSTRING_TEXT_INT4_INT4:
			return DatumGetInt32(((Const *) lthird(args))->constvalue) >= 0;
		case F_SPLIT_PART:
			return DatumGetInt32(((Const *) lthird(args))->constvalue) != 0;
		default:
			return false;
	}
}

/* Comparisons of arrays throw only what the elements' comparison throws: nothing, of texts. */
static bool
compares_arrays_of_text(Node *node)
{
	OpExpr	   *op = (OpExpr *) node;
	Oid			element;

	if (!IsA(node, OpExpr) || !OidIsValid(op->inputcollid))
		return false;
	switch (get_opcode(op->opno))
	{
		case F_ARRAYCONTAINS:
		case F_ARRAYCONTAINED:
		case F_ARRAYOVERLAP:
		case F_ARRAY_EQ:
		case F_ARRAY_NE:
			element = get_base_element_type(exprType(linitial(op->args)));
			return (element == TEXTOID || element == VARCHAROID) &&
				element == get_base_element_type(exprType(lsecond(op->args)));
		default:
			return false;
	}
}

static bool
is_loud_function(Oid function, void *context)
{
	return !is_quiet_function(function, context);
}

static bool
might_throw(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
		case T_Const:
		case T_Param:
		case T_CaseTestExpr:
			return false;
		case T_List:
		case T_PlaceHolderVar:
		case T_RelabelType:
		case T_CollateExpr:
		case T_BoolExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_CaseExpr:
		case T_CaseWhen:
		case T_CoalesceExpr:
		case T_FuncExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
			break;
		case T_ArrayExpr:
			if (((ArrayExpr *) node)->multidims)
				return true;
			break;
		case T_SubscriptingRef:
			/* outside of an array there is NULL; what is no array may think otherwise */
			if (((SubscriptingRef *) node)->refassgnexpr ||
				!OidIsValid(get_base_element_type(((SubscriptingRef *) node)->refcontainertype)))
				return true;
			break;
		default:
			return true;
	}
	if (!matches_constant(node) && !has_good_arguments(node) && !compares_arrays_of_text(node) &&
		check_functions_in_node(node, is_loud_function, context))
		return true;
	return expression_tree_walker(node, might_throw, context);
}

bool
tuya_gate_is_harmless(Node *expr)
{
	return !contain_volatile_functions(expr) && !might_throw(expr, NULL);
}

static bool
is_key_attribute(const TuyaColumns *columns, AttrNumber attno)
{
	return attno > 0 && columns->column[attno - 1].kind == TUYA_COLUMN_KEY;
}

/* Which kind of gate the clause could be; neither: -1. */
static int
kind_of(Expr *clause, Index relid, const TuyaColumns *columns)
{
	Bitmapset  *used = NULL;
	int			member = -1;

	if (!tuya_gate_is_harmless((Node *) clause))
		return -1;
	pull_varattnos((Node *) clause, relid, &used);
	if (bms_is_empty(used))
		return GATE_ROW;
	while ((member = bms_next_member(used, member)) >= 0)
	{
		if (!is_key_attribute(columns, member + FirstLowInvalidHeapAttributeNumber))
			return -1;
	}
	return GATE_KEY;
}

/* Whether it may be tested before clauses of that security level, and above. */
static bool
may_overtake(const RestrictInfo *rinfo, Index level)
{
	return rinfo->security_level <= level || rinfo->leakproof;
}

List *
tuya_gate_choose(List *clauses, Index relid, const TuyaColumns *columns)
{
	Index		after_row = PG_UINT32_MAX;	/* lowest level tested after row gates, ... */
	Index		after_key = PG_UINT32_MAX;	/* ... and after key gates */
	List	   *row = NIL;
	List	   *key = NIL;
	List	   *attributes = NIL;
	int			position = 0;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		int			kind;

		if (rinfo->pseudoconstant)
			continue;
		kind = kind_of(rinfo->clause, relid, columns);
		if (kind == GATE_ROW && may_overtake(rinfo, after_row))
			row = lappend_int(row, position);
		else
		{
			after_row = Min(after_row, rinfo->security_level);
			if (kind >= 0 && may_overtake(rinfo, after_key))
				key = lappend_int(key, position);
			else
				after_key = Min(after_key, rinfo->security_level);
		}
		position++;
	}
	for (int i = 0; i < columns->action->nkeys; i++)
		attributes = lappend_int(attributes, columns->key_attno[i]);
	return list_make3(row, key, attributes);
}

/*
 * ---- in the plan ----
 */

static List *
part_of(const ForeignScan *scan, GatePart part)
{
	List	   *gates = tuya_private_get(scan).gates;

	return gates ? list_nth(gates, part) : NIL;
}

static List *
quals_at(const ForeignScan *scan, List *positions)
{
	List	   *quals = NIL;
	ListCell   *lc;

	foreach(lc, positions)
	{
		quals = lappend(quals, list_nth(scan->scan.plan.qual, lfirst_int(lc)));
	}
	return quals;
}

List *
tuya_gate_row_quals(const ForeignScan *scan)
{
	return quals_at(scan, part_of(scan, GATE_ROW));
}

List *
tuya_gate_key_quals(const ForeignScan *scan)
{
	return quals_at(scan, part_of(scan, GATE_KEY));
}

/* A key is texts; a column of another type has the same form. */
static Node *
refer_to_key(Node *node, void *context)
{
	const ForeignScan *scan = context;
	Var		   *var = (Var *) node;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && var->varno == (int) scan->scan.scanrelid)
	{
		List	   *attributes = part_of(scan, GATE_ATTRIBUTES);

		for (int key = 0; key < list_length(attributes); key++)
			if (list_nth_int(attributes, key) == var->varattno)
				return (Node *) makeRelabelType((Expr *) makeVar(INNER_VAR, key + 1, TEXTOID, -1,
																 DEFAULT_COLLATION_OID, 0),
												var->vartype, var->vartypmod, var->varcollid,
												COERCE_IMPLICIT_CAST);
		elog(ERROR, "column %d is no key", var->varattno);
	}
	return expression_tree_mutator(node, refer_to_key, context);
}

List *
tuya_gate_refer_to_key(List *quals, const ForeignScan *scan)
{
	return (List *) refer_to_key((Node *) quals, unconstify(ForeignScan *, scan));
}
