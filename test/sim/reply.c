/*
 * reply.c
 *		Replies: pages and errors as JSON, and other bodies.
 */
#include "reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "counters.h"
#include "json.h"
#include "page.h"
#include "settings.h"

#define JSON_TYPE "application/json;charset=UTF-8"

static uint64_t request_number;

void
reply_reseed(void)
{
	request_number = 0;
}

/* A UUID that follows from the number of replies since the last reset. */
static void
member_request_id(Buf *out, const char *name)
{
	uint64_t	high = mix64(++request_number);
	uint64_t	low = mix64(high);

	json_member(out, name);
	buf_printf(out, "\"%08" PRIx64 "-%04" PRIx64 "-4%03" PRIx64 "-8%03" PRIx64 "-%012" PRIx64 "\"",
			   high >> 32, high >> 16 & 0xffff, high & 0xfff,
			   low >> 52, low & UINT64_C(0xffffffffffff));
}

/* At most so many of the page's rows. */
static void
put_rows(Buf *out, const Page *page, size_t most)
{
	_Alignas(16) char row[ROW_BYTES];
	const Action *action = page->call->action;
	const char *omit = page->omit & OMIT_JOB_ID ? action->id : NULL;

	for (size_t i = 0; i < page_rows(page) && i < most; i++)
	{
		action->make(page->call, page_row(page, i), row);
		json_row(out, action->fields, row, omit);
	}
}

static void
put_totals(Buf *out, const Page *page)
{
	if (!(page->omit & OMIT_PAGE_COUNT))
		json_number(out, "pageCount", page->count);
	if (!(page->omit & OMIT_PAGE_SIZE))
		json_number(out, "pageSize", page->told_size);
}

/* Actions with odd shapes may have an object that holds the list, or the first row itself. */
static void
put_odd_list(Buf *out, const Page *page)
{
	if (settings.list_shape == SHAPE_SINGLE && page_rows(page) > 0)
	{
		put_rows(out, page, 1);
		return;
	}
	buf_putc(out, '{');
	json_member(out, "simpleOTAModuleInfo");
	buf_putc(out, '[');
	put_rows(out, page, SIZE_MAX);
	buf_puts(out, "]}");
}

/* instead: what stands where the list would, or NULL. */
static void
put_list(Buf *out, const Page *page, const char *instead)
{
	if (instead)
		buf_puts(out, instead);
	else if (page->call->action->odd_shapes && settings.list_shape != SHAPE_ARRAY)
		put_odd_list(out, page);
	else
	{
		buf_putc(out, '[');
		put_rows(out, page, SIZE_MAX);
		buf_putc(out, ']');
	}
}

/*
 * The objects from that name of the path on, the list in the last of them.  The first may
 * have the totals.
 */
static void
put_path(Buf *out, const Page *page, const char *const *path, bool inside, const char *instead)
{
	if (path[1] == NULL && page->omit & OMIT_LIST)
		return;
	json_member(out, path[0]);
	if (path[1] == NULL)
	{
		put_list(out, page, instead);
		return;
	}
	buf_putc(out, '{');
	if (inside && !(page->omit & OMIT_CURRENT_PAGE))
		json_number(out, "currentPage", page->number);
	put_path(out, page, path + 1, false, instead);
	if (inside)
		put_totals(out, page);
	if (inside && !(page->omit & OMIT_TOTAL))
		json_number(out, "total", page->total);
	buf_putc(out, '}');
}

/* Where the list is: as the action has it, or the setting list_path, of which names are static. */
static const char *const *
path_of(const Page *page)
{
	static char names[TEXT_BYTES];
	static const char *path[LIST_PATH_MAX + 2];
	char	   *name = names;

	if (!settings.list_path[0] || !page->misbehaves)
		return page->call->action->list;
	strcpy(names, settings.list_path);
	memset(path, 0, sizeof path);
	for (int i = 0; i <= LIST_PATH_MAX && name; i++)
	{
		char	   *dot = strchr(name, '.');

		path[i] = name;
		if (dot)
			*dot++ = '\0';
		name = dot;
	}
	return path;
}

static void
put_data(Buf *out, const Page *page)
{
	static const char *const data[] = {
		[EMPTY_DATA_EMPTY] = "{}", [EMPTY_DATA_NULL] = "null", [EMPTY_DATA_LIST] = "[]",
		[EMPTY_DATA_TEXT] = "\"\"", [EMPTY_LIST_TEXT] = NULL
	};
	static const char *const list[] = {
		[EMPTY_LIST_NULL] = "null", [EMPTY_LIST_OBJECT] = "{}", [EMPTY_LIST_TEXT] = "\"\""
	};
	const char *const *path = path_of(page);
	bool		plain = !page->misbehaves || (page_rows(page) > 0 && !settings.empty_always);
	int64_t		shape = plain ? EMPTY_LIST : settings.empty_shape;

	if (page->omit & OMIT_DATA || shape == EMPTY_NO_DATA)
		return;
	if (data[shape] == NULL)
	{
		put_path(out, page, path, page->call->action->totals_inside, list[shape]);
		return;
	}
	json_member(out, path[0]);
	buf_puts(out, data[shape]);
}

static void
put_token(Buf *out, const Page *page)
{
	bool		odd = page->lied &&
		(settings.lie_token == TOKEN_NULL || settings.lie_token == TOKEN_NUMBER);

	if (!page->token)
		return;
	if (!odd)
	{
		json_string(out, "nextToken", page->token);
		return;
	}
	json_member(out, "nextToken");
	buf_puts(out, settings.lie_token == TOKEN_NULL ? "null" : "17");
}

static void
put_page(Buf *out, const Page *page)
{
	static const char *const truths[] = {"true", "false", "null", "\"true\""};
	const Action *action = page->call->action;
	bool		outside = action->paging != PAGES_NONE && !action->totals_inside;

	buf_putc(out, '{');
	json_string(out, "code", "");
	if (outside && !(page->omit & OMIT_CURRENT_PAGE))
		json_number(out, "currentPage", page->number);
	put_data(out, page);
	put_token(out, page);
	if (outside)
		put_totals(out, page);
	if (!(page->omit & OMIT_REQUEST_ID))
		member_request_id(out, "requestId");
	if (!(page->omit & OMIT_SUCCESS))
	{
		json_member(out, "success");
		buf_puts(out, truths[page->success]);
	}
	if (outside && !(page->omit & OMIT_TOTAL))
		json_number(out, "total", page->total);
	buf_putc(out, '}');
}

void
reply_page(Exchange *ex, const ApiCall *call, KeyState *state)
{
	static Page page;

	page_make(&page, call, state);
	if (page.past_end && page.misbehaves && settings.past_end == PAST_END_ERROR)
	{
		reply_service_error(ex, 200, "iot.common.InvalidPageParams",
							"The page is past the end.");
		return;
	}
	page_lie(&page, call, state);
	ex->status = 200;
	ex->type = JSON_TYPE;
	put_page(&ex->body, &page);
	if (page.misbehaves)
		key_served(state, call->page);
}

void
reply_service_error(Exchange *ex, int status, const char *code, const char *message)
{
	ex->status = status;
	ex->type = JSON_TYPE;
	buf_putc(&ex->body, '{');
	json_string(&ex->body, "code", code);
	json_string(&ex->body, "errorMessage", message);
	member_request_id(&ex->body, "requestId");
	json_member(&ex->body, "success");
	buf_puts(&ex->body, "false}");
}

void
reply_gateway_error(Exchange *ex, int status, const char *code, const char *message)
{
	bool		documented = settings.casing == CASING_DOCUMENTED;

	ex->status = status;
	ex->type = JSON_TYPE;
	buf_putc(&ex->body, '{');
	json_string(&ex->body, documented ? "Code" : "code", code);
	json_string(&ex->body, documented ? "Message" : "message", message);
	member_request_id(&ex->body, documented ? "RequestId" : "requestId");
	json_string(&ex->body, documented ? "HostId" : "hostId", ex->host ? ex->host : "");
	buf_putc(&ex->body, '}');
}

static void
reply_html(Exchange *ex, int status)
{
	const char *reason = http_reason(status);

	ex->status = status;
	ex->type = "text/html";
	buf_printf(&ex->body, "<html><head><title>%d %s</title></head>\n"
			   "<body><h1>%d %s</h1></body></html>\n",
			   status, reason, status, reason);
}

static void
reply_shaped(Exchange *ex, int64_t shape, int status, const char *code, const char *message)
{
	switch (shape)
	{
		case SHAPE_SERVICE:
			reply_service_error(ex, status, code, message);
			break;
		case SHAPE_HTML:
			reply_html(ex, status);
			break;
		case SHAPE_EMPTY:
			ex->status = status;
			break;
		default:
			reply_gateway_error(ex, status, code, message);
	}
}

void
reply_failure(Exchange *ex)
{
	static const int usual[] = {503, 200, 502, 502};	/* by shape */
	int			status = (int) settings.fail_status;

	reply_shaped(ex, settings.fail_shape, status ? status : usual[settings.fail_shape],
				 settings.fail_code, settings.fail_message);
	reply_add_headers(ex, settings.fail_headers);
}

void
reply_throttled(Exchange *ex)
{
	reply_shaped(ex, settings.throttle_shape, (int) settings.throttle_status,
				 settings.throttle_code, "Request was denied due to user flow control.");
	reply_add_headers(ex, settings.throttle_headers);
}

void
reply_add_headers(Exchange *ex, const char *list)
{
	http_put_lines(&ex->headers, list);
}

void
reply_gzip(Exchange *ex)
{
	static z_stream stream;
	static bool ready;
	Buf			packed = {0};
	size_t		bound;

	if (!ready && deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	ready = true;
	deflateReset(&stream);
	bound = deflateBound(&stream, ex->body.len);
	stream.next_in = (Bytef *) buf_data(&ex->body);
	stream.avail_in = (uInt) ex->body.len;
	stream.next_out = (Bytef *) buf_room(&packed, bound);
	stream.avail_out = (uInt) bound;
	if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
		abort();
	buf_added(&packed, bound - stream.avail_out);
	buf_free(&ex->body);
	ex->body = packed;
	buf_puts(&ex->headers, "Content-Encoding: gzip\r\n");
	count.gzip_replies++;
}
