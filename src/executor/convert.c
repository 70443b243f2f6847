/*
 * convert.c
 *		From a row's fields, or a failure, and the key to the columns of a slot.
 *
 * Text and varchar without a length are made directly, and so are times, since
 * the input functions of their types go by the session's settings.  Everything
 * else goes through its type's input function.
 */
#include "postgres.h"

#include "executor/convert.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "api/constant.h"
#include "api/error_field.h"
#include "compat.h"
#include "core/isotime.h"
#include "core/mstime.h"
#include "core/rfctime.h"
#include "executor/moment.h"
#include "executor/number.h"
#include "failure/failure.h"

typedef struct Output
{
	int			attno;			/* from 1 */
	TuyaColumn	column;
	const TuyaField *field;		/* NULL: it is a key or a constant */
	Datum		constant;
	Oid			type;
	bool		is_text;		/* needs no input function */
	bool		keeps_empty;	/* to the others an empty text is no value */
	TuyaMakeTime make_time;		/* NULL: no type of times */
	bool		is_number;		/* a type of whole numbers, as the field is */
	bool		is_secret;		/* its values are in no message */
	bool		is_domain;
	void	   *domain_cache;	/* domain_check()'s */
	FmgrInfo	input;			/* of the base type, as what follows */
	Oid			ioparam;
	int32		typmod;
	Oid			base_type;
	FmgrInfo	own_input;		/* of the column's type, which asks a domain, too */
	Oid			own_ioparam;
} Output;

struct TuyaConverter
{
	const char *relation_name;
	const TuyaReplyForm *form;
	TupleDesc	tupdesc;
	MemoryContext cxt;			/* it lives in */
	AttrNumber	key_attno[TUYA_KEYS_MAX];	/* as of TuyaColumns */
	int			noutputs;
	Output	   *outputs;
	/* what is being converted, of which the error context tells */
	Output	   *current;		/* NULL: nothing is */
	const TuyaRow *row;			/* NULL: there is failure instead */
	const TuyaFailure *failure;
};

/*
 * ---- times ----
 */

static const char *const hint_text = "To see what the service sends, make the column's type text.";

/* How a time is read, by its field's TuyaTimeForm, and what to say of one that is none. */
static const struct
{
	bool		(*parse) (const char *text, int64_t *us);
	const char *detail;
}			time_forms[] = {
	[TUYA_TIME_ISO8601] = {tuya_isotime_parse, "A time has a form of ISO 8601, such as 2024-09-12T08:14:42.214Z."},
	[TUYA_TIME_RFC1123] = {tuya_rfctime_parse, "A time of this field has the form Wed, 20-Feb-2019 02:16:09 GMT."},
	[TUYA_TIME_MILLISECONDS] = {tuya_mstime_parse, "A time of this field is a whole number of milliseconds since 1970."},
};

/* *us: microseconds since 1970.  NULL if that is a time, else why not. */
static TuyaFailure *
parse_time(const TuyaReplyForm *form, const Output *output, const char *utf8, int64_t *us)
{
	if (time_forms[output->field->time].parse(utf8, us))
		return NULL;
	return tuya_failure_of_key(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY,
							   psprintf("%s of a %s is not a time: \"%s\"", output->field->name,
										form->row, tuya_failure_quote(utf8)),
							   time_forms[output->field->time].detail,
							   hint_text);
}

/*
 * The value of a field in a column of times.  An interval is none of them, though
 * its input function also goes by the session: no field has one.
 */
static Datum
convert_time(const TuyaReplyForm *form, const Output *output, const char *utf8)
{
	int64_t		us;
	TuyaFailure *failure = parse_time(form, output, utf8, &us);

	if (failure)
		tuya_failure_raise(failure);
	return output->make_time(us, output->typmod);
}

/* Why that is no whole number that the column can have. */
static TuyaFailure *
number_fault(const TuyaReplyForm *form, const Output *output, const char *utf8)
{
	return tuya_failure_of_key(ERRCODE_FDW_UNABLE_TO_CREATE_REPLY,
							   psprintf("%s of a %s is not a number of the column's type: \"%s\"",
										output->field->name, form->row, tuya_failure_quote(utf8)),
							   psprintf("The column has whole numbers %s.", tuya_number_bounds(output->base_type)),
							   hint_text);
}

/* The value of a field in a column of whole numbers. */
static Datum
convert_number(const TuyaReplyForm *form, const Output *output, const char *utf8)
{
	Datum		value;

	if (!tuya_number_parse(utf8, output->base_type, &value))
		tuya_failure_raise(number_fault(form, output, utf8));
	return value;
}

/*
 * ---- begin ----
 */

static void
init_output(Output *output, const TuyaAction *action, Form_pg_attribute att, TuyaColumn column)
{
	Oid			function;
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
	output->base_type = getBaseTypeAndTypmod(att->atttypid, &output->typmod);
	get_type_category_preferred(output->base_type, &category, &preferred);
	output->keeps_empty = category == TYPCATEGORY_STRING;
	output->make_time = tuya_moment_maker(output->base_type);
	output->is_number = tuya_number_is_one(output->field, output->base_type);
	output->is_secret = tuya_column_is_secret(action, column);
	if (output->is_text)
		return;
	getTypeInputInfo(output->base_type, &function, &output->ioparam);
	fmgr_info(function, &output->input);
	getTypeInputInfo(output->type, &function, &output->own_ioparam);
	fmgr_info(function, &output->own_input);
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
	memcpy(converter->key_attno, columns->key_attno, sizeof(converter->key_attno));
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

TuyaFields
tuya_convert_fields(const TuyaConverter *converter)
{
	TuyaFields	fields = TUYA_FIELD(TUYA_FIELD_ID); /* errors name it */

	for (int i = 0; i < converter->noutputs; i++)
		if (converter->outputs[i].column.kind == TUYA_COLUMN_FIELD)
			fields |= TUYA_FIELD(converter->outputs[i].column.index);
	return fields;
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

/* Of which row something failed: the job, or the error that stands in its place. */
static const char *
describe_row(const TuyaConverter *converter)
{
	const TuyaRow *row = converter->row;
	const char *value;

	if (row == NULL)
		return "row of an error";
	value = text_of(converter->current, row);
	return psprintf("%s %s%s", converter->form->row,
					tuya_failure_quote(row->field[TUYA_FIELD_ID]),
					value && !converter->current->is_secret ?
					psprintf(", value \"%s\"", tuya_failure_quote(value)) : "");
}

static void
add_context(void *arg)
{
	TuyaConverter *converter = arg;
	const Output *output = converter->current;

	if (output == NULL)
		return;
	errcontext("column \"%s\" of foreign table \"%s\", %s",
			   NameStr(TupleDescAttr(converter->tupdesc, output->attno - 1)->attname),
			   converter->relation_name, describe_row(converter));
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
	if (output->is_number)
		return convert_number(form, output, utf8);
	text = pg_any_to_server(utf8, (int) strlen(utf8), PG_UTF8);
	return output->is_text ? PointerGetDatum(cstring_to_text(text)) : input(output, text);
}

/* What came for the column as text and is a value; NULL: nothing. */
static const char *
value_text(const Output *output, const TuyaRow *row)
{
	const char *text = text_of(output, row);

	return text && (text[0] != '\0' || output->keeps_empty) ? text : NULL;
}

static Datum
convert_fetched_at(Output *output, const TuyaRow *row)
{
	char	   *text;

	if (output->make_time)
		return output->make_time(row->page->fetched_us, output->typmod);
	text = tuya_moment_as_iso8601(row->page->fetched_us);
	return output->is_text ? PointerGetDatum(cstring_to_text(text)) : input(output, text);
}

/* The value of the column in the row; false: it is NULL. */
static bool
value_of_row(const TuyaConverter *converter, Output *output, Datum *value)
{
	const char *text = value_text(output, converter->row);
	bool		is_time = output->field == &tuya_page_fields[TUYA_PAGE_FETCHED_AT];

	if (is_time)
		*value = convert_fetched_at(output, converter->row);
	else if (text)
		*value = convert_field(converter->form, output, text);
	return is_time || text != NULL;
}

/* The text of the failure that the column shows. */
static const char *
text_of_failure(const TuyaFailure *failure, TuyaErrorField field)
{
	switch (field)
	{
		case TUYA_ERROR_FIELD_CODE:
			return tuya_failure_code(failure);
		case TUYA_ERROR_FIELD_MESSAGE:
			return failure->detail ? psprintf("%s: %s", failure->message, failure->detail) :
				failure->message;
		case TUYA_ERROR_FIELD_SQLSTATE:
			return unpack_sql_state(failure->sqlstate);
	}
	pg_unreachable();
}

/* The key that the column is besides that it is a field; 0: none, or it was not asked for. */
static Datum
key_of_field(const TuyaConverter *converter, const Output *output, const Datum key[TUYA_KEYS_MAX])
{
	for (int i = 0; i < TUYA_KEYS_MAX; i++)
		if (converter->key_attno[i] == output->attno)
			return key[i];
	return (Datum) 0;
}

/* The value of the column in the row of a failure; false: it is NULL. */
static bool
value_of_failure(const TuyaConverter *converter, Output *output, const Datum key[TUYA_KEYS_MAX],
				 Datum *value)
{
	/* its type is one of text, see column.h, and the message is in the database's encoding */
	if (output->column.kind == TUYA_COLUMN_ERROR)
		*value = PointerGetDatum(cstring_to_text(text_of_failure(converter->failure,
																 (TuyaErrorField) output->column.index)));
	else
		*value = key_of_field(converter, output, key);
	return DatumGetPointer(*value) != NULL;
}

static void
convert_output(const TuyaConverter *converter, const Datum key[TUYA_KEYS_MAX],
			   TupleTableSlot *slot)
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
	*isnull = !(converter->row ? value_of_row(converter, output, value) :
				value_of_failure(converter, output, key, value));
	if (output->is_domain)
		domain_check(*value, *isnull, output->type, &output->domain_cache, converter->cxt);
}

/* Stores what converter->row or ->failure says. */
static void
store(TuyaConverter *converter, const Datum key[TUYA_KEYS_MAX], TupleTableSlot *slot)
{
	ErrorContextCallback callback = {
		.callback = add_context,.arg = converter,.previous = error_context_stack
	};

	memset(slot->tts_isnull, true, sizeof(bool) * converter->tupdesc->natts);
	memset(slot->tts_values, 0, sizeof(Datum) * converter->tupdesc->natts);
	error_context_stack = &callback;
	for (int i = 0; i < converter->noutputs; i++)
	{
		converter->current = &converter->outputs[i];
		slot->tts_isnull[converter->current->attno - 1] = false;
		convert_output(converter, key, slot);
	}
	converter->current = NULL;
	error_context_stack = callback.previous;
	ExecStoreVirtualTuple(slot);
}

void
tuya_convert_row(TuyaConverter *converter, const TuyaRow *row,
				 const Datum key[TUYA_KEYS_MAX], TupleTableSlot *slot)
{
	converter->row = row;
	store(converter, key, slot);
}

void
tuya_convert_failure(TuyaConverter *converter, const TuyaFailure *failure,
					 const Datum key[TUYA_KEYS_MAX], TupleTableSlot *slot)
{
	converter->row = NULL;
	converter->failure = failure;
	store(converter, key, slot);
}

/*
 * ---- what the service has sent that cannot be shown ----
 */

static bool
is_any_encoding(void)
{
	return GetDatabaseEncoding() == PG_UTF8 || GetDatabaseEncoding() == PG_SQL_ASCII;
}

/* Whether the database's encoding has all characters of the text. */
static bool
fits_encoding(const char *utf8)
{
	int			encoding = GetDatabaseEncoding();
	int			len = (int) strlen(utf8);
	int			size = len * MAX_CONVERSION_GROWTH + 1;
	Oid			function = FindDefaultConversionProc(PG_UTF8, encoding);
	unsigned char *converted;
	int			nconverted;

	/* that there is none is for the conversion to say */
	if (!OidIsValid(function))
		return true;
	converted = palloc((Size) size);
	nconverted = pg_do_encoding_conversion_buf(function, PG_UTF8, encoding,
											   (unsigned char *) unconstify(char *, utf8), len,
											   converted, size, true);
	pfree(converted);
	return nconverted == len;
}

/* Why the database's encoding cannot hold the text; NULL if it can. */
static TuyaFailure *
find_encoding_fault(const TuyaReplyForm *form, const Output *output, const char *utf8)
{
	if (is_any_encoding() || fits_encoding(utf8))
		return NULL;
	return tuya_failure_of_key(ERRCODE_UNTRANSLATABLE_CHARACTER,
							   psprintf("%s of a %s does not fit into the encoding %s",
										output->field->name, form->row, GetDatabaseEncodingName()),
							   output->is_secret ? NULL :
							   psprintf("It is \"%s\".", tuya_failure_quote(utf8)), NULL);
}

/* Why the column's type has no value for the text, or for NULL; NULL if it has. */
static TuyaFailure *
find_type_fault(const TuyaReplyForm *form, Output *output, const char *utf8)
{
	char	   *text = utf8 ? pg_any_to_server(utf8, (int) strlen(utf8), PG_UTF8) : NULL;
	int			sqlstate = tuya_compat_input_fault(output->base_type, &output->own_input, text,
												   output->own_ioparam, output->typmod);

	if (sqlstate == 0)
		return NULL;
	return tuya_failure_of_key(sqlstate,
							   psprintf("%s of a %s is no value of the type %s%s",
										output->field->name, form->row, format_type_be(output->type),
										utf8 == NULL ? ": NULL" : output->is_secret ? "" :
										psprintf(": \"%s\"", tuya_failure_quote(utf8))),
							   NULL, hint_text);
}

/* What is wrong with the value of a field, whatever the column's type makes of it; NULL: nothing. */
static TuyaFailure *
find_field_fault(const TuyaReplyForm *form, const Output *output, const char *utf8)
{
	int64_t		us;
	Datum		number;

	if (output->make_time)
		return parse_time(form, output, utf8, &us);
	if (!output->is_number)
		return find_encoding_fault(form, output, utf8);
	return tuya_number_parse(utf8, output->base_type, &number) ? NULL : number_fault(form, output, utf8);
}

/* Why the column cannot show the field, which may be NULL; NULL if it can. */
static TuyaFailure *
find_fault(const TuyaReplyForm *form, Output *output, const char *utf8)
{
	TuyaFailure *failure = utf8 ? find_field_fault(form, output, utf8) : NULL;
	bool		is_typed = !output->is_text && !output->make_time && !output->is_number;

	/* a domain over times goes by what convert_time() makes of it */
	if (failure == NULL && ((utf8 && is_typed) || (output->is_domain && !output->make_time)))
		failure = find_type_fault(form, output, utf8);
	return failure;
}

/* Whether all values that may come can be shown in the column. */
static bool
is_always_shown(const Output *output)
{
	return output->field == NULL || (is_any_encoding() && output->is_text);
}

bool
tuya_convert_may_find_fault(const TuyaConverter *converter)
{
	bool		may = false;

	for (int i = 0; i < converter->noutputs; i++)
		may |= !is_always_shown(&converter->outputs[i]);
	return may;
}

TuyaFailure *
tuya_convert_find_fault(const TuyaConverter *converter, const TuyaRow *row)
{
	TuyaFailure *failure = NULL;

	for (int i = 0; i < converter->noutputs && failure == NULL; i++)
	{
		Output	   *output = &converter->outputs[i];

		/* when a page came has a value in any column that may show it */
		if (output->field && output->field != &tuya_page_fields[TUYA_PAGE_FETCHED_AT])
			failure = find_fault(converter->form, output, value_text(output, row));
	}
	return failure;
}
