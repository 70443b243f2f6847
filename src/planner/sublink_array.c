/*
 * sublink_array.c
 *		Comparisons with arrays of what subqueries find.
 */
#include "postgres.h"

#include "planner/sublink_array.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "planner/key_own.h"
#include "planner/sublink_unnest.h"

SubLink *
tuya_sublink_of_array(Node *node)
{
	ScalarArrayOpExpr *op = (ScalarArrayOpExpr *) node;
	SubLink    *link;

	if (!IsA(node, ScalarArrayOpExpr) || !op->useOr)
		return NULL;
	link = (SubLink *) tuya_key_strip_relabels(lsecond(op->args));
	return IsA(link, SubLink) && link->subLinkType == ARRAY_SUBLINK ? link : NULL;
}

/* The array's only element, if that is a row; else NULL. */
static Expr *
only_row(Expr *array)
{
	ArrayExpr  *constructor = (ArrayExpr *) tuya_key_strip_relabels(array);

	return IsA(constructor, ArrayExpr) && type_is_rowtype(constructor->element_typeid) &&
		list_length(constructor->elements) == 1 ? linitial(constructor->elements) : NULL;
}

Node *
tuya_sublink_row_in_array(Node *node)
{
	OpExpr	   *op = (OpExpr *) node;
	Oid			operator = node && IsA(node, OpExpr) ? op->opno : InvalidOid;
	Expr	   *one = NULL;
	ScalarArrayOpExpr *any;

	if (operator != OID_ARRAY_CONTAINS_OP && operator != OID_ARRAY_CONTAINED_OP && operator != OID_ARRAY_OVERLAP_OP)
		return node;
	any = makeNode(ScalarArrayOpExpr);
	if (operator != OID_ARRAY_CONTAINS_OP && (one = only_row(linitial(op->args))))
		any->args = list_make2(one, lsecond(op->args));
	else if (operator != OID_ARRAY_CONTAINED_OP && (one = only_row(lsecond(op->args))))
		any->args = list_make2(one, linitial(op->args));
	any->opno = RECORD_EQ_OP;
	any->opfuncid = F_RECORD_EQ;
	any->useOr = true;
	any->location = -1;
	return one && (tuya_sublink_of_array((Node *) any) || tuya_sublink_is_in_rows((Node *) any)) ? (Node *) any : node;
}
