/*
 * harmless.c
 *		Expressions that may be evaluated where they would not be otherwise.
 *
 * Every kind of expression node that a condition may have, and what becomes of it:
 *
 *		Var, Const, Param, SQLValueFunction,	harmless
 *		CaseTestExpr
 *		BoolExpr, NullTest, BooleanTest,		what is in them decides
 *		CaseExpr, CaseWhen, CoalesceExpr,
 *		RelabelType, CollateExpr, RowExpr,
 *		FieldSelect, ArrayCoerceExpr,
 *		PlaceHolderVar, List
 *		FuncExpr, OpExpr, DistinctExpr,			if the functions throw nothing for these
 *		NullIfExpr, ScalarArrayOpExpr,			arguments, nor for their collation
 *		RowCompareExpr, MinMaxExpr, CoerceViaIO
 *		ArrayExpr								if its elements are no arrays: those may
 *												differ in length
 *		SubscriptingRef							if it reads an array: outside of it is NULL
 *		CoerceToDomain							never: what is left of them has a CHECK
 *		SubPlan, AlternativeSubPlan				never: they would run, and might throw
 *		XmlExpr, Json...						never: they throw for what is not well-formed
 *		FieldStore, ConvertRowtypeExpr			never: conditions on keys have none
 *		NextValueExpr, CurrentOfExpr			never: they have an effect, or a place
 *
 * An expression that depends on no row may throw: PostgreSQL evaluates it for its
 * estimates and in one-time filters, whether rows need it or not.  What a new version of
 * PostgreSQL adds is not harmless until it stands here.
 */
#include "postgres.h"

#include "planner/harmless.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "compat.h"
#include "planner/plain_format.h"

/* Longer texts are not padded to. */
#define PADDED_MAX 10000

/*
 * ---- functions ----
 */

/*
 * Those that throw for no argument.  Leakproof ones, among them most comparisons of
 * single values, need not be listed.
 */
static const Oid quiet_functions[] = {
	/* of text */
	F_LOWER_TEXT,
	F_UPPER_TEXT,
	F_INITCAP,
	F_LENGTH_TEXT,
	F_LENGTH_BPCHAR,
	F_CHAR_LENGTH_TEXT,
	F_CHARACTER_LENGTH_TEXT,
	F_OCTET_LENGTH_TEXT,
	F_BTRIM_TEXT,
	F_BTRIM_TEXT_TEXT,
	F_LTRIM_TEXT,
	F_LTRIM_TEXT_TEXT,
	F_RTRIM_TEXT,
	F_RTRIM_TEXT_TEXT,
	F_LEFT,
	F_RIGHT,
	F_STRPOS,
	F_POSITION_TEXT_TEXT,
	F_STARTS_WITH,
	F_SUBSTR_TEXT_INT4,
	F_SUBSTRING_TEXT_INT4,
	F_REVERSE_TEXT,
	F_REPLACE,
	F_TRANSLATE,
	F_TEXTCAT,
	F_MD5_TEXT,
	F_HASHTEXT,
	F_HASHTEXTEXTENDED,
	F_STRING_TO_ARRAY_TEXT_TEXT,
	F_STRING_TO_ARRAY_TEXT_TEXT_TEXT,
	/* casts, and how values read and are read as text */
	F_NAME_TEXT,
	F_TEXT_NAME,
	F_TEXT_BPCHAR,
	F_TEXT_BOOL,
	F_DATE_TIMESTAMP,
	F_DATE_TIMESTAMPTZ,
	F_TEXTIN,
	F_TEXTOUT,
	F_VARCHARIN,
	F_VARCHAROUT,
	F_BPCHARIN,
	F_BPCHAROUT,
	F_NAMEIN,
	F_NAMEOUT,
	F_BOOLOUT,
	F_INT2OUT,
	F_INT4OUT,
	F_INT8OUT,
	F_FLOAT4OUT,
	F_FLOAT8OUT,
	F_NUMERIC_OUT,
	F_OIDOUT,
	F_UNKNOWNOUT,
	F_REGCLASSOUT,
	F_UUID_OUT,
	F_ENUM_OUT,
	F_DATE_OUT,
	F_TIMESTAMP_OUT,
	F_TIMESTAMPTZ_OUT,
	F_JSONB_OUT,
	/* of other types */
	F_INT4AND,
	F_INT8AND,
	F_NOW,
	F_ARRAY_LENGTH,
	F_CARDINALITY,
	F_JSONB_OBJECT_FIELD,
	F_JSONB_OBJECT_FIELD_TEXT,
	F_JSONB_ARRAY_ELEMENT_TEXT,
	F_JSONB_EXTRACT_PATH_TEXT,
	F_JSONB_CONTAINS,
	F_JSONB_EXISTS,
	/* comparisons that are not marked leakproof; and casts to types that hold all values */
	F_NUMERIC_EQ,
	F_NUMERIC_NE,
	F_NUMERIC_LT,
	F_NUMERIC_LE,
	F_NUMERIC_GT,
	F_NUMERIC_GE,
	F_NUMERIC_INT2,
	F_NUMERIC_INT4,
	F_NUMERIC_INT8,
	F_ENUM_EQ,
	F_ENUM_NE,
	F_ENUM_LT,
	F_ENUM_LE,
	F_ENUM_GT,
	F_ENUM_GE,
	F_DATE_EQ_TIMESTAMP,
	F_DATE_NE_TIMESTAMP,
	F_DATE_LT_TIMESTAMP,
	F_DATE_LE_TIMESTAMP,
	F_DATE_GT_TIMESTAMP,
	F_DATE_GE_TIMESTAMP,
	F_DATE_EQ_TIMESTAMPTZ,
	F_DATE_NE_TIMESTAMPTZ,
	F_DATE_LT_TIMESTAMPTZ,
	F_DATE_LE_TIMESTAMPTZ,
	F_DATE_GT_TIMESTAMPTZ,
	F_DATE_GE_TIMESTAMPTZ,
	F_TIMESTAMP_EQ_DATE,
	F_TIMESTAMP_NE_DATE,
	F_TIMESTAMP_LT_DATE,
	F_TIMESTAMP_LE_DATE,
	F_TIMESTAMP_GT_DATE,
	F_TIMESTAMP_GE_DATE,
	F_TIMESTAMPTZ_EQ_DATE,
	F_TIMESTAMPTZ_NE_DATE,
	F_TIMESTAMPTZ_LT_DATE,
	F_TIMESTAMPTZ_LE_DATE,
	F_TIMESTAMPTZ_GT_DATE,
	F_TIMESTAMPTZ_GE_DATE,
	F_TIMESTAMP_EQ_TIMESTAMPTZ,
	F_TIMESTAMP_NE_TIMESTAMPTZ,
	F_TIMESTAMP_LT_TIMESTAMPTZ,
	F_TIMESTAMP_LE_TIMESTAMPTZ,
	F_TIMESTAMP_GT_TIMESTAMPTZ,
	F_TIMESTAMP_GE_TIMESTAMPTZ,
	F_TIMESTAMPTZ_EQ_TIMESTAMP,
	F_TIMESTAMPTZ_NE_TIMESTAMP,
	F_TIMESTAMPTZ_LT_TIMESTAMP,
	F_TIMESTAMPTZ_LE_TIMESTAMP,
	F_TIMESTAMPTZ_GT_TIMESTAMP,
	F_TIMESTAMPTZ_GE_TIMESTAMP,
};

/* Matching, which throws for some patterns, but for no text. */
static const Oid like_functions[] = {
	F_TEXTLIKE,
	F_TEXTNLIKE,
	F_TEXTICLIKE,
	F_TEXTICNLIKE,
	F_NAMELIKE,
	F_NAMENLIKE,
	F_NAMEICLIKE,
	F_NAMEICNLIKE,
	F_BPCHARLIKE,
	F_BPCHARNLIKE,
	F_BPCHARICLIKE,
	F_BPCHARICNLIKE,
};
static const Oid regex_functions[] = {
	F_TEXTREGEXEQ,
	F_TEXTREGEXNE,
	F_TEXTICREGEXEQ,
	F_TEXTICREGEXNE,
	F_NAMEREGEXEQ,
	F_NAMEREGEXNE,
	F_NAMEICREGEXEQ,
	F_NAMEICREGEXNE,
	F_BPCHARREGEXEQ,
	F_BPCHARREGEXNE,
	F_BPCHARICREGEXEQ,
	F_BPCHARICREGEXNE,
};

#define IS_AMONG(function, functions) is_among(function, functions, lengthof(functions))

static bool
is_among(Oid function, const Oid *functions, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (functions[i] == function)
			return true;
	}
	return false;
}

static bool
is_quiet_function(Oid function)
{
	return IS_AMONG(function, quiet_functions) || get_func_leakproof(function);
}

static bool
is_quiet_output(Oid type)
{
	Oid			function;
	bool		is_varlena;

	getTypeOutputInfo(type, &function, &is_varlena);
	return is_quiet_function(function);
}

/*
 * ---- nodes that call a function or more ----
 */

static List *
arguments_of(Node *node)
{
	switch (nodeTag(node))
	{
		case T_FuncExpr:
			return ((FuncExpr *) node)->args;
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			return ((OpExpr *) node)->args;
		case T_ScalarArrayOpExpr:
			return ((ScalarArrayOpExpr *) node)->args;
		case T_MinMaxExpr:
			return ((MinMaxExpr *) node)->args;
		default:
			return NIL;
	}
}

/* The node's only function, if it is one with arguments as above. */
static Oid
function_of(Node *node)
{
	switch (nodeTag(node))
	{
		case T_FuncExpr:
			return ((FuncExpr *) node)->funcid;
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			return get_opcode(((OpExpr *) node)->opno);
		case T_ScalarArrayOpExpr:
			return get_opcode(((ScalarArrayOpExpr *) node)->opno);
		case T_MinMaxExpr:
			return lookup_type_cache(((MinMaxExpr *) node)->minmaxtype, TYPECACHE_CMP_PROC)->cmp_proc;
		default:
			return InvalidOid;
	}
}

/* Whether all arguments from that one on are constants, and not NULL. */
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

/* A pattern for LIKE that ends within an escape throws when a text gets there. */
static bool
ends_within_escape(Datum pattern)
{
	char	   *string = TextDatumGetCString(pattern);
	int			backslashes = 0;

	for (int i = strlen(string); i > 0 && string[i - 1] == '\\'; i--)
		backslashes++;
	return backslashes % 2 != 0;
}

/* The pattern, a constant, may be an array of them. */
static bool
has_good_pattern(Oid function, List *args)
{
	Const	   *pattern = lsecond(args);
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	if (!IS_AMONG(function, like_functions))
		return IS_AMONG(function, regex_functions);
	if (pattern->consttype != TEXTARRAYOID)
		return pattern->consttype == TEXTOID && !ends_within_escape(pattern->constvalue);
	deconstruct_array(DatumGetArrayTypeP(pattern->constvalue), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i] && ends_within_escape(elements[i]))
			return false;
	}
	return true;
}

static int32
int32_at(List *args, int n)
{
	return DatumGetInt32(((Const *) list_nth(args, n))->constvalue);
}

/* Functions that throw for some constants in these places, but not for such. */
static bool
has_good_constants(Oid function, List *args)
{
	if (list_length(args) < 2 || !has_constants(args, 1))
		return false;
	switch (function)
	{
		case F_INT4MOD:
		case F_MOD_INT4_INT4:
			return int32_at(args, 1) != 0;
		case F_INT8MOD:
		case F_MOD_INT8_INT8:
			return DatumGetInt64(((Const *) lsecond(args))->constvalue) != 0;
		case F_INT4DIV:
			return int32_at(args, 1) > 0;
		case F_VARCHAR_VARCHAR_INT4_BOOL:
		case F_BPCHAR_BPCHAR_INT4_BOOL:
			/* an explicit cast cuts, another one might throw */
			return DatumGetBool(((Const *) lthird(args))->constvalue);
		case F_SUBSTR_TEXT_INT4_INT4:
		case F_SUBSTRING_TEXT_INT4_INT4:
			return int32_at(args, 2) >= 0;
		case F_SPLIT_PART:
			return int32_at(args, 2) != 0;
		case F_LPAD_TEXT_INT4:
		case F_RPAD_TEXT_INT4:
		case F_LPAD_TEXT_INT4_TEXT:
		case F_RPAD_TEXT_INT4_TEXT:
			return int32_at(args, 1) <= PADDED_MAX;
		case F_TIMESTAMPTZ_PL_INTERVAL:
		case F_TIMESTAMPTZ_MI_INTERVAL:
		case F_DATE_PLI:
		case F_DATE_MII:
			/* far from where times end, unlike a time of a table */
			return IsA(linitial(args), SQLValueFunction) ||
				(IsA(linitial(args), FuncExpr) && ((FuncExpr *) linitial(args))->funcid == F_NOW);
		default:
			return has_good_pattern(function, args);
	}
}

/* concat(), and format() with %s, of whatever reads as text without an error. */
static bool
concatenates(Oid function, Node *node)
{
	List	   *args = arguments_of(node);
	ListCell   *lc;

	if ((function != F_CONCAT && function != F_CONCAT_WS && function != F_FORMAT_TEXT_ANY) ||
		((FuncExpr *) node)->funcvariadic ||
		(function == F_FORMAT_TEXT_ANY && !tuya_plain_format(linitial(args), list_length(args) - 1)))
		return false;
	foreach(lc, args)
	{
		if (!is_quiet_output(exprType(lfirst(lc))))
			return false;
	}
	return true;
}

/* Comparisons of arrays throw only what the comparison of elements throws. */
static bool
compares_arrays(Oid function, List *args)
{
	Oid			element;

	switch (function)
	{
		case F_ARRAYCONTAINS:
		case F_ARRAYCONTAINED:
		case F_ARRAYOVERLAP:
		case F_ARRAY_EQ:
		case F_ARRAY_NE:
			element = get_base_element_type(exprType(linitial(args)));
			return OidIsValid(element) && element == get_base_element_type(exprType(lsecond(args))) &&
				get_func_leakproof(get_opcode(lookup_type_cache(element, TYPECACHE_EQ_OPR)->eq_opr));
		default:
			return false;
	}
}

/* Rows are compared by columns, which throws where types or collations differ. */
static bool
compares_columns(Node *left, Node *right)
{
	ListCell   *l;
	ListCell   *r;

	if (!IsA(left, RowExpr) || !IsA(right, RowExpr) ||
		list_length(((RowExpr *) left)->args) != list_length(((RowExpr *) right)->args))
		return false;
	forboth(l, ((RowExpr *) left)->args, r, ((RowExpr *) right)->args)
	{
		Oid			type = exprType(lfirst(l));
		Oid			equality = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;

		if (type != exprType(lfirst(r)) || exprCollation(lfirst(l)) != exprCollation(lfirst(r)) ||
			!OidIsValid(equality) || !get_func_leakproof(get_opcode(equality)))
			return false;
	}
	return true;
}

static bool
compares_rows(Oid function, List *args)
{
	ListCell   *lc;

	if (function != F_RECORD_EQ && function != F_RECORD_NE)
		return false;
	if (!IsA(lsecond(args), ArrayExpr))
		return compares_columns(linitial(args), lsecond(args));
	foreach(lc, ((ArrayExpr *) lsecond(args))->elements)
	{
		if (!compares_columns(linitial(args), lfirst(lc)))
			return false;
	}
	return true;
}

/*
 * Functions of text throw if arguments have different collations, so that there is
 * none to use, and most of them for one that is not deterministic; not comparisons.
 */
static bool
has_good_collation(Oid function, Node *node)
{
	Oid			collation = exprInputCollation(node);
	ListCell   *lc;

	if (OidIsValid(collation))
		return get_collation_isdeterministic(collation) ||
			(get_func_leakproof(function) && function != F_STARTS_WITH);
	foreach(lc, arguments_of(node))
	{
		if (OidIsValid(exprCollation(lfirst(lc))))
			return false;
	}
	return true;
}

/* Whether what the node itself does might throw. */
static bool
calls_loud(Node *node)
{
	Oid			function = function_of(node);
	List	   *args = arguments_of(node);

	return !OidIsValid(function) || !has_good_collation(function, node) ||
		(!is_quiet_function(function) && !has_good_constants(function, args) &&
		 !concatenates(function, node) && !compares_arrays(function, args) && !compares_rows(function, args));
}

static bool
is_loud_function(Oid function, void *context)
{
	(void) context;
	return !is_quiet_function(function);
}

/*
 * ---- expressions ----
 */

static bool
is_of_row(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
		case T_PlaceHolderVar:
		case T_CaseTestExpr:
		case T_SubPlan:
		case T_AlternativeSubPlan:
			return true;
		case T_Param:
			return ((Param *) node)->paramkind == PARAM_EXEC;
		default:
			return expression_tree_walker(node, is_of_row, context);
	}
}

/* Whether what the node itself does might throw, if what is in it does not. */
static bool
is_loud(Node *node, void *context)
{
	switch (nodeTag(node))
	{
		case T_Var:
		case T_Const:
		case T_Param:
		case T_CaseTestExpr:
		case T_SQLValueFunction:
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
		case T_RowExpr:
		case T_FieldSelect:
		case T_ArrayCoerceExpr:
			return false;
		case T_FuncExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
		case T_MinMaxExpr:
			return calls_loud(node);
		case T_RowCompareExpr:
		case T_CoerceViaIO:
			return check_functions_in_node(node, is_loud_function, context);
		case T_ArrayExpr:
			return ((ArrayExpr *) node)->multidims;
		case T_SubscriptingRef:
			/* what is no array may think otherwise of what is outside */
			return ((SubscriptingRef *) node)->refassgnexpr ||
				!OidIsValid(get_base_element_type(((SubscriptingRef *) node)->refcontainertype));
		default:
			return true;
	}
}

/* What depends on no row counts if context is not NULL; PostgreSQL evaluates it when it likes to. */
static bool
might_throw(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (is_loud(node, NULL))
		return context != NULL || is_of_row(node, NULL);
	return expression_tree_walker(node, might_throw, context);
}

bool
tuya_harmless(Node *expr)
{
	return !contain_volatile_functions(expr) && !might_throw(expr, NULL);
}

bool
tuya_harmless_in_planning(Node *expr)
{
	return !contain_volatile_functions(expr) && !might_throw(expr, expr);
}
