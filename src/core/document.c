/*
 * document.c
 *		From the bytes of a reply to a json-c document; see document.h.
 *
 * check() looks at the bytes for what json-c would change or choke on, parse()
 * has json-c read them.
 */
#include "document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "ascii.h"
#include "jsontext.h"
#include "prune.h"
#include "reserve.h"

/* How much is parsed between two looks at *stop: it takes some 3 ms. */
#define DOCUMENT_SLICE_BYTES (64 * 1024)

/* Of the members that a message names, how many, and how much of each name. */
#define DESCRIBED_NAMES_MAX 12
#define DESCRIBED_NAME_SIZE 33

static TuyaReplyStatus
malformed(const char **reason, const char *why)
{
	*reason = why;
	return TUYA_REPLY_MALFORMED;
}

static TuyaReplyStatus
not_json(const char **reason, const char *why)
{
	*reason = why;
	return TUYA_REPLY_NOT_JSON;
}

/*
 * Sets *body and *len to what is to be parsed, without a byte order mark, and *plain to whether
 * a string of it ends where the next quote is.
 */
static TuyaReplyStatus
check_bytes(const char **body, size_t *len, bool *plain, const char **reason)
{
	static const char mark[3] = {'\xEF', '\xBB', '\xBF'};

	if (*len > REPLY_BYTES_MAX)
		return malformed(reason, "it is larger than any page of %s can be");
	if (*len >= sizeof(mark) && memcmp(*body, mark, sizeof(mark)) == 0)
	{
		*body += sizeof(mark);
		*len -= sizeof(mark);
	}
	if (!tuya_jsontext_is_utf8(*body, *len, plain))
		return not_json(reason, "it is not UTF-8 text");
	return TUYA_REPLY_PAGE;
}

/*
 * Sets *nmembers to how many members the text has, which takes so many bytes beside the body.
 * From then on there is memory for json-c, to which running out of it is fatal.
 */
static TuyaReplyStatus
check_tokens(const char *text, size_t len, size_t taken, bool plain, size_t memory_max,
			 size_t *nmembers, const char **reason)
{
	size_t		memory;

	switch (tuya_jsontext_check(text, len, plain, memory_max, &memory, nmembers, reason))
	{
		case TUYA_JSONTEXT_OK:
			/* the text may have been made of what was lent for the reply before */
			return tuya_reserve_lend(memory + taken) ? TUYA_REPLY_PAGE : TUYA_REPLY_NO_MEMORY;
		case TUYA_JSONTEXT_NOT_JSON:
			return TUYA_REPLY_NOT_JSON;
		default:
			return TUYA_REPLY_MALFORMED;
	}
}

/* Why json-c made no document with these len bytes, which are the last that it was given. */
static TuyaReplyStatus
parse_failure(struct json_tokener *tokener, size_t len, const char **reason)
{
	enum json_tokener_error error = json_tokener_get_error(tokener);
	size_t		end = json_tokener_get_parse_end(tokener);

	if (error == json_tokener_error_depth)
		return malformed(reason, "it nests too deeply");

	/*
	 * The errors behind this one are "too large", which cannot be, and "out of memory", which not
	 * every version has, nor at the same number.
	 */
	if (error > json_tokener_error_parse_utf8_string)
		return TUYA_REPLY_NO_MEMORY;
	if (error != json_tokener_success && error != json_tokener_continue)
		return not_json(reason, "it is not JSON");

	/* without memory 0.16 reports success, or stops in the middle */
	if (error == json_tokener_success || end < len)
		return TUYA_REPLY_NO_MEMORY;
	return not_json(reason, "it ends too early");
}

/* Slice by slice; each but the last leaves json-c waiting for more. */
static TuyaReplyStatus
parse_slices(struct json_tokener *tokener, const char *body, size_t len,
			 const volatile sig_atomic_t *stop, struct json_object **document,
			 const char **reason)
{
	for (size_t start = 0, end;; start = end)
	{
		if (stop != NULL && *stop)
			return TUYA_REPLY_STOPPED;
		end = len - start > DOCUMENT_SLICE_BYTES ? start + DOCUMENT_SLICE_BYTES : len;
		*document = json_tokener_parse_ex(tokener, body + start, (int) (end - start));
		if (*document != NULL)
			return TUYA_REPLY_PAGE;
		if (end == len || json_tokener_get_error(tokener) != json_tokener_continue ||
			json_tokener_get_parse_end(tokener) < end - start)
			return parse_failure(tokener, end - start, reason);
	}
}

/*
 * Makes the document; there may be one whatever the status.  len fits into an int, after
 * check_bytes().  The parser is kept for the next one, unless it failed or may have had a long
 * string, for which it keeps room.
 */
static TuyaReplyStatus
parse(const char *body, size_t len, const volatile sig_atomic_t *stop,
	  struct json_object **document, const char **reason)
{
	static struct json_tokener *tokener = NULL;
	TuyaReplyStatus status;

	/* neither strict, see jsontext.h, nor to check UTF-8, which was done there */
	if (tokener == NULL)
		tokener = json_tokener_new_ex(REPLY_DEPTH_MAX);
	if (tokener == NULL)
		return TUYA_REPLY_NO_MEMORY;
	status = parse_slices(tokener, body, len, stop, document, reason);
	if (status == TUYA_REPLY_PAGE && len <= DOCUMENT_SLICE_BYTES)
	{
		json_tokener_reset(tokener);
		return status;
	}
	json_tokener_free(tokener);
	tokener = NULL;
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
		json_object_object_foreach(value, name, member)
		{
			json_type	type = json_object_get_type(member);

			(void) name;
			count++;
			if (type == json_type_object || type == json_type_array)
				count += count_members(member);
		}
	}
	return count;
}

/*
 * What json-c may allocate.  REPLY_BYTES_MAX alone would let a hostile reply take a gigabyte;
 * a page has some hundred rows, and a list without pages as many as REPLY_ROWS_MAX.
 */
static size_t
memory_max(const TuyaReplyForm *form)
{
	return (form->paging == TUYA_PAGING_NONE ? 128 : 64) * 1024 * 1024;
}

static bool
has_all(TuyaFields fields, const TuyaReplyForm *form)
{
	TuyaFields	all = TUYA_FIELD(form->nfields) - 1;

	return (fields & all) == all;
}

/* The document of the text, which has all that is to be read. */
static TuyaReplyStatus
make(const TuyaReplyForm *form, const char *text, size_t len, size_t taken, bool plain,
	 const volatile sig_atomic_t *stop, struct json_object **document, const char **reason)
{
	size_t		nmembers;
	TuyaReplyStatus status = check_tokens(text, len, taken, plain, memory_max(form), &nmembers, reason);

	if (status == TUYA_REPLY_PAGE)
		status = parse(text, len, stop, document, reason);
	if (status == TUYA_REPLY_PAGE && count_members(*document) != nmembers)
		status = malformed(reason, "it has two members of the same name");
	return status;
}

TuyaReplyStatus
tuya_document_make(const TuyaReplyForm *form, TuyaFields fields, const char *body, size_t len,
				   const volatile sig_atomic_t *stop, struct json_object **document,
				   const char **reason)
{
	bool		plain;
	char	   *pruned = NULL;
	size_t		pruned_len = 0;
	TuyaReplyStatus status;

	*document = NULL;
	*reason = NULL;
	status = check_bytes(&body, &len, &plain, reason);
	if (status != TUYA_REPLY_PAGE)
		return status;
	/* if there is no room for it, all is read */
	if (plain && !has_all(fields, form))
		pruned = malloc(len);
	if (pruned != NULL)
		pruned_len = tuya_prune(form, fields, body, len, pruned);
	if (pruned_len > 0)
		status = make(form, pruned, pruned_len, len, plain, stop, document, reason);
	else
		status = make(form, body, len, pruned != NULL ? len : 0, plain, stop, document, reason);
	free(pruned);
	return status;
}

/* The member of that name, in any case; NULL: there is none, or it is null. */
static struct json_object *
member_of(struct json_object *object, const char *wanted)
{
	json_object_object_foreach(object, name, member)
	{
		if (tuya_ascii_same(name, wanted))
			return member;
	}
	return NULL;
}

static bool
has_content(struct json_object *value)
{
	return json_object_is_type(value, json_type_array) ? json_object_array_length(value) > 0 :
		json_object_is_type(value, json_type_object) && json_object_object_length(value) > 0;
}

/* A growing text of a fixed size. */
typedef struct Text
{
	char	   *data;
	size_t		size;
	size_t		len;
} Text;

static void
put(Text *text, const char *remote)
{
	for (; *remote != '\0' && text->len + 1 < text->size; remote++)
		text->data[text->len++] = (char) (*remote >= ' ' && *remote <= '~' ? *remote : '?');
	text->data[text->len] = '\0';
}

static void
put_name(Text *text, const char *before, const char *name)
{
	char		cut[DESCRIBED_NAME_SIZE];

	(void) snprintf(cut, sizeof(cut), "%s", name);
	put(text, before);
	put(text, "\"");
	put(text, cut);
	put(text, "\"");
}

/* Puts the names of an object's members; returns whether any has content. */
static bool
put_members(Text *text, struct json_object *object)
{
	bool		content = false;
	int			n = 0;

	json_object_object_foreach(object, name, member)
	{
		content |= has_content(member);
		if (n < DESCRIBED_NAMES_MAX)
			put_name(text, n == 0 ? " has " : ", ", name);
		n++;
	}
	put(text, n == 0 ? " has no members" : n > DESCRIBED_NAMES_MAX ? " and others" : "");
	return content;
}

bool
tuya_document_describe(struct json_object *document, const char *const *path,
					   char *buffer, size_t size)
{
	Text		text = {buffer, size, 0};
	struct json_object *holder = document;
	const char *name = "it";

	for (int i = 0; path[i] != NULL; i++)
	{
		struct json_object *member = member_of(holder, path[i]);

		if (!json_object_is_type(member, json_type_object))
			break;
		holder = member;
		name = path[i];
	}
	put(&text, name);
	return put_members(&text, holder);
}
