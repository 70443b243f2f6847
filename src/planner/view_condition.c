/*
 * view_condition.c
 *		What a query says of a subquery's keys, as conditions of the table in it.
 */
#include "postgres.h"

#include "planner/view_condition.h"

#include "access/sysattr.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "planner/gate.h"
#include "planner/key_object.h"
#include "planner/table.h"

/*
 * ---- from query to query ----
 */

static const TuyaColumns *
columns_of(const RelOptInfo *baserel)
{
	return ((const TuyaTable *) baserel->fdw_private)->columns;
}

/* A column of the table. */
static Expr *
make_column(PlannerInfo *root, const RelOptInfo *baserel, AttrNumber attno)
{
	Oid			type;
	int32		typmod;
	Oid			collation;

	get_atttypetypmodcoll(planner_rt_fetch(baserel->relid, root)->relid, attno, &type, &typmod, &collation);
	return (Expr *) makeVar((int) baserel->relid, attno, type, typmod, collation, 0);
}

typedef struct Translation
{
	PlannerInfo *root;
	const RelOptInfo *baserel;
	int			depth;			/* how many queries further out that of the clause is */
	int			varno;			/* the relation in it that the table is in, */
	Bitmapset  *const *outputs; /* and its columns that are the table's keys and constants */
} Translation;

/* The table's key or constant column that the column is; 0: none. */
static AttrNumber
attno_of(const RelOptInfo *baserel, Bitmapset *const *outputs, AttrNumber column)
{
	for (AttrNumber attno = 1; attno <= columns_of(baserel)->natts; attno++)
	{
		if (bms_is_member(column, outputs[attno - 1]))
			return attno;
	}
	return 0;
}

/* Puts the table's columns in place of the subquery's, all of which are keys or constants. */
static Node *
translate(Node *node, void *context)
{
	const Translation *t = context;
	Var		   *var = (Var *) node;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && var->varno == t->varno && (int) var->varlevelsup == t->depth)
	{
		Expr	   *column = make_column(t->root, t->baserel, attno_of(t->baserel, t->outputs, var->varattno));

		if (exprType((Node *) column) == var->vartype && exprCollation((Node *) column) == var->varcollid)
			return (Node *) column;
		return (Node *) makeRelabelType(column, var->vartype, var->vartypmod, var->varcollid, COERCE_IMPLICIT_CAST);
	}
	return expression_tree_mutator(node, translate, context);
}

/* A copy of an expression over the query's columns, and keys of the subquery, as the table's query has it. */
static Expr *
translated(const Translation *t, Expr *expr)
{
	expr = copyObject(expr);
	IncrementVarSublevelsUp((Node *) expr, t->depth, 0);
	return (Expr *) translate((Node *) expr, unconstify(Translation *, t));
}

static Translation
translation(PlannerInfo *root, const RelOptInfo *baserel, const PlannerInfo *level, const RelOptInfo *rel,
			Bitmapset *const *outputs)
{
	Translation t = {
		.root = root,.baserel = baserel,.outputs = outputs,
		.depth = (int) (root->query_level - level->query_level),.varno = (int) rel->relid
	};

	return t;
}

/* Whether columns of that relation are wrapped, for an outer join or grouping sets. */
static bool
has_wrapped(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, PlaceHolderVar) && bms_is_member(*(int *) context, ((PlaceHolderVar *) node)->phrels))
		return true;
	return expression_tree_walker(node, has_wrapped, context);
}

/*
 * ---- keys and their values ----
 */

static Expr *
relabel(Expr *value, Oid type)
{
	if (exprType((Node *) value) == type)
		return value;
	return (Expr *) makeRelabelType(value, type, -1, exprCollation((Node *) value), COERCE_IMPLICIT_CAST);
}

/* key = value, or = ANY */
static Expr *
make_condition(const Translation *t, const TuyaKeyTerm *term)
{
	Expr	   *column = relabel(make_column(t->root, t->baserel, columns_of(t->baserel)->key_attno[term->key]), TEXTOID);
	Expr	   *value = translated(t, term->value);
	Expr	   *equality;

	if (exprType((Node *) value) == JSONBOID)
		return (Expr *) makeFuncExpr(F_JSONB_EXISTS, BOOLOID, list_make2(value, column), InvalidOid, DEFAULT_COLLATION_OID,
									 COERCE_EXPLICIT_CALL);
	if (exprType((Node *) value) == JSONBARRAYOID)
		return tuya_key_object_make_any(column, value);
	value = relabel(value, term->is_array ? TEXTARRAYOID : TEXTOID);
	/* equality to the byte, so that any collation that is there will do */
	if (term->is_array)
		return tuya_key_make_any(column, value, DEFAULT_COLLATION_OID);
	equality = make_opclause(TextEqualOperator, BOOLOID, false, column, value, InvalidOid, DEFAULT_COLLATION_OID);
	set_opfuncid((OpExpr *) equality);
	return equality;
}

/* The conditions that one alternative of a factor stands for. */
static List *
make_conditions(const Translation *t, const List *terms)
{
	int			required = tuya_action_required_keys(columns_of(t->baserel)->action);
	List	   *conditions = NIL;
	ListCell   *lc;

	foreach(lc, terms)
	{
		const TuyaKeyTerm *term = lfirst(lc);

		if (required & (1 << term->key))
			conditions = lappend(conditions, make_condition(t, term));
	}
	return conditions;
}

/* No key is NULL. */
static List *
never(const Translation *t)
{
	List	   *terms = NIL;

	for (int key = 0; key < columns_of(t->baserel)->action->nkeys; key++)
	{
		TuyaKeyTerm *term = palloc(sizeof(TuyaKeyTerm));

		*term = (TuyaKeyTerm)
		{
			key, false, (Expr *) makeNullConst(TEXTOID, -1, DEFAULT_COLLATION_OID)
		};
		terms = lappend(terms, term);
	}
	return make_conditions(t, terms);
}

static bool
is_any_wrapped(const Translation *t, const List *terms)
{
	int			varno = t->varno;
	ListCell   *lc;

	foreach(lc, terms)
	{
		if (has_wrapped((Node *) ((const TuyaKeyTerm *) lfirst(lc))->value, &varno))
			return true;
	}
	return false;
}

List *
tuya_view_condition_make(PlannerInfo *root, const RelOptInfo *baserel, const TuyaViewValue *value,
						 Bitmapset *const *outputs)
{
	Translation t = translation(root, baserel, value->level, value->rel, outputs);
	const List *alternatives = value->factor->alternatives;
	List	   *arms = NIL;
	ListCell   *lc;

	if (alternatives == NIL)
		return never(&t);
	foreach(lc, alternatives)
	{
		if (is_any_wrapped(&t, lfirst(lc)))
			return NIL;
	}
	if (list_length(alternatives) == 1)
		return make_conditions(&t, linitial(alternatives));
	foreach(lc, alternatives)
	{
		arms = lappend(arms, make_ands_explicit(make_conditions(&t, lfirst(lc))));
	}
	return list_make1(make_orclause(arms));
}

/*
 * ---- other clauses ----
 */

/* Whether the clause is over keys and constants, and what is not of that relation. */
static bool
is_over_known(Node *clause, const RelOptInfo *baserel, Index relid, Bitmapset *const *outputs)
{
	Bitmapset  *used = NULL;
	int			member = -1;
	int			varno = (int) relid;

	if (has_wrapped(clause, &varno))
		return false;

	pull_varattnos(clause, relid, &used);
	while ((member = bms_next_member(used, member)) >= 0)
	{
		AttrNumber	attno = (AttrNumber) (member + FirstLowInvalidHeapAttributeNumber);

		if (attno <= 0 || attno_of(baserel, outputs, attno) == 0)
			return false;
	}
	return !bms_is_empty(used);
}

Expr *
tuya_view_condition_of_clause(PlannerInfo *root, const RelOptInfo *baserel, const RestrictInfo *clause,
							  const PlannerInfo *level, const RelOptInfo *rel,
							  Bitmapset *const *outputs, bool leakproof)
{
	Translation t = translation(root, baserel, level, rel, outputs);
	Expr	   *condition;

	if (!is_over_known((Node *) clause->clause, baserel, rel->relid, outputs) ||
		(leakproof && contain_leaked_vars((Node *) clause->clause)))
		return NULL;
	condition = translated(&t, clause->clause);
	return tuya_gate_could_be(condition, baserel->relid, columns_of(baserel)) ? condition : NULL;
}
