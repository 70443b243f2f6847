/*
 * replan_function.c
 *		The SQL function that a statement is of, and the statement as PostgreSQL has it there.
 *
 * What begins has the function's text, and arguments of its types, but nothing points to the
 * function.  Its name, and which of its statements it is, is what the context of an error would
 * be now.  So it is the function with these, if all that have them call their arguments the
 * same.  This is for a session's first statement, which is worth a walk over pg_proc.
 */
#include "postgres.h"

#include "planner/replan_function.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/functions.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/params.h"
#include "rewrite/rewriteHandler.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/rel.h"

#include "compat.h"
#include "planner/replan_collation.h"

struct TuyaReplanFunction
{
	const QueryDesc *query;
	HeapTuple	row;			/* of pg_proc */
	List	   *body;			/* Queries that it was parsed to when it was made; NIL: it has a
								 * text */
	int			number;			/* of the statement in it, from 1 on */
};

/* What is looked for. */
typedef struct Wanted
{
	const QueryDesc *query;
	const char *context;		/* of an error that would be raised now, from the innermost on */
} Wanted;

/*
 * ---- the function ----
 */

static int
arguments_of(const QueryDesc *query)
{
	return query->params ? query->params->numParams : 0;
}

static bool
has_types(const Form_pg_proc proc, const QueryDesc *query)
{
	if (proc->pronargs != arguments_of(query))
		return false;
	for (int i = 0; i < proc->pronargs; i++)
	{
		if (proc->proargtypes.values[i] != query->params->params[i].ptype &&
			!IsPolymorphicType(proc->proargtypes.values[i]))
			return false;
	}
	return true;
}

static char *
text_of(Relation catalog, HeapTuple row, AttrNumber attno)
{
	bool		isnull;
	Datum		value = heap_getattr(row, attno, RelationGetDescr(catalog), &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/* What it was parsed to when it was made; NIL: it has a text. */
static List *
body_of(Relation catalog, HeapTuple row)
{
	char	   *text = text_of(catalog, row, Anum_pg_proc_prosqlbody);
	Node	   *body = text ? stringToNode(text) : NULL;

	if (body == NULL)
		return NIL;
	return IsA(body, List) ? linitial_node(List, (List *) body) : list_make1(body);
}

/* No text has more statements. */
static int
count_statements(const char *text)
{
	int			count = 1;

	for (; *text; text++)
		count += *text == ';';
	return count;
}

/* Which of the function's statements the context names first, of so many; 0: none. */
static int
number_in_context(const char *context, const char *function, int count)
{
	for (int i = 1; i <= count; i++)
	{
		char	   *line = psprintf(_("SQL function \"%s\" statement %d"), function, i);
		size_t		len = strlen(line);

		if (strncmp(context, line, len) == 0 && (context[len] == '\0' || context[len] == '\n'))
			return i;
	}
	return 0;
}

/* What the row is of, if it may be of that function; else NULL. */
static TuyaReplanFunction *
make_function(const Wanted *wanted, Relation catalog, HeapTuple row)
{
	Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(row);
	TuyaReplanFunction *function;
	List	   *body;
	int			number;

	if (proc->prolang != SQLlanguageId || !has_types(proc, wanted->query) ||
		strcmp(text_of(catalog, row, Anum_pg_proc_prosrc), wanted->query->sourceText) != 0)
		return NULL;
	body = body_of(catalog, row);
	number = number_in_context(wanted->context, NameStr(proc->proname),
							   body ? list_length(body) : count_statements(wanted->query->sourceText));
	if (number == 0)
		return NULL;
	function = palloc(sizeof(TuyaReplanFunction));
	*function = (TuyaReplanFunction)
	{
		wanted->query, heap_copytuple(row), body, number
	};
	return function;
}

/* Whether a statement that is of either is the same. */
static bool
are_alike(Relation catalog, const TuyaReplanFunction *one, const TuyaReplanFunction *other)
{
	bool		is_one_null;
	bool		is_other_null;
	Datum		names = heap_getattr(one->row, Anum_pg_proc_proargnames, RelationGetDescr(catalog), &is_one_null);
	Datum		other_names = heap_getattr(other->row, Anum_pg_proc_proargnames, RelationGetDescr(catalog), &is_other_null);

	return one->body == NIL && other->body == NIL && is_one_null == is_other_null &&
		(is_one_null || datum_image_eq(names, other_names, false, -1));
}

TuyaReplanFunction *
tuya_replan_function_find(const QueryDesc *query)
{
	Wanted		wanted = {query, GetErrorContextStack()};
	TuyaReplanFunction *found = NULL;
	bool		differ = false;
	Relation	catalog;
	SysScanDesc scan;
	HeapTuple	row;

	/* without arguments its text is as any other */
	if (wanted.context == NULL || (arguments_of(query) == 0 && query->sourceText[0] != '\0'))
		return NULL;
	catalog = table_open(ProcedureRelationId, AccessShareLock);
	scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(row = systable_getnext(scan)))
	{
		TuyaReplanFunction *function = make_function(&wanted, catalog, row);

		if (function && found)
			differ |= !are_alike(catalog, function, found);
		else if (function)
			found = function;
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return differ ? NULL : found;
}

bool
tuya_replan_function_is_parsed(const TuyaReplanFunction *function)
{
	return function->body != NIL;
}

/*
 * ---- the statement ----
 */

/* A call of the function, with arguments of the statement's types. */
static Node *
make_call(const TuyaReplanFunction *function)
{
	List	   *args = NIL;

	for (int i = 0; i < arguments_of(function->query); i++)
		args = lappend(args, makeNullConst(function->query->params->params[i].ptype, -1, InvalidOid));
	return (Node *) makeFuncExpr(((Form_pg_proc) GETSTRUCT(function->row))->oid, VOIDOID, args, InvalidOid, InvalidOid,
								 COERCE_EXPLICIT_CALL);
}

static bool
has_columns(const Query *query, TupleDesc columns)
{
	TupleDesc	own = ExecCleanTypeFromTL(query->commandType == CMD_SELECT ? query->targetList : query->returningList);

	if (own->natts != columns->natts)
		return false;
	for (int i = 0; i < own->natts; i++)
	{
		if (TupleDescAttr(own, i)->atttypid != TupleDescAttr(columns, i)->atttypid ||
			TupleDescAttr(own, i)->atttypmod != TupleDescAttr(columns, i)->atttypmod)
			return false;
	}
	return true;
}

/* What the function returns is made of the types that it has in the statement that was planned. */
static void
coerce_result(const TuyaReplanFunction *function, List *queries)
{
	TupleDesc	columns = ExecCleanTypeFromTL(function->query->plannedstmt->planTree->targetlist);

	if (has_columns(llast_node(Query, queries), columns))
		return;
	tuya_compat_coerce_function_result(queries, columns->natts == 1 ? TupleDescAttr(columns, 0)->atttypid : RECORDOID, columns,
									   ((Form_pg_proc) GETSTRUCT(function->row))->prokind);
}

/* NIL if a rule has made several, or none, of a statement up to that one: then its number tells nothing. */
static List *
rewrite_body(const TuyaReplanFunction *function)
{
	List	   *queries = NIL;

	for (int i = 0; i < function->number; i++)
	{
		Query	   *query = copyObject(list_nth_node(Query, function->body, i));

		AcquireRewriteLocks(query, true, false);
		queries = pg_rewrite_query(query);
		if (list_length(queries) != 1)
			return NIL;
	}
	return queries;
}

/* PostgreSQL's own, by the type that it is called by: a cast of the function is no such type. */
static void
set_up_parser(struct ParseState *pstate, void *info)
{
	sql_fn_parser_setup(pstate, info);
}

static List *
analyze_text(const TuyaReplanFunction *function, RawStmt *raw)
{
	SQLFunctionParseInfo *info = prepare_sql_fn_parse_info(function->row, make_call(function), InvalidOid);
	const char *text = function->query->sourceText;
	List	   *queries = pg_analyze_and_rewrite_withcb(copyObject(raw), text, set_up_parser, info, NULL);

	if (!tuya_replan_collation_find(function->query, queries, ((Form_pg_proc) GETSTRUCT(function->row))->oid, &info->collation))
		return NIL;
	return pg_analyze_and_rewrite_withcb(raw, text, set_up_parser, info, NULL);
}

List *
tuya_replan_function_analyze(const TuyaReplanFunction *function, RawStmt *raw)
{
	List	   *queries = raw ? analyze_text(function, raw) : rewrite_body(function);

	if (queries)
		coerce_result(function, queries);
	return queries;
}
