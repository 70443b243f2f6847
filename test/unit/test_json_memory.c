/*
 * test_json_memory.c
 *		The promises about json-c's memory: jsontext.h's bound holds; without
 *		that much memory a reply is refused instead of lost or crashing; and what
 *		is set aside suffices when there is no other memory at all.
 *
 * Counts and limits what all libraries allocate, by replacing malloc(); so it is
 * built without sanitizers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/action.h"
#include "jsontext.h"
#include "reply.h"
#include "reserve.h"
#include "test.h"

#define FORM (&tuya_ota_job.reply)
#define FIELD(name) tuya_reply_find_field(FORM, name)

#ifdef __GLIBC__

#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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
static int	shape_size;			/* what for_all_shapes() counts by */

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

	tuya_jsontext_check(body, strlen(body), false, (size_t) -1, &bound, &nmembers, &reason);
	peak = before;
	document = json_tokener_parse_ex(tokener, body, (int) strlen(body));
	ok(document != NULL && peak - before <= bound, "%s: %zu bytes, of which json-c takes %zu",
	   name, bound, peak - before);
	json_object_put(document);
	json_tokener_free(tokener);
}

/* Bodies that stress one thing each.  Two need more than the reserve. */
static void
for_all_shapes(void (*check) (const char *name))
{
	make_body("{\"success\":true,\"total\":0}", "", "", 0, "");
	check("no jobs");
	make_body("{\"a\":[", "{\"jobId\":\"1834143585562500000\",\"jobStatus\":\"COMPLETED\",\"n\":", "},", shape_size, "0]}");
	check("jobs");
	make_body("{\"a\":[", "[],", ",", 10 * shape_size, "0]}");
	check("empty lists");
	make_body("{\"a\":[", "{},", ",", 10 * shape_size, "0]}");
	check("empty objects");
	make_body("{\"a\":[", "", ",", 30 * shape_size, "0]}");
	check("integers");
	make_body("{\"a\":[", "1.", ",", 30 * shape_size, "0]}");
	check("doubles");
	make_body("{\"a\":[", "\"\",\"", "\",", 20 * shape_size, "0]}");
	check("short texts");
	make_body("{", "\"", "\":0,", 20 * shape_size, "\"\":0}");
	check("one object of many members");
	make_body("{\"a\":[", "{\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,\"h\":0,\"i\":0,\"j\":0,\"k\":", "},", 5 * shape_size, "0]}");
	check("objects just larger than their table");
	make_body("{\"a\":\"", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "\\n", 5 * shape_size, "\"}");
	check("one long text");
	make_body("{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "", "", 0, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}");
	check("nested lists");
}

static void
test_bound(void)
{
	shape_size = 10000;
	for_all_shapes(is_bounded);
}

static void
make_jobs(void)
{
	make_body("{\"success\":true,\"total\":50,\"data\":{\"simpleOTAJobInfo\":[",
			  "{\"firmwareId\":1.0000000000000000000000000000000000000000000,\"jobId\":", "},", 49,
			  "{\"jobId\":\"x\"}]}}");
}

/* Whether they are those of make_jobs(). */
static bool
are_jobs(const TuyaReply *reply, TuyaReplyStatus status)
{
	bool		same = status == TUYA_REPLY_PAGE && reply->nrows == 50;

	for (int i = 0; same && i < 49; i++)
		same = atoi(reply->rows[i].field[TUYA_FIELD_ID]) == i &&
			strlen(reply->rows[i].field[FIELD("firmwareId")]) == 45;
	return same;
}

/* With any amount of memory the page is either refused or read as it is. */
static void
test_limits(TuyaFields fields)
{
	int			refused = 0;
	int			right = 0;
	int			wrong = 0;
	size_t		before;
	TuyaReply	reply;

	make_jobs();
	/* json-c's parser is kept from then on */
	tuya_reply_parse(FORM, fields, body, strlen(body), 1, NULL, &reply);
	tuya_reply_free(&reply);
	tuya_reserve_lend(RESERVE_BYTES);
	before = in_use;
	for (size_t n = 0; n < 3000; n++)
	{
		TuyaReplyStatus status;
		bool		same;

		tuya_reserve_lend(RESERVE_BYTES);
		limit = before + n * 500;
		status = tuya_reply_parse(FORM, fields, body, strlen(body), 1, NULL, &reply);
		same = are_jobs(&reply, status);
		limit = (size_t) -1;
		refused += status == TUYA_REPLY_NO_MEMORY;
		right += same;
		wrong += status != TUYA_REPLY_NO_MEMORY && !same;
		tuya_reply_free(&reply);
	}
	ok(refused > 100 && right > 100 && wrong == 0,
	   "a reply without the memory it needs is refused, never crippled (%d refused, %d read, %d wrong)",
	   refused, right, wrong);
	tuya_reserve_lend(RESERVE_BYTES);
	ok(in_use == before, "and nothing is leaked");
}

/*
 * ---- no memory but the reserve ----
 */

/* How a child process ended, by its exit status. */
enum
{
	ALL_RIGHT = 0,
	HAD_MEMORY,
	NOT_READ,
	NOT_REFUSED,
	NOT_READ_AFTERWARDS
};

static void **taken = NULL;		/* a list, each block of which begins with the next */

/* Forbids the process to grow. */
static void
limit_to_present_size(void)
{
	FILE	   *file = fopen("/proc/self/statm", "r");
	long		pages = 0;
	struct rlimit present;

	if (file == NULL || fscanf(file, "%ld", &pages) != 1)
		_exit(HAD_MEMORY);
	fclose(file);
	present.rlim_cur = present.rlim_max = (rlim_t) pages * (rlim_t) sysconf(_SC_PAGESIZE);
	setrlimit(RLIMIT_AS, &present);
}

/* Leaves nothing, not even for a block of 16 bytes. */
static void
take_all(void)
{
	for (size_t size = 16 * 1024 * 1024; size >= 16; size /= 2)
	{
		void	  **next;

		while ((next = __libc_malloc(size)) != NULL)
		{
			*next = taken;
			taken = next;
		}
	}
}

/* Ends the process. */
static void
parse_without_memory(bool fits)
{
	TuyaReply	reply;
	TuyaReplyStatus status;

	if (!tuya_reply_reserve())
		_exit(HAD_MEMORY);
	limit_to_present_size();
	take_all();
	if (__libc_malloc(16) != NULL)
		_exit(HAD_MEMORY);
	for (int i = 0; i < 5; i++)
	{
		status = tuya_reply_parse(FORM, i % 2 == 0 ? TUYA_ALL_FIELDS : 0, body, strlen(body), 1, NULL, &reply);
		tuya_reply_free(&reply);
		/* once it was lent malloc() may keep some of it in pieces */
		if (fits && (status == TUYA_REPLY_NOT_JSON || (status == TUYA_REPLY_NO_MEMORY && i == 0)))
			_exit(NOT_READ);
		if (!fits && status != TUYA_REPLY_NO_MEMORY)
			_exit(NOT_REFUSED);
	}
	while (taken != NULL)
	{
		void	  **next = *taken;

		__libc_free(taken);
		taken = next;
	}
	make_jobs();
	if (!are_jobs(&reply, tuya_reply_parse(FORM, TUYA_ALL_FIELDS, body, strlen(body), 1, NULL, &reply)))
		_exit(NOT_READ_AFTERWARDS);
	_exit(ALL_RIGHT);
}

static void
is_read_without_memory(const char *name)
{
	size_t		bound = 0;
	size_t		nmembers;
	const char *reason;
	int			status = 0;
	bool		fits;

	tuya_jsontext_check(body, strlen(body), false, (size_t) -1, &bound, &nmembers, &reason);
	fits = bound <= RESERVE_BYTES;
	fflush(stdout);
	if (fork() == 0)
		parse_without_memory(fits);
	wait(&status);
	ok(status == 0, "%s, %zu bytes: %s when nothing but the reserve is left (%d)", name, bound,
	   fits ? "read" : "refused", status);
}

static void
test_reserve(void)
{
	/* the largest of each shape that the reserve is for, and somewhat more */
	for (shape_size = 40; shape_size <= 160; shape_size *= 2)
		for_all_shapes(is_read_without_memory);
}

int
main(void)
{
	test_bound();
	test_limits(TUYA_ALL_FIELDS);
	test_limits(TUYA_FIELD(FIELD("firmwareId")));
	test_reserve();
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
