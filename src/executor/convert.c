/*
 * convert.c
 *		From a row's fields and the key to the columns of a slot.
 *
 * Text and varchar without a length are made directly, and so are times, since
 * the input functions of their types go by the session's settings.  Everything
 * else goes through its type's input function.
 */
#include "postgres.h"

#include "executor/convert.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "api/constant.h"
#include "core/isotime.h"
#include "failure/failure.h"

/* From a time in UTC, which timestamp and timestamptz alike have as their value. */
typedef Datum (*MakeTime) (Timestamp utc, int32 typmod);

typedef struct Output
{
	int			attno;			/* from 1 */
	TuyaColumn	column;
	const TuyaField *field;		/* NULL: it is a key or a constant */
	Datum		constant;
	Oid			type;
	bool		is_text;		/* needs no input function */
	bool		keeps_empty;	/* to the others an empty text is no value */
	MakeTime	make_time;		/* NULL: no type of times */
	bool		is_domain;
	void	   *domain_cache;	/* domain_check()'s */
	FmgrInfo	input;
	Oid			ioparam;
	int32		typmod;
} Output;

struct TuyaConverter
{
	const char *relation_name;
	const TuyaReplyForm *form;
	TupleDesc	tupdesc;
	MemoryContext cxt;			/* it lives in */
	int			noutputs;
	Output	   *outputs;
	/* what the error context tells */
	Output	   *current;		/* NULL: nothing is being converted */
	const TuyaRow *row;
};

/*
 * ---- times ----
 */

static Datum
as_timestamp(Timestamp utc, int32 typmod)
{
	Datum		value = TimestampGetDatum(utc);

	return typmod < 0 ? value : DirectFunctionCall2(timestamp_scale, value, Int32GetDatum(typmod));
}

static Datum
as_date(Timestamp utc, int32 typmod)
{
	(void) typmod;
	return DirectFunctionCall1(timestamp_date, TimestampGetDatum(utc));
}

static Datum
as_time(Timestamp utc, int32 typmod)
{
	Datum		value = DirectFunctionCall1(timestamp_time, TimestampGetDatum(utc));

	return typmod < 0 ? value : DirectFunctionCall2(time_scale, value, Int32GetDatum(typmod));
}

static Datum
as_timetz(Timestamp utc, int32 typmod)
{
	/* zone 0, UTC */
	TimeTzADT  *value = palloc0(sizeof(TimeTzADT));

	value->time = DatumGetTimeADT(as_time(utc, typmod));
	return TimeTzADTPGetDatum(value);
}

/* How a time is read, by its field's TuyaTimeForm, and what to say of one that is none. */
static const struct
{
	bool		(*parse) (const char *text, int64_t *us);
	const char *detail;
}			time_forms[] = {
	[TUYA_TIME_ISO8601] = {tuya_isotime_parse, "A time has a form of ISO 8601, such as 2024-09-12T08:14:42.214Z."},
};

static MakeTime
find_make_time(Oid base_type)
{
	switch (base_type)
	{
		case TIMESTAMPTZOID:
		case TIMESTAMPOID:
			return as_timestamp;
		case DATEOID:
			return as_date;
		case TIMEOID:
			return as_time;
		case TIMETZOID:
			return as_timetz;
		default:
			return NULL;
	}
}

static Datum
as_column_time(const Output *output, int64 unix_us)
{
	return output->make_time(unix_us - (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY,
							 output->typmod);
}

/*
 * The value of a field in a column of times.  An interval is none of them, though
 * its input function also goes by the session: no field has one.
 */
static Datum
convert_time(const TuyaReplyForm *form, const Output *output, const char *utf8)
{
	int64_t		us;

	if (!time_forms[output->field->time].parse(utf8, &us))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY),
				 errmsg("%s of a %s is not a time: \"%s\"", output->field->name,
						form->row, tuya_failure_quote(utf8)),
				 errdetail_internal("%s", time_forms[output->field->time].detail),
				 errhint("To see what the service sends, make the column's type text.")));
	return as_column_time(output, us);
}

/* "2024-09-12T08:14:42.214000Z", whatever the session's settings are. */
static char *
as_iso8601(int64 unix_us)
{
	Timestamp	utc = unix_us - (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
	struct pg_tm tm;
	fsec_t		fsec;

	if (timestamp2tm(utc, NULL, &tm, &fsec, NULL, NULL) != 0)
		elog(ERROR, "timestamp out of range");
	return psprintf("%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year, tm.tm_mon, tm.tm_mday,
					tm.tm_hour, tm.tm_min, tm.tm_sec, (int) fsec);
}

/*
 * ---- begin ----
 */

static void
init_output(Output *output, const TuyaAction *action, Form_pg_attribute att, TuyaColumn column)
{
	Oid			function;
	Oid			base_type;
	char		category;
	bool		preferred;

	output->attno = att->attnum;
	output->column = column;
	output->field = tuya_column_field(action, column);
	output->type = att->atttypid;
	output->typmod = att->atttypmod;
	output->is_text = att->atttypid == TEXTOID ||
		(att->atttypid == VARCHAROID && att->atttypmod < 0);
	output->is_domain = get_typtype(att->atttypid) == TYPTYPE_DOMAIN;
	base_type = getBaseTypeAndTypmod(att->atttypid, &output->typmod);
	get_type_category_preferred(base_type, &category, &preferred);
	output->keeps_empty = category == TYPCATEGORY_STRING;
	output->make_time = find_make_time(base_type);
	if (!output->is_text)
	{
		getTypeInputInfo(base_type, &function, &output->ioparam);
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
	converter->form = &columns->action->reply;
	converter->tupdesc = tupdesc;
	converter->cxt = CurrentMemoryContext;
	converter->outputs = palloc0(sizeof(Output) * Max(tupdesc->natts, 1));
	for (int attno = 1; attno <= tupdesc->natts; attno++)
	{
		TuyaColumn	column = columns->column[attno - 1];

		Output	   *output = &converter->outputs[converter->noutputs];

		if (column.kind == TUYA_COLUMN_NONE || !(all || list_member_int(attributes, attno)))
			continue;
		converter->noutputs++;
		init_output(output, columns->action, TupleDescAttr(tupdesc, attno - 1), column);
		if (column.kind == TUYA_COLUMN_CONSTANT)
			output->constant = tuya_constant_make(relation, columns, (AttrNumber) attno)->constvalue;
	}
	return converter;
}

/* What came for the column as text; NULL: nothing, or it is no text. */
static const char *
text_of(const Output *output, const TuyaRow *row)
{
	if (output->column.kind == TUYA_COLUMN_FIELD)
		return row->field[output->column.index];
	if (output->field == &tuya_page_fields[TUYA_PAGE_REQUEST_ID])
		return row->page->request_id;
	return NULL;
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
	value = text_of(output, row);
	errcontext("column \"%s\" of foreign table \"%s\", %s %s%s",
			   NameStr(TupleDescAttr(converter->tupdesc, output->attno - 1)->attname),
			   converter->relation_name, converter->form->row,
			   tuya_failure_quote(row->field[TUYA_FIELD_ID]),
			   value ? psprintf(", value \"%s\"", tuya_failure_quote(value)) : "");
}

/* A text in the database's encoding as the column's type, or that below a domain, has it. */
static Datum
input(Output *output, char *text)
{
	return InputFunctionCall(&output->input, text, output->ioparam, output->typmod);
}

/* Throws if the database's encoding cannot hold the text. */
static Datum
convert_field(const TuyaReplyForm *form, Output *output, const char *utf8)
{
	char	   *text;

	if (output->make_time)
		return convert_time(form, output, utf8);
	text = pg_any_to_server(utf8, (int) strlen(utf8), PG_UTF8);
	return output->is_text ? PointerGetDatum(cstring_to_text(text)) : input(output, text);
}

/* A text that came, or NULL, as the column's value; false: that is NULL. */
static bool
convert_text(const TuyaReplyForm *form, Output *output, const char *utf8, Datum *value)
{
	if (utf8 == NULL || (utf8[0] == '\0' && !output->keeps_empty))
		return false;
	*value = convert_field(form, output, utf8);
	return true;
}

static Datum
convert_fetched_at(Output *output, const TuyaRow *row)
{
	char	   *text;

	if (output->make_time)
		return as_column_time(output, row->page->fetched_us);
	text = as_iso8601(row->page->fetched_us);
	return output->is_text ? PointerGetDatum(cstring_to_text(text)) : input(output, text);
}

static void
convert_output(const TuyaConverter *converter, const TuyaRow *row,
			   const Datum key[TUYA_KEYS_MAX], TupleTableSlot *slot)
{
	Output	   *output = converter->current;
	Datum	   *value = &slot->tts_values[output->attno - 1];
	bool	   *isnull = &slot->tts_isnull[output->attno - 1];

	/* text and varchar have the same form, and the column's type can hold it: keytype.h */
	if (output->column.kind == TUYA_COLUMN_KEY)
	{
		*value = key[output->column.index];
		return;
	}
	if (output->column.kind == TUYA_COLUMN_CONSTANT)
	{
		*value = output->constant;
		return;
	}
	if (output->field == &tuya_page_fields[TUYA_PAGE_FETCHED_AT])
		*value = convert_fetched_at(output, row);
	else
		*isnull = !convert_text(converter->form, output, text_of(output, row), value);
	if (output->is_domain)
		domain_check(*value, *isnull, output->type, &output->domain_cache, converter->cxt);
}

void
tuya_convert_row(TuyaConverter *converter, const TuyaRow *row,
				 const Datum key[TUYA_KEYS_MAX], TupleTableSlot *slot)
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
		slot->tts_isnull[converter->current->attno - 1] = false;
		convert_output(converter, row, key, slot);
	}
	converter->current = NULL;
	error_context_stack = callback.previous;
	ExecStoreVirtualTuple(slot);
}
