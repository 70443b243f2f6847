/*
 * key_range.c
 *		Conditions that leave one value between a lower and an upper bound.
 *
 * Texts that are neither smaller nor larger than each other are equal: so says the
 * operator family that the comparisons belong to, for one collation.
 */
#include "postgres.h"

#include "planner/key_range.h"

#include "access/stratnum.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"

/* With more bounds, each would be compared to too many others. */
#define BOUNDS_MAX 100

static Oid
family_of(const OpExpr *op)
{
	if (op_in_opfamily(op->opno, TEXT_BTREE_FAM_OID))
		return TEXT_BTREE_FAM_OID;
	return op_in_opfamily(op->opno, TEXT_PATTERN_BTREE_FAM_OID) ? TEXT_PATTERN_BTREE_FAM_OID : InvalidOid;
}

static int
strategy_of(const OpExpr *op)
{
	Oid			family = IsA(op, OpExpr) && list_length(op->args) == 2 ? family_of(op) : InvalidOid;

	return OidIsValid(family) ? get_op_opfamily_strategy(op->opno, family) : 0;
}

static bool
is_bound(const OpExpr *op)
{
	int			strategy = strategy_of(op);

	return strategy == BTGreaterEqualStrategyNumber || strategy == BTLessEqualStrategyNumber;
}

/* Both are bounds. */
static bool
is_counterpart(const OpExpr *one, const OpExpr *other)
{
	bool		swapped = strategy_of(one) == strategy_of(other);

	return one->inputcollid == other->inputcollid && family_of(one) == family_of(other) &&
		equal(linitial(one->args), swapped ? lsecond(other->args) : linitial(other->args)) &&
		equal(lsecond(one->args), swapped ? linitial(other->args) : lsecond(other->args));
}

/* x = y, of x >= y or x <= y. */
static Expr *
as_equality(const OpExpr *op)
{
	Oid			left;
	Oid			right;
	Oid			equality;

	op_input_types(op->opno, &left, &right);
	equality = get_opfamily_member(family_of(op), left, right, BTEqualStrategyNumber);
	if (!OidIsValid(equality))
		return (Expr *) op;
	return make_opclause(equality, BOOLOID, false, linitial(op->args), lsecond(op->args), InvalidOid, op->inputcollid);
}

static bool
has_counterpart(const OpExpr *op, List *bounds)
{
	ListCell   *lc;

	foreach(lc, bounds)
	{
		if (lfirst(lc) != op && is_counterpart(op, lfirst(lc)))
			return true;
	}
	return false;
}

List *
tuya_key_close_ranges(List *clauses)
{
	List	   *bounds = NIL;
	List	   *closed = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		if (is_bound(lfirst(lc)))
			bounds = lappend(bounds, lfirst(lc));
	}
	if (list_length(bounds) < 2 || list_length(bounds) > BOUNDS_MAX)
		return list_copy(clauses);
	foreach(lc, clauses)
	{
		Expr	   *clause = lfirst(lc);

		if (list_member_ptr(bounds, clause) && has_counterpart((OpExpr *) clause, bounds))
			clause = as_equality((OpExpr *) clause);
		closed = lappend(closed, clause);
	}
	return closed;
}
