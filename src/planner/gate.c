/*
 * gate.c
 *		Quals that can say, before a key is asked for, that it has no rows.
 */
#include "postgres.h"

#include "planner/gate.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"

#include "api/constant.h"
#include "compat.h"
#include "planner/harmless.h"
#include "planner/private.h"

/*
 * ---- in the planner ----
 */

/* The parts of what tuya_gate_choose() makes: lists of integers, or of an OID. */
typedef enum GatePart
{
	GATE_ROW,					/* positions in plan.qual */
	GATE_KEY,					/* likewise */
	GATE_ATTRIBUTES,			/* of the key columns; 0: there is none */
	GATE_TABLE,					/* its OID */
	GATE_CONSTANTS				/* whether it has constant columns */
} GatePart;

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

	clause = (Expr *) tuya_constant_replace((Node *) clause, relid, columns);
	if (!tuya_harmless((Node *) clause))
		return -1;
	pull_varattnos((Node *) clause, relid, &used);
	/* which table it is needs no reply */
	used = bms_del_member(used, TableOidAttributeNumber - FirstLowInvalidHeapAttributeNumber);
	if (bms_is_empty(used))
		return GATE_ROW;
	while ((member = bms_next_member(used, member)) >= 0)
	{
		if (!is_key_attribute(columns, member + FirstLowInvalidHeapAttributeNumber))
			return -1;
	}
	return GATE_KEY;
}

bool
tuya_gate_could_be(Expr *clause, Index relid, const TuyaColumns *columns)
{
	return kind_of(clause, relid, columns) >= 0;
}

/* Whether it may be tested before clauses of that security level, and above. */
static bool
may_overtake(const RestrictInfo *rinfo, Index level)
{
	return rinfo->security_level <= level || rinfo->leakproof;
}

/* Whether what the clause says is true of each key that is asked for by the binding. */
static bool
is_satisfied(const TuyaKeyBinding *binding, const Expr *clause)
{
	const TuyaKeyFactor *own = NULL;
	int			of_others = 0;
	ListCell   *lc;

	foreach(lc, binding->factors)
	{
		const TuyaKeyFactor *factor = lfirst(lc);

		if (factor->clause == (const Node *) clause)
			own = factor;
		else
			of_others |= factor->keys;
	}
	return own != NULL && own->exact && (own->keys & of_others) == 0;
}

List *
tuya_gate_choose(List *clauses, Index relid, Oid table, const TuyaColumns *columns,
				 const TuyaKeyBinding *binding)
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
			if (kind < 0 || !may_overtake(rinfo, after_key))
				after_key = Min(after_key, rinfo->security_level);
			/* what the key was made by need not be tested of it */
			else if (!is_satisfied(binding, rinfo->clause))
				key = lappend_int(key, position);
		}
		position++;
	}
	for (int i = 0; i < columns->action->nkeys; i++)
		attributes = lappend_int(attributes, columns->key_attno[i]);
	return list_make5(row, key, attributes, list_make1_oid(table),
					  list_make1_int(!bms_is_empty(columns->constants)));
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

static Node *
name_table(Node *node, void *context)
{
	const ForeignScan *scan = context;
	Var		   *var = (Var *) node;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && var->varno == (int) scan->scan.scanrelid &&
		var->varattno == TableOidAttributeNumber)
		return (Node *) makeConst(OIDOID, -1, InvalidOid, sizeof(Oid),
								  ObjectIdGetDatum(linitial_oid(part_of(scan, GATE_TABLE))), false, true);
	return expression_tree_mutator(node, name_table, context);
}

/* With values in place of the constant columns, which the table has now. */
static Node *
with_constants(Node *node, const ForeignScan *scan)
{
	List	   *has_constants = part_of(scan, GATE_CONSTANTS);
	Relation	relation;

	if (has_constants == NIL || !linitial_int(has_constants))
		return node;
	relation = table_open(linitial_oid(part_of(scan, GATE_TABLE)), NoLock);
	node = tuya_constant_replace(node, scan->scan.scanrelid, tuya_column_get(relation));
	table_close(relation, NoLock);
	return node;
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
	quals = (List *) name_table((Node *) quals, unconstify(ForeignScan *, scan));
	return (List *) with_constants((Node *) quals, scan);
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

bool
tuya_gate_among_first(const ForeignScan *scan, int nquals)
{
	ListCell   *lc;

	foreach(lc, list_concat_copy(part_of(scan, GATE_ROW), part_of(scan, GATE_KEY)))
	{
		if (lfirst_int(lc) >= nquals)
			return false;
	}
	return true;
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
tuya_gate_refer_to_key(List *exprs, const ForeignScan *scan)
{
	return (List *) refer_to_key(with_constants((Node *) exprs, scan), unconstify(ForeignScan *, scan));
}
