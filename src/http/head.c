/*
 * head.c
 *		The head of a reply: what is kept of it, and why a reply is refused for it.
 *
 * A reply has any number of interim heads (status 1xx), then its own, then perhaps
 * trailers, which libcurl hands over as if they were lines of a head, too.  Only
 * the reply's own head counts.
 *
 * libcurl decodes what the heads name, layer upon layer, and its work is bounded
 * only while there is one layer.  So the codings are looked at here, as the lines
 * come, before there is a body to decode.
 *
 * A reply with a transfer coding is as long as that says, whatever its Content-Length.  HTTP/1.1
 * once had "identity", which says nothing: the reply would last until the connection ends.
 */
#include "http/internal.h"

#include <string.h>
#include <strings.h>

/* The codings that libcurl may decode; the first is what we ask for. */
static const char *const content_codings[] = {"gzip", "x-gzip", "deflate"};

/* The value of the header line if it has that name, in small letters, else NULL. */
static const char *
header_value(const char *line, size_t len, const char *name)
{
	size_t		name_len;

	/* mostly the first letter tells */
	if ((line[0] | ('a' - 'A')) != name[0])
		return NULL;
	name_len = strlen(name);
	if (len <= name_len || strncasecmp(line, name, name_len) != 0)
		return NULL;
	/* blanks before the colon are wrong, but libcurl may forgive them */
	for (line += name_len; *line == ' ' || *line == '\t'; line++)
		;
	if (*line++ != ':')
		return NULL;
	for (; *line == ' ' || *line == '\t'; line++)
		;
	return line;
}

static void
copy_value(char *to, size_t size, const char *value)
{
	size_t		cut = strcspn(value, "\r\n");

	if (cut >= size)
		cut = size - 1;
	memcpy(to, value, cut);
	to[cut] = '\0';
}

static bool
is_coding(const char *token, size_t len, const char *name)
{
	return len == strlen(name) && strncasecmp(token, name, len) == 0;
}

static bool
is_content_coding(const char *token, size_t len)
{
	for (size_t i = 0; i < sizeof(content_codings) / sizeof(content_codings[0]); i++)
		if (is_coding(token, len, content_codings[i]))
			return true;
	return false;
}

/* Takes a coding that a head names; false if the reply is refused for it. */
static bool
take_coding(TuyaHttpRequest *request, bool transfer, const char *token, size_t len)
{
	int		   *count = transfer ? &request->transfer_codings : &request->content_codings;

	if (is_coding(token, len, "identity"))
		return true;
	if (transfer ? !is_coding(token, len, "chunked") : !is_content_coding(token, len))
		return tuya_http_refuse(request, TUYA_HTTP_BAD_ENCODING, transfer ?
								"it has a transfer coding that was not asked for" :
								"it has a content coding that was not asked for");
	if (++*count > 1)
		return tuya_http_refuse(request, TUYA_HTTP_BAD_ENCODING, transfer ?
								"it has more than one transfer coding" :
								"it has more than one content coding");
	return true;
}

/* Takes a list of codings. */
static bool
take_codings(TuyaHttpRequest *request, bool transfer, const char *list)
{
	static const char blanks[] = " \t\r\n,";

	for (list += strspn(list, blanks); *list; list += strspn(list, blanks))
	{
		size_t		len = strcspn(list, blanks);

		if (!take_coding(request, transfer, list, len))
			return false;
		list += len;
	}
	return true;
}

/* Takes the empty line that ends a head; false if the reply is refused for what it lacks. */
static bool
end_head(TuyaHttpRequest *request)
{
	if (request->interim)
		return true;
	request->head_ended = true;
	/* libcurl would wait for an end of the connection that such a service does not make */
	if (request->transfer_line && request->transfer_codings == 0 && request->length_line)
		return tuya_http_refuse(request, TUYA_HTTP_BAD_ENCODING,
								"its Content-Length is void beside a Transfer-Encoding that is not \"chunked\"");
	return true;
}

/* Takes a header line, which is cut if it is long; false if the reply is refused for it. */
static bool
take_header(TuyaHttpRequest *request, const char *line, size_t len, bool cut)
{
	const char *value;
	bool		folded = line[0] == ' ' || line[0] == '\t';
	bool		transfer;

	/* a line that goes on with the one before: versions of libcurl differ on what it means */
	if (folded && request->coding_line)
		return tuya_http_refuse(request, TUYA_HTTP_BAD_ENCODING, "its codings are folded");
	if (!folded)
		request->coding_line = false;
	transfer = (value = header_value(line, len, "transfer-encoding")) != NULL;
	if (transfer || (value = header_value(line, len, "content-encoding")) != NULL)
	{
		request->coding_line = true;
		request->transfer_line |= transfer;
		if (cut)
			return tuya_http_refuse(request, TUYA_HTTP_BAD_ENCODING, "it has too many codings");
		return take_codings(request, transfer, value);
	}
	if (request->interim)
		return true;
	if ((value = header_value(line, len, "content-type")) != NULL)
		copy_value(request->content_type, sizeof(request->content_type), value);
	else if (header_value(line, len, "content-length") != NULL)
		request->length_line = true;
	else
		tuya_retry_note_header(&request->result.advice, line, len);
	return true;
}

/*
 * Whether the head says that the service has waited for a request for too long, over a kept
 * connection of HTTP/1.1.  It was under way when ours was sent, for a connection that idles
 * may end so; where a proxy has acknowledged the request, nothing else shows it.
 */
static bool
is_idle_end(const TuyaHttpRequest *request, const char *line, const char *status)
{
	long		connects = 0;

	if (line[strlen("HTTP/")] != '1' || strncmp(status, "408", 3) != 0)
		return false;
	curl_easy_getinfo(request->easy, CURLINFO_NUM_CONNECTS, &connects);
	return connects == 0;
}

/* Takes the status line of a head; false if the reply is refused for it. */
static bool
begin_head(TuyaHttpRequest *request, const char *line)
{
	const char *status = line + strcspn(line, " ");
	bool		first = request->heads++ == 0;

	status += strspn(status, " ");
	/* after "101 Switching Protocols" there is no other */
	request->interim = status[0] == '1' && strncmp(status, "101", 3) != 0;
	request->coding_line = false;
	if (request->heads > INTERIM_HEADS_MAX + 1)
		return tuya_http_refuse(request, TUYA_HTTP_HEAD_TOO_LARGE, "it has too many interim heads");
	if (first && line[strlen("HTTP/")] == '1' && tuya_http_came_too_early(request))
		return tuya_http_refuse(request, TUYA_HTTP_STALE,
								"a reply came before the request was sent");
	if (is_idle_end(request, line, status))
		return tuya_http_refuse(request, TUYA_HTTP_STALE,
								"the service ended the connection (HTTP status 408) as the request was sent");
	return true;
}

size_t
tuya_http_on_header(char *data, size_t size, size_t count, void *userp)
{
	TuyaHttpRequest *request = userp;
	size_t		len = size * count;
	char		line[256];
	size_t		copied = len < sizeof(line) ? len : sizeof(line) - 1;
	bool		ok = true;

	request->http->received += len;
	request->head_bytes += len;
	if (request->head_ended && request->head_bytes <= HEAD_BYTES_MAX)
		return len;				/* a trailer */
	memcpy(line, data, copied);
	line[copied] = '\0';
	if (request->head_bytes > HEAD_BYTES_MAX)
		ok = tuya_http_refuse(request, TUYA_HTTP_HEAD_TOO_LARGE, "its head is too large");
	else if (strncmp(line, "HTTP/", strlen("HTTP/")) == 0)
		ok = begin_head(request, line);
	else if (line[0] == '\r' || line[0] == '\n')
		ok = end_head(request);
	else
		ok = take_header(request, line, copied, copied < len);
	return ok ? len : 0;
}
