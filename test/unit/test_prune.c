/*
 * test_prune.c
 *		Promises of prune.h: nobody can tell, but from what it costs.
 */
#include "prune.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/action.h"
#include "test.h"

#define FORM (&tuya_ota_job.reply)
#define FIELD(name) tuya_reply_find_field(FORM, name)

#define JOB(id) "{\"jobId\":\"" id "\"}"
#define PAGE(rows, total) "{\"success\":true,\"data\":{\"simpleOTAJobInfo\":[" rows "]},\"total\":" total "}"

static const char *const status_names[] = {"page", "error", "not json", "malformed", "no memory", "stopped"};

static bool
same_text(const char *a, const char *b)
{
	return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

/* Whether a row has what it has when all is read, but for what nobody reads. */
static bool
same_row(const TuyaRow *row, const TuyaRow *all, TuyaFields fields)
{
	for (int i = 0; i < FORM->nfields; i++)
	{
		bool		is_read = i == TUYA_FIELD_ID || (fields & TUYA_FIELD(i)) != 0;

		if (!same_text(row->field[i], is_read ? all->field[i] : NULL))
			return false;
	}
	return true;
}

/* Whether the reply is the same, be all fields read or these. */
static bool
is_same(const char *body, size_t len, TuyaFields fields)
{
	TuyaReply	all;
	TuyaReply	few;
	bool		same;

	tuya_reply_parse(FORM, TUYA_ALL_FIELDS, body, len, 1, NULL, &all);
	tuya_reply_parse(FORM, fields, body, len, 1, NULL, &few);
	same = all.status == few.status && strcmp(all.reason, few.reason) == 0 && all.nrows == few.nrows &&
		all.has_total == few.has_total && all.total == few.total && all.misses_list == few.misses_list &&
		strcmp(all.instead, few.instead) == 0 && same_text(all.code, few.code) &&
		same_text(all.message, few.message) && same_text(all.request_id, few.request_id);
	for (size_t i = 0; same && i < all.nrows; i++)
		same = same_row(&few.rows[i], &all.rows[i], fields);
	if (!same)
		printf("# %.*s: %s (%s) where it is %s (%s)\n", (int) len, body, status_names[few.status], few.reason,
			   status_names[all.status], all.reason);
	tuya_reply_free(&all);
	tuya_reply_free(&few);
	return same;
}

static const char *const read_in_part[] = {
	PAGE(JOB("1"), "1"),
	PAGE("{\"jobStatus\":\"a\",\"jobId\":\"1\",\"jobType\":\"b\"},{\"utcCreate\":7,\"jobId\":\"2\",\"utcModified\":null}", "2"),
	PAGE("{\"jobId\" : \"1\" ,\n\"jobType\" :\t-1.5e3 , \"firmwareId\": \"}\" }", "1"),
	PAGE("{\"firmwareId\":\"1\",\"jobType\":\"2\"}", "1"),
	PAGE("{\"JOBTYPE\":\"a\",\"jobid\":\"1\",\"FirmwareID\":\"b\"}", "1"),
	PAGE("{\"jobType\":\"a\",\"jobId\":\"1\",\"jobType\":\"b\"}", "1"),
	PAGE("{\"jobType\":\"a\",\"jobId\":\"1\",\"JobType\":\"b\"}", "1"),
	PAGE("{\"jobId\":\"1\",\"jobType\":true}", "1"),
	PAGE("{\"jobId\":\"1\",\"jobType\":[{\"jobType\":\"x\",\"jobType\":\"y\"}]}", "1"),
	PAGE("{\"other\":1,\"jobType\":\"a\",\"other\":2,\"jobId\":\"1\"}", "1"),
	PAGE("{\"sub\":[{\"jobType\":1},{\"jobType\":2}],\"jobType\":3,\"jobId\":\"1\",\"sub2\":{\"jobType\":4}}", "1"),
	PAGE("{\"jobId\":\"1\",\"jobType\":\"\\u0041\"}", "1"),
	PAGE("{\"jobId\":\"1\",\"jobType\":\"\\\"\"}", "1"),
	"{\"success\":true,\"total\":1,\"data\":{\"jobType\":\"a\",\"simpleOTAJobInfo\":{\"jobId\":\"1\",\"jobType\":\"b\"}}}",
	"{\"success\":false,\"code\":\"1\",\"jobType\":\"a\",\"errorMessage\":\"m\"}",
	"[{\"jobType\":\"a\",\"jobId\":\"1\"}]",
	PAGE("{\"jobId\":\"1\",,\"jobType\":\"a\"}", "1"),
	PAGE("{,\"jobType\":\"a\",\"jobId\":\"1\"}", "1"),
	PAGE("{\"jobId\":,\"jobType\":\"a\"}", "1"),
	PAGE("{\"jobId\",\"jobType\":\"a\"}", "1"),
	PAGE("{1,\"jobType\":\"a\"}", "1"),
	PAGE("\"jobType\":\"a\",{\"jobId\":\"1\"}", "1"),
	PAGE("[\"jobType\":\"a\",{\"jobId\":\"1\"}]", "1"),
	PAGE("{\"jobId\":\"1\"],\"jobType\":\"a\"}", "1"),
	PAGE("{\"jobId\":\"1\",\"jobType\":\"a\",}", "1"),
	PAGE("{\"jobId\":\"1\",\"jobType\":01}", "1"),
	PAGE("{\"jobId\":\"1\",\"jobType\":\"a\" \"b\"}", "1"),
	PAGE("{\"jobId\":\"1\" \"jobType\":\"a\"}", "1"),
	PAGE("{\"jobType\":\"a\"\"jobId\":\"1\"}", "1"),
	PAGE("{\"jobType\"::\"a\",\"jobId\":\"1\"}", "1"),
	PAGE("{\"jobType\":\"a\",}", "1"),
	PAGE("{\"jobType\":\"a\",]", "1"),
	PAGE("{\"jobId\":\"1\",\"jobType\":\"a\" , }", "1"),
	PAGE("{\"jobId\":\"1\",\"jobType\":99999999999999999999}", "1"),
	PAGE("{\"jobId\":\"1\",\"jobType\":nul}", "1"),
	PAGE("{\"jobId\":\"1\",\"jobType\":1.}", "1"),
	PAGE("{\"jobId\":\"1\",\"jobType\":\"a\tb\"}", "1"),
	PAGE("{\"jobId\":\"1\",\"jobType\":\"\u00e4\",\"jobStatus\":\"\u20ac\"}", "1"),
	"{\"success\":true,\"data\":{\"simpleOTAJobInfo\":[{\"jobId\":\"1\",\"jobType\":\"a\",\"",
	"{\"success\":true,\"data\":{\"simpleOTAJobInfo\":[{\"jobId\":\"1\",\"jobType\":\"a\",\"jobType",
	"{\"success\":true,\"data\":{\"simpleOTAJobInfo\":[{\"jobType\":\"a\",",
	"{\"success\":true,\"data\":{\"simpleOTAJobInfo\":[{\"jobId\":\"1\",\"jobType\":\"a",
	"{\"success\":true,\"data\":{\"simpleOTAJobInfo\":[{\"jobId\":\"1\",\"jobType\":",
};

/* Whether it is so however a byte of the text is lost, put in, or another. */
static bool
is_same_when_damaged(const char *body, TuyaFields fields)
{
	static const char bytes[] = "{}[],:\"1tn \\";
	size_t		len = strlen(body);
	bool		same = true;

	for (size_t at = 0; at < len; at++)
	{
		char	   *damaged = malloc(len + 1);	/* exactly as many */

		memcpy(damaged, body, at);
		memcpy(damaged + at, body + at + 1, len - at - 1);
		same &= is_same(damaged, len - 1, fields);
		memcpy(damaged, body, len);
		for (const char *byte = bytes; *byte != '\0'; byte++)
		{
			damaged[at] = *byte;
			same &= is_same(damaged, len, fields);
		}
		memcpy(damaged + at + 1, body + at, len - at);
		for (const char *byte = bytes; *byte != '\0'; byte++)
		{
			damaged[at] = *byte;
			same &= is_same(damaged, len + 1, fields);
		}
		free(damaged);
	}
	return same;
}

static void
test_fields(void)
{
	const TuyaFields several = TUYA_FIELD(FIELD("jobId")) | TUYA_FIELD(FIELD("utcCreate"));
	char		deep[1000] = "";

	for (size_t i = 0; i < sizeof(read_in_part) / sizeof(read_in_part[0]); i++)
	{
		const char *body = read_in_part[i];

		ok(is_same(body, strlen(body), 0) && is_same(body, strlen(body), several) &&
		   is_same(body, strlen(body), ~TUYA_FIELD(FIELD("jobType"))),
		   "text %zu says the same when few fields are read", i);
		ok(is_same_when_damaged(body, several), "... and whatever is wrong with it");
	}
	for (int depth = 0; depth < 40; depth++)
	{
		snprintf(deep, sizeof(deep), PAGE("%.*s{\"jobType\":\"a\",\"jobId\":\"1\"}%.*s", "1"),
				 depth, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", depth, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
		if (!is_same(deep, strlen(deep), 0))
			break;
	}
	ok(strncmp(strstr(deep, ":[") + 2, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[{", 40) == 0, "and however deep it is");
}

/* What is left of the text. */
static const char *
pruned(const char *body, TuyaFields fields)
{
	static char text[1000];

	text[tuya_prune(FORM, fields, body, strlen(body), text)] = '\0';
	return text;
}

/* That the same comes of it would be so if nothing were taken out. */
static void
test_prune(void)
{
	const char *body = PAGE("{\"jobStatus\":\"a\",\"jobId\":\"1\",\"jobType\":\"b\"},"
							"{\"jobType\":\"b\",\"jobId\":\"2\",\"utcCreate\":null,\"jobStatus\":7}", "2");

	is_text(pruned(body, TUYA_FIELD(FIELD("jobId"))), PAGE(JOB("1") "," JOB("2"), "2"),
			"what nobody reads is taken out of each row, first or last");
	is_text(pruned(body, TUYA_FIELD(FIELD("jobId")) | TUYA_FIELD(FIELD("jobType"))),
			PAGE("{\"jobId\":\"1\",\"jobType\":\"b\"},{\"jobType\":\"b\",\"jobId\":\"2\"}", "2"), "and nothing else");
	is_text(pruned(body, TUYA_ALL_FIELDS), body, "where all is read all is left");
}

int
main(void)
{
	test_fields();
	test_prune();
	return done_testing();
}
