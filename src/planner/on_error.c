/*
 * on_error.c
 *		Whether a foreign table can show errors as rows.
 *
 * In such a row every field is NULL.  What is declared otherwise PostgreSQL believes: it
 * plans "job_id IS NULL" as false, and the row would vanish.  The validator of options
 * does not see columns, so they are looked at when the table is used.
 */
#include "postgres.h"

#include "planner/on_error.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/syscache.h"

#include "api/error_field.h"

/* What keeps a column from being NULL, and what helps. */
typedef struct Reason
{
	const char *what;			/* "the column is NOT NULL" */
	const char *remedy;			/* in SQL; NULL: none is known */
} Reason;

/* What is so where the option is "row". */
#define OPTION_IS_ROW "The option \"on_error\" is \"row\" for the table or its server"
#define NO_FIELDS OPTION_IS_ROW ", so a key that fails has a row in which every field is NULL"
#define UNSET_OPTION "set the table's option \"on_error\" to \"error\""

static void
refuse_without_column(Relation relation)
{
	const char *table = RelationGetRelationName(relation);

	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("foreign table \"%s\" has no column that shows an error", table),
			 errdetail(OPTION_IS_ROW ", so a key that fails has a row that says why."),
			 errhint("Use ALTER FOREIGN TABLE %s ADD COLUMN error_code text OPTIONS (field '%s'), or " UNSET_OPTION ".",
					 quote_identifier(table), tuya_error_fields[TUYA_ERROR_FIELD_CODE].name)));
}

/* when: in which rows the column is NULL. */
static void
refuse_column(Relation relation, Form_pg_attribute att, const Reason *reason, const char *when)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("column \"%s\" of foreign table \"%s\" has to allow NULL",
					NameStr(att->attname), RelationGetRelationName(relation)),
			 errdetail("%s; but %s.", when, reason->what),
			 reason->remedy ? errhint("Use %s, or " UNSET_OPTION ".", reason->remedy) :
			 errhint("Change that, or " UNSET_OPTION ".")));
}

/*
 * ---- what keeps a column from being NULL ----
 */

/* Whether the type is a domain that is NOT NULL, or over one that is. */
static bool
is_not_null_domain(Oid type)
{
	bool		not_null = false;

	while (!not_null && get_typtype(type) == TYPTYPE_DOMAIN)
	{
		HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));

		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for type %u", type);
		not_null = ((Form_pg_type) GETSTRUCT(tuple))->typnotnull;
		type = ((Form_pg_type) GETSTRUCT(tuple))->typbasetype;
		ReleaseSysCache(tuple);
	}
	return not_null;
}

static List *
as_conditions(Node *expr)
{
	expr = eval_const_expressions(NULL, expr);
	return make_ands_implicit(canonicalize_qual((Expr *) expr, true));
}

/* What PostgreSQL believes of the table's rows, as a list of conditions on variables of number 1. */
static List *
constraints_of(Relation relation)
{
	const		TupleConstr *constr = RelationGetDescr(relation)->constr;
	List	   *conditions = NIL;

	if (relation->rd_rel->relispartition)
		conditions = as_conditions((Node *) make_ands_explicit(RelationGetPartitionQual(relation)));
	for (int i = 0; constr && i < constr->num_check; i++)
		if (constr->check[i].ccvalid)
			conditions = list_concat(conditions, as_conditions(stringToNode(constr->check[i].ccbin)));
	return conditions;
}

static bool
refute_null(List *constraints, Form_pg_attribute att)
{
	NullTest   *is_null = makeNode(NullTest);

	is_null->arg = (Expr *) makeVar(1, att->attnum, att->atttypid, att->atttypmod,
									att->attcollation, 0);
	is_null->nulltesttype = IS_NULL;
	is_null->location = -1;
	return constraints != NIL && predicate_refuted_by(constraints, list_make1(is_null), false);
}

static const char *
drop_not_null(Relation relation, Form_pg_attribute att)
{
	return psprintf("ALTER FOREIGN TABLE %s ALTER COLUMN %s DROP NOT NULL",
					quote_identifier(RelationGetRelationName(relation)),
					quote_identifier(NameStr(att->attname)));
}

/* Whether the column cannot be NULL, and why not. */
static bool
find_reason(Relation relation, Form_pg_attribute att, List *constraints, Reason *reason)
{
	reason->remedy = NULL;
	if (att->attnotnull)
	{
		reason->what = "the column is NOT NULL";
		reason->remedy = drop_not_null(relation, att);
		return true;
	}
	if (is_not_null_domain(att->atttypid))
	{
		reason->what = psprintf("its type %s is NOT NULL", format_type_be(att->atttypid));
		return true;
	}
	reason->what = "a constraint of the table, or of it as a partition, forbids it";
	return refute_null(constraints, att);
}

/*
 * ---- checking ----
 */

static void
check_column(Relation relation, Form_pg_attribute att, List *constraints, const char *when)
{
	Reason		reason;

	if (find_reason(relation, att, constraints, &reason))
		refuse_column(relation, att, &reason, when);
}

static void
check_columns(Relation relation, const TuyaColumns *columns, TuyaColumnKind kind,
			  List *constraints, const char *when)
{
	for (int i = 0; i < columns->natts; i++)
		if (columns->column[i].kind == kind)
			check_column(relation, TupleDescAttr(RelationGetDescr(relation), i), constraints, when);
}

static bool
has_column(const TuyaColumns *columns, TuyaColumnKind kind)
{
	for (int i = 0; i < columns->natts; i++)
		if (columns->column[i].kind == kind)
			return true;
	return false;
}

void
tuya_on_error_check(Relation relation, const TuyaColumns *columns, TuyaOnError on_error)
{
	List	   *constraints;

	check_columns(relation, columns, TUYA_COLUMN_ERROR, NIL,
				  "It shows errors, and is NULL in rows that are none");
	if (on_error != TUYA_ON_ERROR_ROW)
		return;
	if (!has_column(columns, TUYA_COLUMN_ERROR))
		refuse_without_column(relation);
	constraints = constraints_of(relation);
	check_columns(relation, columns, TUYA_COLUMN_FIELD, constraints, NO_FIELDS);
	check_columns(relation, columns, TUYA_COLUMN_PAGE, constraints, NO_FIELDS);
}
