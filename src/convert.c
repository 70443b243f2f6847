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

	if (output == NULL)
		return;
	errcontext("column \"%s\" of foreign table \"%s\", job %s, value \"%s\"",
			   NameStr(TupleDescAttr(converter->tupdesc, output->attno - 1)->attname),
			   converter->relation_name,
			   tuya_failure_quote(row->field[TUYA_FIELD_JOB_ID]),
			   tuya_failure_quote(row->field[output->column.index]));
}

/* A field's text in the database's encoding; throws if that cannot hold it. */
static Datum
convert_field(const Output *output, const char *utf8)
{
	int			len = (int) strlen(utf8);
	char	   *text = pg_any_to_server(utf8, len, PG_UTF8);

	if (output->is_text)
		return PointerGetDatum(cstring_to_text(text));
	return InputFunctionCall(unconstify(FmgrInfo *, &output->input), text,
							 output->ioparam, output->typmod);
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
		const Output *output = &converter->outputs[i];
		int			index = output->column.index;
		int			att = output->attno - 1;

		if (output->column.kind == TUYA_COLUMN_KEY)
		{
			slot->tts_values[att] = key[index];
			slot->tts_isnull[att] = false;
		}
		else if (row->field[index])
		{
			converter->current = output;
			slot->tts_values[att] = convert_field(output, row->field[index]);
			slot->tts_isnull[att] = false;
		}
	}
	converter->current = NULL;
	error_context_stack = callback.previous;
	ExecStoreVirtualTuple(slot);
}
