/*
 * constant.c
 *		The values of columns that have the same in every row of their table.
 */
#include "postgres.h"

#include "api/constant.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/elog.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* What the input function says of a value that it does not take; else it is thrown on. */
static const char *
take_complaint(MemoryContext cxt)
{
	ErrorData  *error;
	int			category;

	MemoryContextSwitchTo(cxt);
	error = CopyErrorData();
	category = ERRCODE_TO_CATEGORY(error->sqlerrcode);
	/* a domain's condition is of the second kind */
	if (category != ERRCODE_TO_CATEGORY(ERRCODE_DATA_EXCEPTION) &&
		category != ERRCODE_TO_CATEGORY(ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION) &&
		category != ERRCODE_TO_CATEGORY(ERRCODE_UNDEFINED_OBJECT))
		ReThrowError(error);
	FlushErrorState();
	return error->message;
}

static Datum
read_text(Form_pg_attribute att, const char *text, const char **complaint)
{
	MemoryContext cxt = CurrentMemoryContext;
	Oid			function;
	Oid			ioparam;
	Datum		value = 0;

	getTypeInputInfo(att->atttypid, &function, &ioparam);
	PG_TRY();
	{
		value = OidInputFunctionCall(function, unconstify(char *, text), ioparam, att->atttypmod);
	}
	PG_CATCH();
	{
		*complaint = take_complaint(cxt);
	}
	PG_END_TRY();
	return value;
}

Const *
tuya_constant_make(Relation relation, const TuyaColumns *columns, AttrNumber attno)
{
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(relation), attno - 1);
	const char *text = columns->column[attno - 1].constant;

	/* not to be looked up when the input function has thrown */
	const char *type = format_type_with_typemod(att->atttypid, att->atttypmod);
	const char *complaint = NULL;
	Datum		value = read_text(att, text, &complaint);

	if (complaint)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("constant \"%s\" of column \"%s\" of foreign table \"%s\" is no value of type %s",
						text, NameStr(att->attname), RelationGetRelationName(relation), type),
				 errdetail_internal("%s", complaint),
				 errhint("Use ALTER FOREIGN TABLE ... ALTER COLUMN %s OPTIONS (SET constant '...').",
						 quote_identifier(NameStr(att->attname)))));
	return makeConst(att->atttypid, att->atttypmod, att->attcollation, att->attlen, value,
					 false, att->attbyval);
}

Const *
tuya_constant_get(const TuyaColumns *columns, AttrNumber attno)
{
	Relation	relation = table_open(columns->table, NoLock);
	Const	   *value = tuya_constant_make(relation, columns, attno);

	table_close(relation, NoLock);
	return value;
}

typedef struct Replacement
{
	Index		varno;
	const TuyaColumns *columns;
} Replacement;

static Node *
replace(Node *node, void *context)
{
	const Replacement *replacement = context;
	const Var  *var = (const Var *) node;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && var->varno == (int) replacement->varno && var->varlevelsup == 0 &&
		var->varattno > 0 && bms_is_member(var->varattno, replacement->columns->constants))
		return (Node *) tuya_constant_get(replacement->columns, var->varattno);
	return expression_tree_mutator(node, replace, context);
}

Node *
tuya_constant_replace(Node *node, Index varno, const TuyaColumns *columns)
{
	Replacement replacement = {varno, columns};

	return bms_is_empty(columns->constants) ? node : replace(node, &replacement);
}

bool
tuya_constant_are_all(const TuyaColumns *columns, const Bitmapset *attributes)
{
	int			member = -1;

	while ((member = bms_next_member(attributes, member)) >= 0)
	{
		int			attno = member + FirstLowInvalidHeapAttributeNumber;

		if (attno <= 0 || !bms_is_member(attno, columns->constants))
			return false;
	}
	return true;
}

void
tuya_constant_check(Relation relation, const TuyaColumns *columns)
{
	int			attno = -1;

	while ((attno = bms_next_member(columns->constants, attno)) >= 0)
		(void) tuya_constant_make(relation, columns, (AttrNumber) attno);
}
