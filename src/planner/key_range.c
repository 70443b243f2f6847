/*
 * key_range.c
 *		Conditions that leave one value between a lower and an upper bound.
 *
 * Values that are neither smaller nor larger than each other are equal: so says the
 * operator family that the comparisons belong to, for one collation.
 *
 * Rows are compared by their columns in turn, so (a, b) >= (x, y) says a >= x.  If there
 * is a <= x, too, it says a = x AND b >= y.
 */
#include "postgres.h"

#include "planner/key_range.h"

#include "access/stratnum.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"

/* array_ops, record_ops and jsonb_ops, for which the server's headers have no names */
#define ARRAY_BTREE_FAM_OID 397
#define RECORD_BTREE_FAM_OID 2994
#define JSONB_BTREE_FAM_OID 4033

/* With more bounds, each would be compared to too many others. */
#define BOUNDS_MAX 100

/* x >= y or x <= y, of values for which an operator family says what is equal. */
typedef struct Bound
{
	Oid			family;			/* InvalidOid: there is no bound */
	int			strategy;
	OpExpr	   *op;
} Bound;

/* A clause: what is known to be equal, and what it says beside that. */
typedef struct Range
{
	List	   *equalities;
	Expr	   *rest;			/* NULL: nothing */
	Bound		bound;			/* that the rest says */
} Range;

/*
 * ---- bounds ----
 */

/* One in which what is equal is the same text, or made of such. */
static Oid
family_of_texts(Oid operator)
{
	static const Oid families[] = {
		TEXT_BTREE_FAM_OID, TEXT_PATTERN_BTREE_FAM_OID, ARRAY_BTREE_FAM_OID, RECORD_BTREE_FAM_OID,
		JSONB_BTREE_FAM_OID
	};

	for (int i = 0; i < (int) lengthof(families); i++)
	{
		if (op_in_opfamily(operator, families[i]))
			return families[i];
	}
	return InvalidOid;
}

static Expr *
compare(Oid operator, Expr *left, Expr *right, Oid collation)
{
	return make_opclause(operator, BOOLOID, false, left, right, InvalidOid, collation);
}

/* The same comparison by another operator of the family; NULL: there is none. */
static Expr *
compare_otherwise(const OpExpr *op, Oid family, int strategy)
{
	Oid			left;
	Oid			right;
	Oid			operator;

	op_input_types(op->opno, &left, &right);
	operator = get_opfamily_member(family, left, right, strategy);
	return OidIsValid(operator) ? compare(operator, linitial(op->args), lsecond(op->args), op->inputcollid) : NULL;
}

/* x >= y, of the first columns of a comparison by > or >=; likewise <=. */
static Bound
bound_of_row(const RowCompareExpr * row)
{
	Bound		bound = {.family = linitial_oid(row->opfamilies)};
	int			strategy = get_op_opfamily_strategy(linitial_oid(row->opnos), bound.family);

	bound.strategy = strategy == BTLessStrategyNumber || strategy == BTLessEqualStrategyNumber ?
		BTLessEqualStrategyNumber : BTGreaterEqualStrategyNumber;
	bound.op = (OpExpr *) compare_otherwise((OpExpr *) compare(linitial_oid(row->opnos), linitial(row->largs),
															   linitial(row->rargs), linitial_oid(row->inputcollids)),
											bound.family, bound.strategy);
	if (bound.op == NULL)
		bound.family = InvalidOid;
	return bound;
}

static Bound
bound_of(Expr *clause)
{
	Bound		bound = {.op = (OpExpr *) clause};

	if (clause && IsA(clause, RowCompareExpr))
		return bound_of_row((RowCompareExpr *) clause);
	if (clause == NULL || !IsA(clause, OpExpr) || list_length(bound.op->args) != 2)
		return bound;
	bound.family = family_of_texts(bound.op->opno);
	if (OidIsValid(bound.family))
		bound.strategy = get_op_opfamily_strategy(bound.op->opno, bound.family);
	if (bound.strategy != BTGreaterEqualStrategyNumber && bound.strategy != BTLessEqualStrategyNumber)
		bound.family = InvalidOid;
	return bound;
}

static bool
is_counterpart(const Bound *one, const Bound *other)
{
	bool		swapped = one->strategy == other->strategy;

	return one->family == other->family && one->op->inputcollid == other->op->inputcollid &&
		equal(linitial(one->op->args), swapped ? lsecond(other->op->args) : linitial(other->op->args)) &&
		equal(lsecond(one->op->args), swapped ? linitial(other->op->args) : lsecond(other->op->args));
}

static bool
has_counterpart(const Bound *bound, const Range *ranges, int n)
{
	for (int i = 0; OidIsValid(bound->family) && i < n; i++)
	{
		if (&ranges[i].bound != bound && is_counterpart(bound, &ranges[i].bound))
			return true;
	}
	return false;
}

/*
 * ---- ranges ----
 */

/* What the comparison says if its first columns are equal. */
static Expr *
without_first(const RowCompareExpr * row)
{
	RowCompareExpr *rest = makeNode(RowCompareExpr);

	if (list_length(row->opnos) == 2)
		return compare(lsecond_oid(row->opnos), lsecond(row->largs), lsecond(row->rargs),
					   lsecond_oid(row->inputcollids));
	*rest = *row;
	rest->opnos = list_copy_tail(row->opnos, 1);
	rest->opfamilies = list_copy_tail(row->opfamilies, 1);
	rest->inputcollids = list_copy_tail(row->inputcollids, 1);
	rest->largs = list_copy_tail(row->largs, 1);
	rest->rargs = list_copy_tail(row->rargs, 1);
	return (Expr *) rest;
}

/* Its bound has a counterpart. */
static void
close_one(Range *range)
{
	Expr	   *equality = compare_otherwise(range->bound.op, range->bound.family, BTEqualStrategyNumber);

	if (equality)
	{
		range->equalities = lappend(range->equalities, equality);
		range->rest = IsA(range->rest, RowCompareExpr) ? without_first((RowCompareExpr *) range->rest) : NULL;
	}
	range->bound = bound_of(equality ? range->rest : NULL);
}

/* Closes all that are bounds of each other at present; false if there are none. */
static bool
close_ranges(Range *ranges, int n)
{
	bool	   *closes = palloc0(sizeof(bool) * n);
	bool		any = false;

	for (int i = 0; i < n; i++)
		any |= closes[i] = has_counterpart(&ranges[i].bound, ranges, n);
	for (int i = 0; i < n; i++)
	{
		if (closes[i])
			close_one(&ranges[i]);
	}
	return any;
}

static Expr *
clause_of(const Range *range)
{
	List	   *clauses = range->rest ? lappend(list_copy(range->equalities), range->rest) : range->equalities;

	return make_ands_explicit(clauses);
}

List *
tuya_key_close_ranges(List *clauses)
{
	int			n = list_length(clauses);
	Range	   *ranges = palloc0(sizeof(Range) * Max(n, 1));
	List	   *closed = NIL;
	int			bounds = 0;

	for (int i = 0; i < n; i++)
	{
		ranges[i].rest = list_nth(clauses, i);
		ranges[i].bound = bound_of(ranges[i].rest);
		bounds += OidIsValid(ranges[i].bound.family);
	}
	if (bounds < 2 || bounds > BOUNDS_MAX)
		return list_copy(clauses);
	while (close_ranges(ranges, n))
		continue;
	for (int i = 0; i < n; i++)
		closed = lappend(closed, clause_of(&ranges[i]));
	return closed;
}
