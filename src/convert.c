/*
 * convert.c
 *		From a row's fields and the key to the columns of a slot.
 *
 * Text and varchar without a length are made directly, everything else goes
 * through the type's input function.
 */
#include "postgres.h"

#include "convert.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "failure.h"

typedef struct Output
{
	int			attno;			/* from 1 */
	TuyaColumn	column;
	bool		is_text;		/* needs no input function */
	bool		checks_null;	/* a domain may refuse NULL */
	FmgrInfo	input;
	Oid			ioparam;
	int32		typmod;
} Output;

struct TuyaConverter
{
	const char *relation_name;
	TupleDesc	tupdesc;
	int			noutputs;
	Output	   *outputs;
	/* what the error context tells */
	const Output *current;		/* NULL: nothing is being converted */
	const TuyaRow *row;
};

static void
init_output(Output *output, Form_pg_attribute att, TuyaColumn column)
{
	Oid			function;

	output->attno = att->attnum;
	output->column = column;
	output->typmod = att->atttypmod;
	output->is_text = att->atttypid == TEXTOID ||
		(att->atttypid == VARCHAROID && att->atttypmod < 0);
	output->checks_null = get_typtype(att->atttypid) == TYPTYPE_DOMAIN;
	if (!output->is_text)
	{
		getTypeInputInfo(att->atttypid, &function, &output->ioparam);
		fmgr_info(function, &output->input);
	}
}

TuyaConverter *
tuya_convert_create(Relation relation, const TuyaColumns *columns, List *attributes)
{
	TuyaConverter *converter = palloc0(sizeof(TuyaConverter));
	TupleDesc	tupdesc = RelationGetDescr(relation);
	bool		all = list_member_int(attributes, 0);

	converter->relation_name = pstrdup(RelationGetRelationName(relation));
	converter->tupdesc = tupdesc;
	converter->outputs = palloc0(sizeof(Output) * Max(tupdesc->natts, 1));
	for (int attno = 1; attno <= tupdesc->natts; attno++)
	{
		TuyaColumn	column = columns->column[attno - 1];

		if (column.kind != TUYA_COLUMN_NONE && (all || list_member_int(attributes, attno)))
			init_output(&converter->outputs[converter->noutputs++],
						TupleDescAttr(tupdesc, attno - 1), column);
	}
	return converter;
}

static void
add_context(void *arg)
{
	TuyaConverter *converter = arg;
	const Output *output = converter->current;
	const TuyaRow *row = converter->row;
	const char *value;

	if (output == NULL)
		return;
	value = output->column.kind == TUYA_COLUMN_FIELD ? row->field[output->column.index] : NULL;
	errcontext("column \"%s\" of foreign table \"%s\", job %s%s",
			   NameStr(TupleDescAttr(converter->tupdesc, output->attno - 1)->attname),
			   converter->relation_name,
			   tuya_failure_quote(row->field[TUYA_FIELD_JOB_ID]),
			   value ? psprintf(", value \"%s\"", tuya_failure_quote(value)) : "");
}

/* A text in the database's encoding, or NULL, as the column's type has it. */
static Datum
input(const Output *output, char *text)
{
	return InputFunctionCall(unconstify(FmgrInfo *, &output->input), text,
							 output->ioparam, output->typmod);
}

static Datum
convert_key(const Output *output, Datum key)
{
	/* varchar has text's form; a length or a domain may refuse it */
	return output->is_text ? key : input(output, TextDatumGetCString(key));
}

/* Throws if the database's encoding cannot hold the text. */
static Datum
convert_field(const Output *output, const char *utf8)
{
	char	   *text = pg_any_to_server(utf8, (int) strlen(utf8), PG_UTF8);

	return output->is_text ? PointerGetDatum(cstring_to_text(text)) : input(output, text);
}

static void
convert_output(const Output *output, const TuyaRow *row, const Datum key[TUYA_KEY_COUNT],
			   TupleTableSlot *slot)
{
	int			index = output->column.index;
	int			att = output->attno - 1;

	slot->tts_isnull[att] = false;
	if (output->column.kind == TUYA_COLUMN_KEY)
		slot->tts_values[att] = convert_key(output, key[index]);
	else if (row->field[index])
		slot->tts_values[att] = convert_field(output, row->field[index]);
	else
	{
		slot->tts_isnull[att] = true;
		if (output->checks_null)
			(void) input(output, NULL);
	}
}

void
tuya_convert_row(TuyaConverter *converter, const TuyaRow *row,
				 const Datum key[TUYA_KEY_COUNT], TupleTableSlot *slot)
{
	ErrorContextCallback callback = {
		.callback = add_context,.arg = converter,.previous = error_context_stack
	};

	memset(slot->tts_isnull, true, sizeof(bool) * converter->tupdesc->natts);
	memset(slot->tts_values, 0, sizeof(Datum) * converter->tupdesc->natts);
	converter->row = row;
	error_context_stack = &callback;
	for (int i = 0; i < converter->noutputs; i++)
	{
		converter->current = &converter->outputs[i];
		convert_output(converter->current, row, key, slot);
	}
	converter->current = NULL;
	error_context_stack = callback.previous;
	ExecStoreVirtualTuple(slot);
}
