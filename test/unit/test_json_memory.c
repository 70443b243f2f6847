/*
 * test_json_memory.c
 *		The promises about json-c's memory: jsontext.h's bound holds, and without
 *		that much memory a reply is refused instead of lost or crashing.
 *
 * Counts and limits what all libraries allocate, by replacing malloc(); so it is
 * built without sanitizers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jsontext.h"
#include "reply.h"
#include "test.h"

#ifdef __GLIBC__

#include <malloc.h>

#include <json-c/json.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void __libc_free(void *old);

/* malloc's own overhead for a block */
#define OVERHEAD_BYTES 8

static size_t in_use;
static size_t peak;
static size_t limit = (size_t) -1;

static size_t
size_of(void *block)
{
	return block != NULL ? malloc_usable_size(block) + OVERHEAD_BYTES : 0;
}

static void *
count(void *block)
{
	in_use += size_of(block);
	if (in_use > peak)
		peak = in_use;
	return block;
}

void *
malloc(size_t size)
{
	return in_use + size > limit ? NULL : count(__libc_malloc(size));
}

void *
calloc(size_t n, size_t size)
{
	return in_use + n * size > limit ? NULL : count(__libc_calloc(n, size));
}

/* While it copies there are two. */
void *
realloc(void *old, size_t size)
{
	size_t		old_size = size_of(old);
	void	   *block;

	if (in_use + size > limit)
		return NULL;
	block = __libc_realloc(old, size);
	if (block == NULL)
		return NULL;
	count(block);
	in_use -= old_size;
	return block;
}

void
free(void *block)
{
	in_use -= size_of(block);
	__libc_free(block);
}

static char body[REPLY_BYTES_MAX + 1];

/* head, n times (unit and number and tail), foot */
static void
make_body(const char *head, const char *unit, const char *tail, int n, const char *foot)
{
	char	   *p = body;

	p += sprintf(p, "%s", head);
	for (int i = 0; i < n; i++)
		p += sprintf(p, "%s%d%s", unit, i, tail);
	strcpy(p, foot);
}

/* Whether json-c makes a document of body, and with no more than the bound. */
static void
is_bounded(const char *name)
{
	struct json_tokener *tokener = json_tokener_new_ex(REPLY_DEPTH_MAX);
	struct json_object *document;
	size_t		before = in_use;
	size_t		bound = 0;
	size_t		nmembers;
	const char *reason;

	tuya_jsontext_check(body, strlen(body), (size_t) -1, &bound, &nmembers, &reason);
	peak = before;
	document = json_tokener_parse_ex(tokener, body, (int) strlen(body));
	ok(document != NULL && peak - before <= bound, "%s: %zu bytes, of which json-c takes %zu",
	   name, bound, peak - before);
	json_object_put(document);
	json_tokener_free(tokener);
}

static void
test_bound(void)
{
	make_body("{\"success\":true,\"total\":0}", "", "", 0, "");
	is_bounded("no jobs");
	make_body("{\"a\":[", "{\"jobId\":\"1834143585562500000\",\"jobStatus\":\"COMPLETED\",\"n\":", "},", 10000, "0]}");
	is_bounded("10000 jobs");
	make_body("[", "[],", ",", 100000, "0]");
	is_bounded("empty lists");
	make_body("[", "{},", ",", 100000, "0]");
	is_bounded("empty objects");
	make_body("[", "", ",", 300000, "0]");
	is_bounded("integers");
	make_body("[", "1.", ",", 300000, "0]");
	is_bounded("doubles");
	make_body("[", "\"\",\"", "\",", 200000, "0]");
	is_bounded("short texts");
	make_body("{", "\"", "\":0,", 200000, "\"\":0}");
	is_bounded("one object of many members");
	make_body("[", "{\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,\"h\":0,\"i\":0,\"j\":0,\"k\":", "},", 50000, "0]");
	is_bounded("objects just larger than their table");
	make_body("\"", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "\\n", 50000, "\"");
	is_bounded("one long text");
	make_body("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "", "", 0, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
	is_bounded("nested lists");
}

/* With any amount of memory the page is either refused or read as it is. */
static void
test_limits(void)
{
	int			refused = 0;
	int			right = 0;
	int			wrong = 0;
	size_t		before = in_use;

	make_body("{\"success\":true,\"total\":50,\"data\":{\"simpleOTAJobInfo\":[",
			  "{\"firmwareId\":1.0000000000000000000000000000000000000000000,\"jobId\":", "},", 49,
			  "{\"jobId\":\"x\"}]}}");
	for (limit = before; limit < before + 200000; limit += 50)
	{
		TuyaReply	reply;
		TuyaReplyStatus status = tuya_reply_parse(body, strlen(body), 1, &reply);
		bool		same = status == TUYA_REPLY_PAGE && reply.nrows == 50;

		for (int i = 0; same && i < 49; i++)
			same = atoi(reply.rows[i].field[TUYA_FIELD_JOB_ID]) == i &&
				strlen(reply.rows[i].field[TUYA_FIELD_FIRMWARE_ID]) == 45;
		refused += status == TUYA_REPLY_NO_MEMORY;
		right += same;
		wrong += status != TUYA_REPLY_NO_MEMORY && !same;
		tuya_reply_free(&reply);
	}
	limit = (size_t) -1;
	ok(refused > 100 && right > 100 && wrong == 0,
	   "a reply without the memory it needs is refused, never crippled (%d refused, %d read, %d wrong)",
	   refused, right, wrong);
	ok(in_use == before, "and nothing is leaked");
}

int
main(void)
{
	test_bound();
	test_limits();
	return done_testing();
}

#else

int
main(void)
{
	ok(true, "skipped: only glibc's malloc can be replaced so # SKIP");
	return done_testing();
}

#endif
