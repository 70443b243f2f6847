/*
 * reply.c
 *		From the bytes of one page to rows and totals, or the API's error; see
 *		reply.h.
 *
 * Three steps: check() looks at the bytes for what json-c would change or
 * choke on, parse() makes them a json-c document, interpret() reads it.  The
 * document owns the rows' strings; everything else is our own copy, and the
 * document is dropped as soon as there turn out to be no rows.
 */
#include "reply.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "ascii.h"
#include "jsontext.h"
#include "reserve.h"

/*
 * What json-c may allocate.  REPLY_BYTES_MAX alone would let a hostile reply
 * take a gigabyte; a page of REPLY_ROWS_MAX rows with all fields takes less than
 * this.
 */
#define REPLY_MEMORY_MAX (64 * 1024 * 1024)

#define AMBIGUOUS "it has two members whose names differ only in case"
#define NUL_IN_TEXT "a string in it has \\u0000, which PostgreSQL's text cannot store"

static const char *const field_names[TUYA_FIELD_COUNT] = {
	[TUYA_FIELD_FIRMWARE_ID] = "firmwareId",
	[TUYA_FIELD_JOB_ID] = "jobId",
	[TUYA_FIELD_JOB_STATUS] = "jobStatus",
	[TUYA_FIELD_JOB_TYPE] = "jobType",
	[TUYA_FIELD_PRODUCT_KEY] = "productKey",
	[TUYA_FIELD_SELECTION_TYPE] = "selectionType",
	[TUYA_FIELD_TARGET_SELECTION] = "targetSelection",
	[TUYA_FIELD_UTC_CREATE] = "utcCreate",
	[TUYA_FIELD_UTC_MODIFIED] = "utcModified",
};

/* The members of the outermost object that are looked at. */
typedef enum TopMember
{
	TOP_SUCCESS,
	TOP_CODE,
	TOP_ERROR_MESSAGE,
	TOP_MESSAGE,
	TOP_REQUEST_ID,
	TOP_DATA,
	TOP_TOTAL,
	TOP_CURRENT_PAGE
} TopMember;

#define TOP_COUNT (TOP_CURRENT_PAGE + 1)

static const char *const top_names[TOP_COUNT] = {
	[TOP_SUCCESS] = "success",
	[TOP_CODE] = "code",
	[TOP_ERROR_MESSAGE] = "errorMessage",
	[TOP_MESSAGE] = "message",
	[TOP_REQUEST_ID] = "requestId",
	[TOP_DATA] = "data",
	[TOP_TOTAL] = "total",
	[TOP_CURRENT_PAGE] = "currentPage",
};

static const char *const list_name = "simpleOTAJobInfo";

typedef enum Success
{
	SUCCESS_ABSENT,
	SUCCESS_TRUE,
	SUCCESS_FALSE,
	SUCCESS_STRANGE
} Success;

const char *
tuya_field_name(TuyaField field)
{
	return field_names[field];
}

int
tuya_field_by_name(const char *name)
{
	for (int i = 0; i < TUYA_FIELD_COUNT; i++)
	{
		if (tuya_ascii_same(name, field_names[i]))
			return i;
	}
	return -1;
}

static TuyaReplyStatus
malformed(TuyaReply *reply, const char *reason)
{
	reply->reason = reason;
	return TUYA_REPLY_MALFORMED;
}

static TuyaReplyStatus
not_json(TuyaReply *reply, const char *reason)
{
	reply->reason = reason;
	return TUYA_REPLY_NOT_JSON;
}

/*
 * Step 1: the bytes.
 */

/*
 * Sets *body and *len to what is to be parsed, without a byte order mark, and *nmembers
 * to how many members that has.  From then on there is memory for json-c, to which
 * running out of it is fatal.
 */
static TuyaReplyStatus
check(TuyaReply *reply, const char **body, size_t *len, size_t *nmembers)
{
	static const char mark[3] = {'\xEF', '\xBB', '\xBF'};
	const char *reason;
	size_t		memory;

	if (*len > REPLY_BYTES_MAX)
		return malformed(reply, "it is larger than any page of jobs can be");
	if (*len >= sizeof(mark) && memcmp(*body, mark, sizeof(mark)) == 0)
	{
		*body += sizeof(mark);
		*len -= sizeof(mark);
	}
	switch (tuya_jsontext_check(*body, *len, REPLY_MEMORY_MAX, &memory, nmembers, &reason))
	{
		case TUYA_JSONTEXT_OK:
			return tuya_reserve_lend(memory) ? TUYA_REPLY_PAGE : TUYA_REPLY_NO_MEMORY;
		case TUYA_JSONTEXT_NOT_JSON:
			return not_json(reply, reason);
		default:
			return malformed(reply, reason);
	}
}

/*
 * Step 2: the document.
 */

/* Why json-c made no document of len bytes. */
static TuyaReplyStatus
parse_failure(TuyaReply *reply, struct json_tokener *tokener, size_t len)
{
	enum json_tokener_error error = json_tokener_get_error(tokener);
	size_t		end = json_tokener_get_parse_end(tokener);

	if (error == json_tokener_error_depth)
		return malformed(reply, "it nests too deeply");

	/*
	 * The errors behind this one are "too large", which cannot be, and "out of memory", which not
	 * every version has, nor at the same number.
	 */
	if (error > json_tokener_error_parse_utf8_string)
		return TUYA_REPLY_NO_MEMORY;
	if (error != json_tokener_success && error != json_tokener_continue)
		return not_json(reply, "it is not JSON");

	/* "null" makes no object; nor, without memory, does 0.16 */
	if (error == json_tokener_success && end > 0)
		return malformed(reply, "it is not an object");
	if (end < len)
		return TUYA_REPLY_NO_MEMORY;
	return not_json(reply, "it ends too early");
}

static bool
is_space(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		if (strchr(" \t\n\r", text[i]) == NULL)
			return false;
	}
	return true;
}

/*
 * Makes the document, which the reply then owns.  len fits into an int, after
 * check().
 */
static TuyaReplyStatus
parse(TuyaReply *reply, const char *body, size_t len)
{
	struct json_tokener *tokener = json_tokener_new_ex(REPLY_DEPTH_MAX);
	TuyaReplyStatus status = TUYA_REPLY_PAGE;
	size_t		end;

	if (tokener == NULL)
		return TUYA_REPLY_NO_MEMORY;
	/* not strict: see jsontext.h */
	json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
	reply->json = json_tokener_parse_ex(tokener, body, (int) len);
	end = json_tokener_get_parse_end(tokener);
	if (reply->json == NULL)
		status = parse_failure(reply, tokener, len);
	else if (!is_space(body + end, len - end))
		status = not_json(reply, "something follows the JSON");
	json_tokener_free(tokener);
	return status;
}

/*
 * How many members the objects in there have in all.  json-c keeps but one of those
 * that have the same name, so there may be fewer than in the text.  Nested to
 * REPLY_DEPTH_MAX at most.
 */
static size_t
count_members(struct json_object *value)
{
	size_t		count = 0;

	if (json_object_is_type(value, json_type_array))
	{
		for (size_t i = 0; i < json_object_array_length(value); i++)
			count += count_members(json_object_array_get_idx(value, i));
	}
	else if (json_object_is_type(value, json_type_object))
	{
		struct json_object_iterator it = json_object_iter_begin(value);
		struct json_object_iterator end = json_object_iter_end(value);

		for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it))
			count += 1 + count_members(json_object_iter_peek_value(&it));
	}
	return count;
}

/*
 * Step 3: the meaning.
 */

/*
 * Finds the members of these names, NULL for one that is null or absent.
 * False if two members match one name: which of "total" and "Total" is meant nobody
 * knows.
 */
static bool
find_members(struct json_object *object, const char *const *names, int nnames,
			 struct json_object **values)
{
	struct json_object_iterator it = json_object_iter_begin(object);
	struct json_object_iterator end = json_object_iter_end(object);
	unsigned int found = 0;		/* a bit for each name: at most 32 */

	memset(values, 0, (size_t) nnames * sizeof(*values));
	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it))
	{
		const char *name = json_object_iter_peek_name(&it);

		for (int i = 0; i < nnames; i++)
		{
			if (!tuya_ascii_same(name, names[i]))
				continue;
			if (found & (1U << i))
				return false;
			found |= 1U << i;
			values[i] = json_object_iter_peek_value(&it);
		}
	}
	return true;
}

/*
 * Sets *text to a string or to a number's decimal text, as sent; NULL for null.
 * The text belongs to the document.
 */
static TuyaReplyStatus
read_text(TuyaReply *reply, struct json_object *value, const char **text)
{
	*text = NULL;
	switch (json_object_get_type(value))
	{
		case json_type_null:
			return TUYA_REPLY_PAGE;

		case json_type_string:
			*text = json_object_get_string(value);
			if (strlen(*text) != (size_t) json_object_get_string_len(value))
				return malformed(reply, NUL_IN_TEXT);
			return TUYA_REPLY_PAGE;

		case json_type_int:
		case json_type_double:
			*text = json_object_get_string(value);
			if (*text == NULL)
				return TUYA_REPLY_NO_MEMORY;
			return TUYA_REPLY_PAGE;

		default:
			return malformed(reply, "a job has an object, an array or a boolean for a text");
	}
}

/* Reads digits, and nothing but digits, of a number up to 2^63 - 1. */
static bool
read_digits(const char *text, int len, int64_t *number)
{
	*number = 0;
	for (int i = 0; i < len; i++)
	{
		if (text[i] < '0' || text[i] > '9' ||
			*number > (INT64_MAX - (text[i] - '0')) / 10)
			return false;
		*number = *number * 10 + (text[i] - '0');
	}
	return len > 0;
}

/* Reads a whole number from 0 to 2^63 - 1, from a number or a string. */
static bool
read_count(struct json_object *value, int64_t *count)
{
	switch (json_object_get_type(value))
	{
		case json_type_int:
			*count = json_object_get_int64(value);

			/* It clamps what is larger. */
			return *count >= 0 && json_object_get_uint64(value) == (uint64_t) *count;
		case json_type_string:
			return read_digits(json_object_get_string(value),
							   json_object_get_string_len(value), count);
		default:
			return false;
	}
}

static Success
read_success(struct json_object *value)
{
	const char *text;

	switch (json_object_get_type(value))
	{
		case json_type_null:
			return SUCCESS_ABSENT;
		case json_type_boolean:
			return json_object_get_boolean(value) ? SUCCESS_TRUE : SUCCESS_FALSE;
		case json_type_string:
			text = json_object_get_string(value);

			if (tuya_ascii_same(text, "true"))
				return SUCCESS_TRUE;
			return tuya_ascii_same(text, "false") ? SUCCESS_FALSE : SUCCESS_STRANGE;
		default:
			return SUCCESS_STRANGE;
	}
}

/*
 * Copies a string or a number's text; NULL if it is neither or, where it is
 * for a person to read, cut at a NUL.  False if out of memory.
 */
static bool
copy_text(struct json_object *value, char **copy)
{
	json_type	type = json_object_get_type(value);
	const char *text;
	size_t		size;

	*copy = NULL;
	if (type != json_type_string && type != json_type_int && type != json_type_double)
		return true;
	text = json_object_get_string(value);

	if (text == NULL)
		return false;
	size = strlen(text) + 1;
	*copy = malloc(size);
	if (*copy == NULL)
		return false;
	memcpy(*copy, text, size);
	return true;
}

static TuyaReplyStatus
read_row(TuyaReply *reply, struct json_object *object, TuyaRow *row)
{
	struct json_object *values[TUYA_FIELD_COUNT];
	const char *job_id;

	if (!json_object_is_type(object, json_type_object))
		return malformed(reply, "a job is not an object");
	if (!find_members(object, field_names, TUYA_FIELD_COUNT, values))
		return malformed(reply, AMBIGUOUS);
	for (int i = 0; i < TUYA_FIELD_COUNT; i++)
	{
		TuyaReplyStatus status = read_text(reply, values[i], &row->field[i]);

		if (status != TUYA_REPLY_PAGE)
			return status;
	}

	job_id = row->field[TUYA_FIELD_JOB_ID];
	if (job_id == NULL || *job_id == '\0')
		return malformed(reply, "a job has no jobId");
	if (strlen(job_id) > REPLY_JOB_ID_BYTES_MAX)
		return malformed(reply, "a job has a jobId that is too long");
	return TUYA_REPLY_PAGE;
}

static TuyaReplyStatus
read_rows(TuyaReply *reply, struct json_object *list)
{
	size_t		nrows = json_object_array_length(list);

	if (nrows > REPLY_ROWS_MAX)
		return malformed(reply, "it has more jobs than any page can have");
	if (nrows == 0)
		return TUYA_REPLY_PAGE;
	reply->rows = calloc(nrows, sizeof(TuyaRow));
	if (reply->rows == NULL)
		return TUYA_REPLY_NO_MEMORY;
	reply->nrows = nrows;
	for (size_t i = 0; i < nrows; i++)
	{
		struct json_object *job = json_object_array_get_idx(list, i);
		TuyaReplyStatus status = read_row(reply, job, &reply->rows[i]);

		if (status != TUYA_REPLY_PAGE)
			return status;
	}
	return TUYA_REPLY_PAGE;
}

/*
 * Whether the value is what serializers make of an object or a list without anything
 * in it: some know no empty object, some no empty list, some neither.
 */
static bool
is_nothing(struct json_object *value)
{
	switch (json_object_get_type(value))
	{
		case json_type_null:
			return true;
		case json_type_string:
			return json_object_get_string_len(value) == 0;
		case json_type_array:
			return json_object_array_length(value) == 0;
		case json_type_object:
			return json_object_object_length(value) == 0;
		default:
			return false;
	}
}

/*
 * Finds the list of jobs in "data"; NULL if there is none.  A list that is
 * there says by itself that there are no jobs; nothing in its place does not.
 */
static TuyaReplyStatus
find_list(TuyaReply *reply, struct json_object *data, struct json_object **list)
{
	*list = NULL;
	if (is_nothing(data))
		return TUYA_REPLY_PAGE;
	if (!json_object_is_type(data, json_type_object))
		return malformed(reply, "its data is not an object");
	if (!find_members(data, &list_name, 1, list))
		return malformed(reply, AMBIGUOUS);
	if (json_object_is_type(*list, json_type_array))
		return TUYA_REPLY_PAGE;
	if (!is_nothing(*list))
		return malformed(reply, "its simpleOTAJobInfo is not a list");
	*list = NULL;
	return TUYA_REPLY_PAGE;
}

static TuyaReplyStatus
read_page(TuyaReply *reply, struct json_object *const *top, int64_t page)
{
	struct json_object *list;
	int64_t		current_page;
	TuyaReplyStatus status = find_list(reply, top[TOP_DATA], &list);

	if (status == TUYA_REPLY_PAGE && list != NULL)
		status = read_rows(reply, list);
	if (status != TUYA_REPLY_PAGE)
		return status;

	reply->has_total = top[TOP_TOTAL] != NULL;
	if (reply->has_total && !read_count(top[TOP_TOTAL], &reply->total))
		return malformed(reply, "its total is not a whole number from 0 on");
	if (!reply->has_total && list == NULL)
		return malformed(reply, "it has neither jobs nor a total");
	if (!reply->has_total && reply->nrows > 0)
		return malformed(reply, "it has jobs but no total");

	if (top[TOP_CURRENT_PAGE] == NULL)
		return TUYA_REPLY_PAGE;
	if (!read_count(top[TOP_CURRENT_PAGE], &current_page))
		return malformed(reply, "its currentPage is not a whole number");
	if (current_page != page)
		return malformed(reply, "its currentPage is not the page that was asked for");
	return TUYA_REPLY_PAGE;
}

/* Whether an object without "success" is an error of the gateway's shape. */
static bool
is_gateway_error(struct json_object *code)
{
	return json_object_is_type(code, json_type_string) &&
		json_object_get_string_len(code) > 0;
}

static TuyaReplyStatus
read_error(TuyaReply *reply, struct json_object *const *top)
{
	struct json_object *code = top[TOP_CODE];
	struct json_object *message = top[TOP_ERROR_MESSAGE];

	/*
	 * The code decides what is done, up to taking the error for "no rows", so it must not be cut.
	 */
	if (json_object_is_type(code, json_type_string) &&
		strlen(json_object_get_string(code)) != (size_t) json_object_get_string_len(code))
		return malformed(reply, NUL_IN_TEXT);

	if (message == NULL)
		message = top[TOP_MESSAGE];
	if (!copy_text(code, &reply->code) || !copy_text(message, &reply->message))
		return TUYA_REPLY_NO_MEMORY;
	if (reply->code == NULL)
		reply->code = calloc(1, 1);
	return reply->code != NULL ? TUYA_REPLY_ERROR : TUYA_REPLY_NO_MEMORY;
}

static TuyaReplyStatus
interpret(TuyaReply *reply, struct json_object *document, int64_t page)
{
	struct json_object *top[TOP_COUNT];

	if (!json_object_is_type(document, json_type_object))
		return malformed(reply, "it is not an object");
	if (!find_members(document, top_names, TOP_COUNT, top))
		return malformed(reply, AMBIGUOUS);
	if (!copy_text(top[TOP_REQUEST_ID], &reply->request_id))
		return TUYA_REPLY_NO_MEMORY;

	switch (read_success(top[TOP_SUCCESS]))
	{
		case SUCCESS_TRUE:
			return read_page(reply, top, page);
		case SUCCESS_FALSE:
			return read_error(reply, top);
		case SUCCESS_ABSENT:
			if (is_gateway_error(top[TOP_CODE]))
				return read_error(reply, top);
			return malformed(reply, "it does not say whether it succeeded");
		default:
			return malformed(reply, "its success is neither true nor false");
	}
}

/*
 * Drops the rows and what holds their strings, whose memory goes back to the
 * reserve.  If that cannot be had back, the next reply will say so.
 */
static void
drop_rows(TuyaReply *reply)
{
	free(reply->rows);
	reply->rows = NULL;
	reply->nrows = 0;
	reply->has_total = false;
	reply->total = 0;
	json_object_put(reply->json);
	reply->json = NULL;
	(void) tuya_reserve_hold();
}

bool
tuya_reply_reserve(void)
{
	return tuya_reserve_hold();
}

TuyaReplyStatus
tuya_reply_parse(const char *body, size_t len, int64_t page, TuyaReply *reply)
{
	size_t		nmembers;

	memset(reply, 0, sizeof(*reply));
	reply->status = check(reply, &body, &len, &nmembers);
	if (reply->status == TUYA_REPLY_PAGE)
		reply->status = parse(reply, body, len);
	if (reply->status == TUYA_REPLY_PAGE && count_members(reply->json) != nmembers)
		reply->status = malformed(reply, "it has two members of the same name");
	if (reply->status == TUYA_REPLY_PAGE)
		reply->status = interpret(reply, reply->json, page);
	if (reply->status != TUYA_REPLY_PAGE)
		drop_rows(reply);
	return reply->status;
}

void
tuya_reply_free(TuyaReply *reply)
{
	drop_rows(reply);
	free(reply->code);
	free(reply->message);
	free(reply->request_id);
	memset(reply, 0, sizeof(*reply));
}
