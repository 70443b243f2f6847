/*
 * key.c
 *		Which quals bind which key columns.
 *
 * All key clauses stay in the plan's quals, so what is bound here decides only
 * what is asked for, never which rows are true.
 */
#include "postgres.h"

#include "key.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

static Expr *
strip_relabels(Expr *expr)
{
	while (expr && IsA(expr, RelabelType))
		expr = ((RelabelType *) expr)->arg;
	return expr;
}

bool
tuya_key_is_column(Expr *expr, Index relid, AttrNumber attno)
{
	Var		   *var = (Var *) strip_relabels(expr);

	return var && IsA(var, Var) && var->varno == (int) relid && var->varattno == attno &&
		var->varlevelsup == 0;
}

static bool
is_text_equality(OpExpr *op)
{
	return list_length(op->args) == 2 && get_opcode(op->opno) == F_TEXTEQ &&
		OidIsValid(op->inputcollid) && get_collation_isdeterministic(op->inputcollid);
}

static bool
may_be_value(PlannerInfo *root, Expr *expr, Index relid)
{
	return !bms_is_member(relid, pull_varnos(root, (Node *) expr)) &&
		!contain_volatile_functions((Node *) expr);
}

Expr	   *
tuya_key_value(PlannerInfo *root, Expr *clause, Index relid, AttrNumber attno)
{
	OpExpr	   *op = (OpExpr *) clause;
	Expr	   *left;
	Expr	   *right;

	if (attno == 0 || !IsA(clause, OpExpr) || !is_text_equality(op))
		return NULL;
	left = linitial(op->args);
	right = lsecond(op->args);
	if (tuya_key_is_column(left, relid, attno) && may_be_value(root, right, relid))
		return right;
	if (tuya_key_is_column(right, relid, attno) && may_be_value(root, left, relid))
		return left;
	return NULL;
}

static Expr *
clause_expr(Node *clause)
{
	return IsA(clause, RestrictInfo) ? ((RestrictInfo *) clause)->clause : (Expr *) clause;
}

int
tuya_key_bind(PlannerInfo *root, List *clauses, Index relid, const TuyaColumns *columns,
			  Node *clause_of[TUYA_KEY_COUNT], Expr *value_of[TUYA_KEY_COUNT])
{
	int			bound = 0;

	for (int key = 0; key < TUYA_KEY_COUNT; key++)
	{
		ListCell   *lc;

		clause_of[key] = NULL;
		value_of[key] = NULL;
		foreach(lc, clauses)
		{
			Node	   *clause = lfirst(lc);
			Expr	   *value = tuya_key_value(root, clause_expr(clause), relid,
											   columns->key_attno[key]);

			if (value == NULL)
				continue;
			clause_of[key] = clause;
			value_of[key] = value;
			bound++;
			break;
		}
	}
	return bound;
}
