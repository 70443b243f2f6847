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
#include "page.h"
#include "settings.h"

#define JSON_TYPE "application/json;charset=UTF-8"

static uint64_t request_number;

void
reply_reseed(void)
{
	request_number = 0;
}

/* Changes a field's name, in camelCase, as the setting casing wants it. */
static void
apply_casing(char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		bool		upper = name[i] >= 'A' && name[i] <= 'Z';
		bool		lower = name[i] >= 'a' && name[i] <= 'z';

		if (lower && (settings.casing == CASING_UPPER ||
					  (settings.casing == CASING_PASCAL && i == 0)))
			name[i] = (char) (name[i] - 'a' + 'A');
		if (upper && settings.casing == CASING_LOWER)
			name[i] = (char) (name[i] - 'A' + 'a');
	}
}

static void
put_name(Buf *out, const char *name)
{
	size_t		len = strlen(name);

	buf_putc(out, '"');
	buf_append(out, name, len);
	if (settings.casing > CASING_CAMEL)
		apply_casing(buf_data(out) + out->len - len, len);
	buf_append(out, "\":", 2);
}

/* The next member: a comma, unless it is the first, and its name. */
static void
member(Buf *out, const char *name)
{
	char		last = buf_data(out)[out->len - 1];

	if (last != '{' && last != '[')
		buf_putc(out, ',');
	put_name(out, name);
}

static void
put_string(Buf *out, const char *text)
{
	size_t		plain;

	buf_putc(out, '"');
	for (;;)
	{
		plain = 0;
		while ((unsigned char) text[plain] >= 0x20 &&
			   text[plain] != '"' && text[plain] != '\\')
			plain++;
		buf_append(out, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		buf_printf(out, "\\u%04x", (unsigned) *text++);
	}
	buf_putc(out, '"');
}

static void
member_string(Buf *out, const char *name, const char *text)
{
	member(out, name);
	put_string(out, text);
}

static void
member_number(Buf *out, const char *name, int64_t number)
{
	member(out, name);
	if (settings.numbers_as_strings)
		buf_printf(out, "\"%" PRId64 "\"", number);
	else
		buf_printf(out, "%" PRId64, number);
}

static void
member_id(Buf *out, const char *name, const char *id)
{
	member(out, name);
	if (settings.ids_as_numbers)
		buf_puts(out, id);
	else
		put_string(out, id);
}

static void
member_time(Buf *out, const char *name, const char *time)
{
	member(out, name);
	if (settings.spaced_times)
		buf_printf(out, "\"%.10s %s\"", time, time + 10);
	else
		buf_printf(out, "\"%s\"", time);
}

/* A UUID that follows from the number of replies since the last reset. */
static void
member_request_id(Buf *out, const char *name)
{
	uint64_t	high = mix64(++request_number);
	uint64_t	low = mix64(high);

	member(out, name);
	buf_printf(out, "\"%08" PRIx64 "-%04" PRIx64 "-4%03" PRIx64 "-8%03" PRIx64 "-%012" PRIx64 "\"",
			   high >> 32, high >> 16 & 0xffff, high & 0xfff,
			   low >> 52, low & UINT64_C(0xffffffffffff));
}

static void
put_job(Buf *out, const Key *key, int64_t index, int64_t omit)
{
	Job			job;

	job_make(key, index, &job);
	if (buf_data(out)[out->len - 1] == '}')
		buf_putc(out, ',');
	buf_putc(out, '{');
	member_id(out, "firmwareId", job.package_firmware_id);
	if (!(omit & OMIT_JOB_ID))
		member_id(out, "jobId", job.id);
	member_string(out, "jobStatus", job.status);
	member_string(out, "jobType", job.type);
	member_string(out, "productKey", job.package_product_key);
	member_string(out, "selectionType", job.selection);
	member_string(out, "targetSelection", job.target);
	member_time(out, "utcCreate", job.created);
	member_time(out, "utcModified", job.modified);
	buf_putc(out, '}');
}

/* instead: what stands where the list would, or NULL. */
static void
put_list(Buf *out, const Page *page, const char *instead)
{
	member(out, "data");
	buf_putc(out, '{');
	if (!(page->omit & OMIT_LIST))
	{
		member(out, "simpleOTAJobInfo");
		buf_putc(out, instead ? instead[0] : '[');
		for (size_t i = 0; i < page->rows; i++)
			put_job(out, page->key, page->row[i], page->omit);
		buf_puts(out, instead ? instead + 1 : "]");
	}
	buf_putc(out, '}');
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
	int64_t		shape = page->rows > 0 ? EMPTY_LIST : settings.empty_shape;

	if (page->omit & OMIT_DATA || shape == EMPTY_NO_DATA)
		return;
	if (data[shape] == NULL)
	{
		put_list(out, page, list[shape]);
		return;
	}
	member(out, "data");
	buf_puts(out, data[shape]);
}

static void
put_page(Buf *out, const Page *page)
{
	static const char *const truths[] = {"true", "false", "null", "\"true\""};

	buf_putc(out, '{');
	member_string(out, "code", "");
	if (!(page->omit & OMIT_CURRENT_PAGE))
		member_number(out, "currentPage", page->number);
	put_data(out, page);
	if (!(page->omit & OMIT_PAGE_COUNT))
		member_number(out, "pageCount", page->count);
	if (!(page->omit & OMIT_PAGE_SIZE))
		member_number(out, "pageSize", page->told_size);
	if (!(page->omit & OMIT_REQUEST_ID))
		member_request_id(out, "requestId");
	if (!(page->omit & OMIT_SUCCESS))
	{
		member(out, "success");
		buf_puts(out, truths[page->success]);
	}
	if (!(page->omit & OMIT_TOTAL))
		member_number(out, "total", page->total);
	buf_putc(out, '}');
}

void
reply_page(Exchange *ex, const ApiCall *call, KeyState *state)
{
	static Page page;

	page_make(&page, call, state);
	if (page.past_end && settings.past_end == PAST_END_ERROR)
	{
		reply_service_error(ex, 200, "iot.common.InvalidPageParams",
							"The page is past the end.");
		return;
	}
	page_lie(&page, call, state);
	ex->status = 200;
	ex->type = JSON_TYPE;
	put_page(&ex->body, &page);
	key_served(state, call->page);
}

void
reply_service_error(Exchange *ex, int status, const char *code, const char *message)
{
	ex->status = status;
	ex->type = JSON_TYPE;
	buf_putc(&ex->body, '{');
	member_string(&ex->body, "code", code);
	member_string(&ex->body, "errorMessage", message);
	member_request_id(&ex->body, "requestId");
	member(&ex->body, "success");
	buf_puts(&ex->body, "false}");
}

void
reply_gateway_error(Exchange *ex, int status, const char *code, const char *message)
{
	bool		documented = settings.casing == CASING_DOCUMENTED;

	ex->status = status;
	ex->type = JSON_TYPE;
	buf_putc(&ex->body, '{');
	member_string(&ex->body, documented ? "Code" : "code", code);
	member_string(&ex->body, documented ? "Message" : "message", message);
	member_request_id(&ex->body, documented ? "RequestId" : "requestId");
	member_string(&ex->body, documented ? "HostId" : "hostId", ex->host ? ex->host : "");
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
