/*
 * reply.c
 *		From the bytes of one page to rows and totals, or the API's error; see
 *		reply.h.
 *
 * document.c makes the bytes a json-c document, interpret() reads it.  The
 * document owns the rows' strings; everything else is our own copy, and the
 * document is dropped as soon as there turn out to be no rows.
 */
#include "reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "ascii.h"
#include "document.h"
#include "member.h"
#include "reserve.h"

#define AMBIGUOUS "it has two members whose names differ only in case"
#define NUL_IN_TEXT "a string in it has \\u0000, which PostgreSQL's text cannot store"

/* The members of the outermost object that are looked at. */
typedef enum TopMember
{
	TOP_SUCCESS,
	TOP_CODE,
	TOP_ERROR_MESSAGE,
	TOP_MESSAGE,
	TOP_REQUEST_ID,
	TOP_TOTAL,
	TOP_CURRENT_PAGE,
	TOP_LIST					/* or the first on the way there: the form has its name */
} TopMember;

#define TOP_COUNT (TOP_LIST + 1)

static const char *const top_names[TOP_COUNT] = {
	[TOP_SUCCESS] = "success",
	[TOP_CODE] = "code",
	[TOP_ERROR_MESSAGE] = "errorMessage",
	[TOP_MESSAGE] = "message",
	[TOP_REQUEST_ID] = "requestId",
	[TOP_TOTAL] = "total",
	[TOP_CURRENT_PAGE] = "currentPage",
};

typedef enum Success
{
	SUCCESS_ABSENT,
	SUCCESS_TRUE,
	SUCCESS_FALSE,
	SUCCESS_STRANGE
} Success;

int
tuya_field_find(const TuyaField *fields, int nfields, const char *name)
{
	for (int i = 0; i < nfields; i++)
	{
		if (tuya_ascii_same(name, fields[i].name))
			return i;
	}
	return -1;
}

int
tuya_reply_find_field(const TuyaReplyForm *form, const char *name)
{
	return tuya_field_find(form->fields, form->nfields, name);
}

int
tuya_reply_secret_field(const TuyaReplyForm *form)
{
	return form->secret != NULL ? tuya_reply_find_field(form, form->secret) : -1;
}

TuyaFields
tuya_reply_open_fields(const TuyaReplyForm *form)
{
	int			secret = tuya_reply_secret_field(form);

	return secret < 0 ? TUYA_ALL_FIELDS : TUYA_ALL_FIELDS & ~TUYA_FIELD(secret);
}

static __attribute__((format(printf, 2, 3)))
TuyaReplyStatus
malformed(TuyaReply *reply, const char *format,...)
{
	va_list		args;

	va_start(args, format);
	vsnprintf(reply->reason, sizeof(reply->reason), format, args);
	va_end(args);
	return TUYA_REPLY_MALFORMED;
}

/*
 * Sets *text to a string or to a number's decimal text, as sent; NULL for null.
 * The text belongs to the document.
 */
static inline TuyaReplyStatus
read_text(TuyaReply *reply, const char *whose, struct json_object *value, const char **text)
{
	*text = NULL;
	switch (json_object_get_type(value))
	{
		case json_type_null:
			return TUYA_REPLY_PAGE;

		case json_type_string:
			*text = json_object_get_string(value);
			if (reply->has_escapes && strlen(*text) != (size_t) json_object_get_string_len(value))
				return malformed(reply, "%s", NUL_IN_TEXT);
			return TUYA_REPLY_PAGE;

		case json_type_int:
		case json_type_double:
			*text = json_object_get_string(value);
			if (*text == NULL)
				return TUYA_REPLY_NO_MEMORY;
			return TUYA_REPLY_PAGE;

		default:
			return malformed(reply, "a %s has an object, an array or a boolean for a text", whose);
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
read_row(TuyaReply *reply, const TuyaReplyForm *form, struct json_object *object, TuyaRow *row)
{
	static TuyaMemberOrder order;	/* of the latest row, whatever the form */
	struct json_object *values[REPLY_FIELDS_MAX];
	const char *id;

	if (!json_object_is_type(object, json_type_object))
		return malformed(reply, "a %s is not an object", form->row);
	if (!tuya_member_find_all(object, form->fields, sizeof(TuyaField), form->nfields, &order, values))
		return malformed(reply, "%s", AMBIGUOUS);
	for (int i = 0; i < form->nfields; i++)
	{
		TuyaReplyStatus status = read_text(reply, form->row, values[i], &row->field[i]);

		if (status != TUYA_REPLY_PAGE)
			return status;
		if ((reply->fields & TUYA_FIELD(i)) == 0)
			row->field[i] = NULL;
	}

	id = row->field[TUYA_FIELD_ID];
	if (id == NULL || *id == '\0')
		return malformed(reply, "a %s has no %s", form->row, form->fields[TUYA_FIELD_ID].name);
	if (strlen(id) > REPLY_ID_BYTES_MAX)
		return malformed(reply, "a %s has a %s that is too long", form->row,
						 form->fields[TUYA_FIELD_ID].name);
	return TUYA_REPLY_PAGE;
}

/* The list, or an object that is the only row. */
static TuyaReplyStatus
read_rows(TuyaReply *reply, const TuyaReplyForm *form, struct json_object *list)
{
	bool		is_row = json_object_is_type(list, json_type_object);
	size_t		nrows = is_row ? 1 : json_object_array_length(list);

	if (nrows > REPLY_ROWS_MAX)
		return malformed(reply, "it has more %s than any page can have", form->rows);
	if (nrows == 0)
		return TUYA_REPLY_PAGE;
	reply->rows = calloc(nrows, sizeof(TuyaRow));
	if (reply->rows == NULL)
		return TUYA_REPLY_NO_MEMORY;
	reply->nrows = nrows;
	reply->nfields = form->nfields;
	for (size_t i = 0; i < nrows; i++)
	{
		struct json_object *row = is_row ? list : json_object_array_get_idx(list, i);
		TuyaReplyStatus status = read_row(reply, form, row, &reply->rows[i]);

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

static int
path_len(const char *const *path)
{
	int			n = 0;

	while (path[n] != NULL)
		n++;
	return n;
}

/*
 * Follows a path of n names, of which *value has the first one's value, to its end; where
 * something on the way is nothing, *value becomes NULL.
 */
static TuyaReplyStatus
follow(TuyaReply *reply, const char *const *path, int n, struct json_object **value)
{
	for (int i = 1; i < n; i++)
	{
		struct json_object *next;

		if (is_nothing(*value))
		{
			*value = NULL;
			return TUYA_REPLY_PAGE;
		}
		if (!json_object_is_type(*value, json_type_object))
			return malformed(reply, "its %s is not an object", path[i - 1]);
		if (!tuya_member_find(*value, &path[i], 1, &next))
			return malformed(reply, "%s", AMBIGUOUS);
		*value = next;
	}
	return TUYA_REPLY_PAGE;
}

/* Follows a path of n names from the document on; what is not there is NULL. */
static TuyaReplyStatus
follow_all(TuyaReply *reply, const char *const *path, int n, struct json_object *document,
		   struct json_object **value)
{
	*value = document;
	if (n == 0)
		return TUYA_REPLY_PAGE;
	if (!tuya_member_find(document, path, 1, value))
		return malformed(reply, "%s", AMBIGUOUS);
	return follow(reply, path, n, value);
}

/*
 * Where the list may have one of several forms, what is it in this object: the object
 * itself, if that is a row; else the only array that it has.  NULL if there is none.
 */
static struct json_object *
list_within(const TuyaReplyForm *form, struct json_object *object)
{
	if (tuya_member_is_there(object, form->fields[TUYA_FIELD_ID].name))
		return object;
	return tuya_member_only_array(object);
}

/*
 * Goes from the path's first value to the list; NULL if there is none.  A list that
 * is there says by itself that there are no rows; nothing in its place does not.
 */
static TuyaReplyStatus
find_list(TuyaReply *reply, const TuyaReplyForm *form, struct json_object **list)
{
	int			n = path_len(form->list);
	TuyaReplyStatus status = follow(reply, form->list, n, list);

	if (status != TUYA_REPLY_PAGE || json_object_is_type(*list, json_type_array))
		return status;
	if (is_nothing(*list))
	{
		*list = NULL;
		return TUYA_REPLY_PAGE;
	}
	if (form->list_varies && json_object_is_type(*list, json_type_object))
		*list = list_within(form, *list);
	else
		*list = NULL;
	return *list != NULL ? TUYA_REPLY_PAGE : malformed(reply, "its %s is not a list", form->list[n - 1]);
}

/* Puts total and currentPage among the outermost members, from where the form has them. */
static TuyaReplyStatus
find_totals(TuyaReply *reply, const TuyaReplyForm *form, struct json_object *document,
			struct json_object **top)
{
	struct json_object *holder;
	TuyaReplyStatus status;

	if (form->totals[0] == NULL)
		return TUYA_REPLY_PAGE;
	top[TOP_TOTAL] = top[TOP_CURRENT_PAGE] = NULL;
	status = follow_all(reply, form->totals, path_len(form->totals), document, &holder);
	if (status != TUYA_REPLY_PAGE || !json_object_is_type(holder, json_type_object))
		return status;
	if (!tuya_member_find(holder, &top_names[TOP_TOTAL], 2, &top[TOP_TOTAL]))
		return malformed(reply, "%s", AMBIGUOUS);
	return TUYA_REPLY_PAGE;
}

static TuyaReplyStatus
read_totals(TuyaReply *reply, const TuyaReplyForm *form, struct json_object *const *top,
			int64_t page)
{
	bool		has_list = top[TOP_LIST] != NULL;
	int64_t		current_page;

	reply->has_total = top[TOP_TOTAL] != NULL;
	if (reply->has_total && !tuya_member_count(top[TOP_TOTAL], &reply->total))
		return malformed(reply, "its total is not a whole number from 0 on");
	if (!reply->has_total && !has_list)
		return malformed(reply, "it has neither %s nor a total", form->rows);
	/* tokens tell where a walk ends, and which page this is */
	if (form->paging == TUYA_PAGING_TOKEN)
		return TUYA_REPLY_PAGE;
	if (!reply->has_total && reply->nrows > 0)
		return malformed(reply, "it has %s but no total", form->rows);

	if (top[TOP_CURRENT_PAGE] == NULL)
		return TUYA_REPLY_PAGE;
	if (!tuya_member_count(top[TOP_CURRENT_PAGE], &current_page))
		return malformed(reply, "its currentPage is not a whole number");
	if (current_page != page)
		return malformed(reply, "its currentPage is not the page that was asked for");
	return TUYA_REPLY_PAGE;
}

/*
 * A page without a list is malformed where it has to have one, or where there is content in
 * its place: the list may well be there by another name.
 */
static TuyaReplyStatus
miss_list(TuyaReply *reply, const TuyaReplyForm *form, struct json_object *document,
		  TuyaReplyStatus status)
{
	bool		content;

	if (form->paging != TUYA_PAGING_NONE && reply->has_total &&
		(status != TUYA_REPLY_PAGE || reply->total == 0))
		return status;
	reply->misses_list = true;
	content = tuya_document_describe(document, form->list, reply->instead, sizeof(reply->instead));
	if (form->paging == TUYA_PAGING_NONE || (content && status == TUYA_REPLY_PAGE))
		return malformed(reply, "it has no list of %s", form->rows);
	if (!content)
		reply->instead[0] = '\0';
	return status;
}

/* An empty token says that there is no next page; null says nothing, as where a list should be. */
static TuyaReplyStatus
read_token(TuyaReply *reply, const TuyaReplyForm *form, struct json_object *document)
{
	int			n = path_len(form->token);
	const char *name = form->token[n - 1];
	struct json_object *holder;
	struct json_object *value;
	TuyaReplyStatus status = follow_all(reply, form->token, n - 1, document, &holder);

	if (status != TUYA_REPLY_PAGE || !json_object_is_type(holder, json_type_object))
		return status;
	if (!tuya_member_find(holder, &name, 1, &value))
		return malformed(reply, "%s", AMBIGUOUS);
	status = read_text(reply, "token", value, &reply->token);
	if (status == TUYA_REPLY_PAGE && reply->token != NULL && strlen(reply->token) > REPLY_TOKEN_BYTES_MAX)
		return malformed(reply, "its %s is too long", name);
	return status;
}

/* What says of a page that has others which it is, and how many rows there are. */
static TuyaReplyStatus
read_paging(TuyaReply *reply, const TuyaReplyForm *form, struct json_object *document,
			struct json_object **top, int64_t page)
{
	TuyaReplyStatus status = find_totals(reply, form, document, top);

	if (status == TUYA_REPLY_PAGE)
		status = read_totals(reply, form, top, page);
	if (status == TUYA_REPLY_PAGE && form->paging == TUYA_PAGING_TOKEN)
		status = read_token(reply, form, document);
	return status;
}

static TuyaReplyStatus
read_page(TuyaReply *reply, const TuyaReplyForm *form, struct json_object *document,
		  struct json_object **top, int64_t page)
{
	TuyaReplyStatus status = find_list(reply, form, &top[TOP_LIST]);

	reply->misses_list = status == TUYA_REPLY_MALFORMED;
	if (status == TUYA_REPLY_PAGE && top[TOP_LIST] != NULL)
		status = read_rows(reply, form, top[TOP_LIST]);
	if (status != TUYA_REPLY_PAGE)
		return status;
	if (form->paging != TUYA_PAGING_NONE)
	{
		status = read_paging(reply, form, document, top, page);
		return top[TOP_LIST] != NULL ? status : miss_list(reply, form, document, status);
	}
	if (top[TOP_LIST] == NULL)
		return miss_list(reply, form, document, TUYA_REPLY_PAGE);
	reply->has_total = true;
	reply->total = (int64_t) reply->nrows;
	return TUYA_REPLY_PAGE;
}

/* Without "success". */
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
		return malformed(reply, "%s", NUL_IN_TEXT);

	if (message == NULL)
		message = top[TOP_MESSAGE];
	if (!copy_text(code, &reply->code) || !copy_text(message, &reply->message))
		return TUYA_REPLY_NO_MEMORY;
	if (reply->code == NULL)
		reply->code = calloc(1, 1);
	return reply->code != NULL ? TUYA_REPLY_ERROR : TUYA_REPLY_NO_MEMORY;
}

static TuyaReplyStatus
interpret(TuyaReply *reply, const TuyaReplyForm *form, struct json_object *document,
		  int64_t page)
{
	static TuyaMemberOrder order;	/* of the latest reply, whatever the form */
	struct json_object *top[TOP_COUNT];
	const char *names[TOP_COUNT];

	memcpy(names, top_names, sizeof(names));
	names[TOP_LIST] = form->list[0];

	if (!tuya_member_find_all(document, names, sizeof(*names), TOP_COUNT, &order, top))
		return malformed(reply, "%s", AMBIGUOUS);
	if (!copy_text(top[TOP_REQUEST_ID], &reply->request_id))
		return TUYA_REPLY_NO_MEMORY;

	switch (read_success(top[TOP_SUCCESS]))
	{
		case SUCCESS_TRUE:
			return read_page(reply, form, document, top, page);
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

/* Drops the rows and what holds their strings. */
static void
drop_rows(TuyaReply *reply)
{
	free(reply->rows);
	reply->rows = NULL;
	reply->nrows = 0;
	reply->token = NULL;
	reply->has_total = false;
	reply->total = 0;
	json_object_put(reply->json);
	reply->json = NULL;
}

bool
tuya_reply_reserve(void)
{
	return tuya_reserve_hold();
}

TuyaReplyStatus
tuya_reply_parse(const TuyaReplyForm *form, TuyaFields fields, const char *body, size_t len,
				 int64_t page, const volatile sig_atomic_t *stop, TuyaReply *reply)
{
	struct json_object *document;
	const char *reason;

	memset(reply, 0, sizeof(*reply));
	reply->fields = fields | TUYA_FIELD(TUYA_FIELD_ID);
	reply->has_escapes = memchr(body, '\\', len) != NULL;
	reply->status = tuya_document_make(form, reply->fields, body, len, stop, &document, &reason);
	reply->json = document;
	if (reply->status == TUYA_REPLY_PAGE)
		reply->status = interpret(reply, form, document, page);
	else if (reason != NULL)
		(void) malformed(reply, reason, form->rows);
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
