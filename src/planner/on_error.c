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

static void
refuse_checks(Relation relation)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("CHECK constraints of foreign table \"%s\" forbid the row of an error",
					RelationGetRelationName(relation)),
			 errdetail(NO_FIELDS " and those of the error are not."),
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

/* What its CHECKs let PostgreSQL believe of the table's rows: conditions on variables of number 1. */
static List *
checks_of(Relation relation)
{
	const		TupleConstr *constr = RelationGetDescr(relation)->constr;
	List	   *conditions = NIL;

	for (int i = 0; constr && i < constr->num_check; i++)
		if (constr->check[i].ccvalid)
			conditions = list_concat(conditions, as_conditions(stringToNode(constr->check[i].ccbin)));
	return conditions;
}

/* These, and what its bounds do. */
static List *
constraints_of(Relation relation, List *checks)
{
	if (!relation->rd_rel->relispartition)
		return checks;
	return list_concat(as_conditions((Node *) make_ands_explicit(RelationGetPartitionQual(relation))), checks);
}

static NullTest *
make_null_test(Form_pg_attribute att, NullTestType type)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = (Expr *) makeVar(1, att->attnum, att->atttypid, att->atttypmod, att->attcollation, 0);
	test->nulltesttype = type;
	test->location = -1;
	return test;
}

/* That all columns of the kind are NULL, or that none is. */
static List *
null_tests(Relation relation, const TuyaColumns *columns, TuyaColumnKind kind, NullTestType type)
{
	List	   *tests = NIL;

	for (int i = 0; i < columns->natts; i++)
		if (columns->column[i].kind == kind)
			tests = lappend(tests, make_null_test(TupleDescAttr(RelationGetDescr(relation), i), type));
	return tests;
}

static bool
refute(List *constraints, List *tests)
{
	return constraints != NIL && tests != NIL && predicate_refuted_by(constraints, tests, false);
}

static bool
refute_null(List *constraints, Form_pg_attribute att)
{
	return refute(constraints, list_make1(make_null_test(att, IS_NULL)));
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

/* What is so in the row of an error. */
static List *
tests_of_error(Relation relation, const TuyaColumns *columns)
{
	List	   *tests = null_tests(relation, columns, TUYA_COLUMN_FIELD, IS_NULL);

	tests = list_concat(tests, null_tests(relation, columns, TUYA_COLUMN_PAGE, IS_NULL));
	return list_concat(tests, null_tests(relation, columns, TUYA_COLUMN_ERROR, IS_NOT_NULL));
}

void
tuya_on_error_check(Relation relation, const TuyaColumns *columns, TuyaOnError on_error)
{
	List	   *checks;
	List	   *constraints;

	if (!has_column(columns, TUYA_COLUMN_ERROR))
	{
		if (on_error == TUYA_ON_ERROR_ROW)
			refuse_without_column(relation);
		return;
	}
	checks = checks_of(relation);
	/* by its bounds a partition may be that of errors, or of other rows, alone */
	check_columns(relation, columns, TUYA_COLUMN_ERROR, checks, "It shows errors, and is NULL in rows that are none");
	if (on_error != TUYA_ON_ERROR_ROW)
		return;
	constraints = constraints_of(relation, checks);
	check_columns(relation, columns, TUYA_COLUMN_FIELD, constraints, NO_FIELDS);
	check_columns(relation, columns, TUYA_COLUMN_PAGE, constraints, NO_FIELDS);
	/* a CHECK may be on several of them, or on what shows the error */
	if (refute(checks, tests_of_error(relation, columns)))
		refuse_checks(relation);
}
