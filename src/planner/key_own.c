/*
 * key_own.c
 *		What an expression over a table's own columns is, of its keys.
 */
#include "postgres.h"

#include "planner/key_own.h"

#include "access/sysattr.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "compat_planner.h"

/*
 * ---- equality ----
 */

bool
tuya_key_is_text_equality(Oid operator, Oid collation)
{
	switch (get_opcode(operator))
	{
		case F_TEXTEQ:
		case F_NAMEEQ:
		case F_TEXTEQNAME:
		case F_NAMEEQTEXT:
			return OidIsValid(collation) && get_collation_isdeterministic(collation);
		default:
			return false;
	}
}

bool
tuya_key_is_equality(Expr *clause, Expr **left, Expr **right)
{
	OpExpr	   *op = (OpExpr *) clause;

	/* IS NOT DISTINCT FROM; a DistinctExpr is an OpExpr but for its tag */
	if (is_notclause(clause) && IsA(get_notclausearg(clause), DistinctExpr))
		op = (OpExpr *) get_notclausearg(clause);
	else if (!IsA(clause, OpExpr))
		return false;
	if (list_length(op->args) != 2 || !tuya_key_is_text_equality(op->opno, op->inputcollid))
		return false;
	*left = linitial(op->args);
	*right = lsecond(op->args);
	return true;
}

Expr *
tuya_key_make_any(Expr *value, Expr *array, Oid collation)
{
	ScalarArrayOpExpr *any = makeNode(ScalarArrayOpExpr);

	any->opno = TextEqualOperator;
	any->opfuncid = get_opcode(TextEqualOperator);
	any->useOr = true;
	any->inputcollid = collation;
	any->args = list_make2(value, array);
	any->location = -1;
	return (Expr *) any;
}

bool
tuya_key_is_text_class(const EquivalenceClass *ec)
{
	return list_member_oid(ec->ec_opfamilies, TEXT_BTREE_FAM_OID) && OidIsValid(ec->ec_collation) &&
		get_collation_isdeterministic(ec->ec_collation);
}

bool
tuya_key_is_true_of_nulls(const Expr *clause)
{
	return !IsA(clause, OpExpr);
}

Expr *
tuya_key_clause(Node *clause)
{
	return IsA(clause, RestrictInfo) ? ((RestrictInfo *) clause)->clause : (Expr *) clause;
}

/*
 * ---- expressions ----
 */

Expr *
tuya_key_strip_relabels(Expr *expr)
{
	while (expr && IsA(expr, RelabelType))
		expr = ((RelabelType *) expr)->arg;
	return expr;
}

bool
tuya_key_is_text(const Expr *expr)
{
	Oid			type = getBaseType(exprType((const Node *) expr));

	return type == TEXTOID || type == VARCHAROID;
}

Oid
tuya_key_called(const Expr *expr, List **args)
{
	*args = NIL;
	if (IsA(expr, FuncExpr))
	{
		*args = ((const FuncExpr *) expr)->args;
		return ((const FuncExpr *) expr)->funcid;
	}
	if (!IsA(expr, OpExpr))
		return InvalidOid;
	*args = ((const OpExpr *) expr)->args;
	return get_opcode(((const OpExpr *) expr)->opno);
}

char *
tuya_key_constant_text(const Expr *expr)
{
	const Const *constant = (const Const *) expr;

	if (!IsA(expr, Const) || constant->constisnull || constant->consttype != TEXTOID)
		return NULL;
	return TextDatumGetCString(constant->constvalue);
}

Expr *
tuya_key_known_text(Expr *expr)
{
	Const	   *literal = (Const *) expr;

	if (!IsA(expr, Const) || literal->consttype != UNKNOWNOID || literal->constisnull)
		return expr;
	return (Expr *) makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
							  CStringGetTextDatum(DatumGetCString(literal->constvalue)), false, false);
}

Expr *
tuya_key_as_text(Expr *value)
{
	Oid			type = exprType((Node *) value);
	Node	   *text;

	if (type != NAMEOID && type != NAMEARRAYOID)
		return value;
	text = coerce_to_target_type(NULL, (Node *) value, type, type == NAMEOID ? TEXTOID : TEXTARRAYOID, -1,
								 COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);
	/* as the parser does, when all is read: without them it would seem that they differ */
	exprSetInputCollation(text, exprCollation((Node *) value));
	exprSetCollation(text, exprCollation((Node *) value));
	return (Expr *) text;
}

/*
 * Grouping sets wrap the columns of views.  In a scan's own conditions such a
 * wrapper is the column itself, as no outer join has made it NULL yet.
 */
static bool
is_own_placeholder(const TuyaKeyOwn *own, Node *node)
{
	return IsA(node, PlaceHolderVar) && ((PlaceHolderVar *) node)->phlevelsup == 0 &&
		tuya_compat_is_unnulled_placeholder((PlaceHolderVar *) node) &&
		bms_membership(((PlaceHolderVar *) node)->phrels) == BMS_SINGLETON &&
		bms_is_member(own->relid, ((PlaceHolderVar *) node)->phrels);
}

/* The expression below what does not change it. */
static Expr *
strip_relabels(const TuyaKeyOwn *own, Expr *expr)
{
	expr = tuya_key_strip_relabels(expr);
	while (expr && is_own_placeholder(own, (Node *) expr))
		expr = tuya_key_strip_relabels(((PlaceHolderVar *) expr)->phexpr);
	return expr;
}

/* The key that the variable is the column of, or -1. */
static int
key_of_var(const TuyaKeyOwn *own, Expr *expr)
{
	Var		   *var = (Var *) expr;

	if (var == NULL || !IsA(var, Var) || var->varno != (int) own->relid || var->varlevelsup != 0 ||
		!tuya_compat_is_unnulled_var(var))
		return -1;
	for (int key = 0; key < own->columns->action->nkeys; key++)
	{
		if (own->columns->key_attno[key] != 0 && own->columns->key_attno[key] == var->varattno)
			return key;
	}
	return -1;
}

/* The keys that the expression, as it stands, equals by a condition; then it is not NULL. */
static int
keys_equal_to(const TuyaKeyOwn *own, Expr *expr)
{
	int			keys = 0;

	for (int key = 0; key < own->columns->action->nkeys; key++)
	{
		if (list_member(own->equal[key], expr))
			keys |= 1 << key;
	}
	return keys;
}

bool
tuya_key_own_is_never_null(const TuyaKeyOwn *own, Expr *expr)
{
	int			column;

	expr = strip_relabels(own, expr);
	column = key_of_var(own, expr);
	if (column >= 0)
		return (tuya_key_own_never_null(own) & (1 << column)) != 0;
	if (keys_equal_to(own, expr) != 0)
		return true;
	if (expr && IsA(expr, CoerceToDomain))
		return tuya_key_own_is_never_null(own, ((CoerceToDomain *) expr)->arg);
	return expr && IsA(expr, CoalesceExpr) &&
		tuya_key_own_is_never_null(own, linitial(((CoalesceExpr *) expr)->args));
}

static bool
is_empty_text(Expr *expr)
{
	const Const *value = (Const *) expr;

	return IsA(expr, Const) && value->consttype == TEXTOID && !value->constisnull &&
		VARSIZE_ANY_EXHDR(DatumGetPointer(value->constvalue)) == 0;
}

/* The x of "x || ''" or "'' || x"; else NULL. */
static Expr *
appended_to_nothing(Expr *expr)
{
	const OpExpr *op = (OpExpr *) expr;

	if (!IsA(expr, OpExpr) || get_opcode(op->opno) != F_TEXTCAT)
		return NULL;
	return is_empty_text(lsecond(op->args)) ? linitial(op->args) :
		is_empty_text(linitial(op->args)) ? lsecond(op->args) : NULL;
}

/* The expression that this one equals, if this one is not NULL and there is no error. */
static Expr *
strip(const TuyaKeyOwn *own, Expr *expr)
{
	for (;;)
	{
		expr = strip_relabels(own, expr);
		if (expr == NULL)
			return NULL;
		if (IsA(expr, CoerceToDomain))
			expr = ((CoerceToDomain *) expr)->arg;
		else if (IsA(expr, CoalesceExpr) &&
				 tuya_key_own_is_never_null(own, linitial(((CoalesceExpr *) expr)->args)))
			expr = linitial(((CoalesceExpr *) expr)->args);
		else if (IsA(expr, NullIfExpr))
			expr = linitial(((NullIfExpr *) expr)->args);
		else if (appended_to_nothing(expr))
			expr = appended_to_nothing(expr);
		else
			return expr;
	}
}

int
tuya_key_own_column(const TuyaKeyOwn *own, Expr *expr)
{
	return key_of_var(own, strip_relabels(own, expr));
}

/* The keys, but known ones, that the expression is, unless it is NULL. */
static int
keys_of(const TuyaKeyOwn *own, Expr *expr)
{
	Expr	   *stripped = strip(own, expr);
	int			column = key_of_var(own, stripped);

	/* an optional key is only what is sent as it stands, not NULLIF and the like of it */
	if (column >= 0 && !(tuya_key_own_never_null(own) & (1 << column)))
		column = tuya_key_own_column(own, expr);
	return (keys_equal_to(own, stripped) | (column >= 0 ? 1 << column : 0)) & ~own->known;
}

int
tuya_key_own_keys_of(const TuyaKeyOwn *own, Expr *expr, bool of_nulls)
{
	if (!of_nulls)
		return keys_of(own, expr);
	if (!tuya_key_own_is_never_null(own, expr))
		return 0;
	return keys_of(own, expr) & tuya_key_own_never_null(own);
}

static bool
has_volatile_subplan(Node *node, void *context)
{
	PlannerInfo *root = context;

	if (node == NULL)
		return false;
	if (IsA(node, SubPlan))
	{
		PlannerInfo *subroot = list_nth(root->glob->subroots, ((SubPlan *) node)->plan_id - 1);

		if (contain_volatile_functions((Node *) subroot->parse))
			return true;
	}
	return expression_tree_walker(node, has_volatile_subplan, context);
}

/* Whether of the table's columns the expression has none but constants and known keys'. */
static bool
has_only_known(const TuyaKeyOwn *own, Expr *expr)
{
	Bitmapset  *used = NULL;
	int			attno = -1;

	if (!bms_is_member(own->relid, pull_varnos(own->root, (Node *) expr)))
		return true;
	pull_varattnos((Node *) expr, own->relid, &used);
	while ((attno = bms_next_member(own->columns->constants, attno)) >= 0)
		used = bms_del_member(used, attno - FirstLowInvalidHeapAttributeNumber);
	for (int key = 0; key < own->columns->action->nkeys; key++)
	{
		if (own->known & (1 << key))
			used = bms_del_member(used, own->columns->key_attno[key] - FirstLowInvalidHeapAttributeNumber);
	}
	return bms_is_empty(used);
}

bool
tuya_key_has_volatile_subplan(Node *expr, PlannerInfo *root)
{
	return has_volatile_subplan(expr, root);
}

bool
tuya_key_own_is_value(const TuyaKeyOwn *own, Expr *expr)
{
	return has_only_known(own, expr) &&
		!contain_volatile_functions((Node *) expr) &&
		!tuya_key_has_volatile_subplan((Node *) expr, own->root);
}

/*
 * ---- what else equals a key ----
 */

static bool
is_own(const TuyaKeyOwn *own, Expr *expr)
{
	Relids		relids = pull_varnos(own->root, (Node *) expr);

	return bms_membership(relids) == BMS_SINGLETON && bms_is_member(own->relid, relids) &&
		!contain_volatile_functions((Node *) expr);
}

/* Lets the one side be what the other is; false if that is no news. */
static bool
add_equal(TuyaKeyOwn *own, Expr *expr, int keys)
{
	int			missing = keys & ~keys_of(own, expr);

	for (int key = 0; key < own->columns->action->nkeys; key++)
	{
		if (missing & (1 << key))
			own->equal[key] = lappend(list_copy(own->equal[key]), strip(own, expr));
	}
	return missing != 0;
}

static bool
add_equality(TuyaKeyOwn *own, Expr *clause)
{
	Expr	   *left;
	Expr	   *right;
	bool		of_nulls;
	bool		found;

	if (!tuya_key_is_equality(clause, &left, &right) || !is_own(own, left) || !is_own(own, right))
		return false;
	of_nulls = tuya_key_is_true_of_nulls(clause);
	found = add_equal(own, left, tuya_key_own_keys_of(own, right, of_nulls));
	return add_equal(own, right, tuya_key_own_keys_of(own, left, of_nulls)) || found;
}

TuyaKeyOwn
tuya_key_own_extend(const TuyaKeyOwn *own, List *clauses)
{
	TuyaKeyOwn	extended = *own;
	bool		found = true;

	/* again while it tells more, for "a = b AND b = key" */
	while (found)
	{
		ListCell   *lc;

		found = false;
		foreach(lc, clauses)
		{
			found |= add_equality(&extended, tuya_key_clause(lfirst(lc)));
		}
	}
	return extended;
}

void
tuya_key_own_init(TuyaKeyOwn *own, PlannerInfo *root, Index relid, const TuyaColumns *columns,
				  List *clauses)
{
	TuyaKeyOwn	plain = {root, relid, columns, {NIL}, 0};

	*own = tuya_key_own_extend(&plain, clauses);
}

/*
 * ---- values in place of columns ----
 */

typedef struct Replacement
{
	const TuyaKeyOwn *own;
	Expr	   *const *values;
} Replacement;

/* The value as the column would give it: text types have one form. */
static Node *
as_column(const Var *var, Expr *value)
{
	value = copyObject(value);
	if (exprType((Node *) value) == var->vartype && exprCollation((Node *) value) == var->varcollid)
		return (Node *) value;
	return (Node *) makeRelabelType(value, var->vartype, var->vartypmod, var->varcollid,
									COERCE_IMPLICIT_CAST);
}

static Node *
replace(Node *node, void *context)
{
	Replacement *replacement = context;
	int			key;

	if (node == NULL)
		return NULL;
	if (is_own_placeholder(replacement->own, node))
		return replace((Node *) ((PlaceHolderVar *) node)->phexpr, context);
	key = key_of_var(replacement->own, (Expr *) node);
	if (key >= 0 && replacement->values[key])
		return as_column((Var *) node, replacement->values[key]);
	return expression_tree_mutator(node, replace, context);
}

Node *
tuya_key_own_replace(const TuyaKeyOwn *own, Node *node, Expr *const values[TUYA_KEYS_MAX])
{
	Replacement replacement = {own, values};

	return replace(node, &replacement);
}
