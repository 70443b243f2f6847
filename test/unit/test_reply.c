/*
 * test_reply.c
 *		Promises of reply.h and jsontext.h.
 */
#include "reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/action.h"
#include "test.h"

#define FORM (&tuya_ota_job.reply)
#define FIELD(name) tuya_reply_find_field(FORM, name)

#define JOB(id) "{\"jobId\":\"" id "\"}"
#define LIST(rows) "{\"success\":true,\"data\":{\"simpleOTAJobInfo\":[" rows "]}"
#define PAGE(rows, total) LIST(rows) ",\"total\":" total "}"

static const char *const status_names[] = {"page", "error", "not json", "malformed", "no memory", "stopped"};

static TuyaReply reply;

static TuyaReplyStatus
parse(const char *body)
{
	tuya_reply_free(&reply);
	return tuya_reply_parse(FORM, TUYA_ALL_FIELDS, body, strlen(body), 1, NULL, &reply);
}

/* Whether the status is as expected and the reply fits to it. */
static void
is_status(const char *body, TuyaReplyStatus expected, const char *name)
{
	TuyaReplyStatus got = parse(body);
	bool		consistent = reply.status == got;

	consistent &= (got == TUYA_REPLY_PAGE) || (reply.nrows == 0 && reply.rows == NULL);
	consistent &= (got == TUYA_REPLY_ERROR) == (reply.code != NULL);
	consistent &= (got == TUYA_REPLY_NOT_JSON || got == TUYA_REPLY_MALFORMED) == (reply.reason[0] != '\0');
	if (!ok(got == expected && consistent, "%s", name))
		printf("# %s: got %s (%s)\n", body, status_names[got],
			   reply.reason[0] != '\0' ? reply.reason : "no reason");
}

static void
is_malformed(const char *body, const char *reason, const char *name)
{
	is_status(body, TUYA_REPLY_MALFORMED, name);
	is_text(reply.reason, reason, "... and says why");
}

static void
is_not_json(const char *body, const char *reason, const char *name)
{
	is_status(body, TUYA_REPLY_NOT_JSON, name);
	is_text(reply.reason, reason, "... and says why");
}

static void
is_page(const char *body, size_t nrows, int64_t total, const char *name)
{
	is_status(body, TUYA_REPLY_PAGE, name);
	ok(reply.nrows == nrows && reply.has_total == (total >= 0) &&
	   reply.total == (total >= 0 ? total : 0), "... with its rows and total");
}

/* A row with one field more, given as JSON; NULL if it is no page. */
static const char *
field_from(int field, const char *json)
{
	char		body[1000];

	snprintf(body, sizeof(body), LIST("{\"jobId\":\"1\",\"%s\":%s}") ",\"total\":1}",
			 FORM->fields[field].name, json);
	if (parse(body) != TUYA_REPLY_PAGE)
		return NULL;
	return reply.rows[0].field[field];
}

static void
test_documented(void)
{
	static const char *const fields[][2] = {
		{"firmwareId", "125"}, {"jobId", "183414358556252****"}, {"jobStatus", "COMPLETED"},
		{"jobType", "UPGRADE_FIRMWARE"}, {"productKey", "k1h9drZ****"}, {"selectionType", "STATIC"},
		{"targetSelection", "SPECIFIC"}, {"utcCreate", "2024-09-12T08:14:42.214Z"},
		{"utcModified", "2024-09-12T08:14:43.214Z"},
	};

	is_page("{ \"code\": \"\", \"currentPage\": 1,\n"
			"\"data\": { \"simpleOTAJobInfo\": [ { \"firmwareId\": \"125\", \"jobId\": \"183414358556252****\","
			"\"jobStatus\": \"COMPLETED\", \"jobType\": \"UPGRADE_FIRMWARE\", \"productKey\": \"k1h9drZ****\","
			"\"selectionType\": \"STATIC\", \"targetSelection\": \"SPECIFIC\","
			"\"utcCreate\": \"2024-09-12T08:14:42.214Z\", \"utcModified\": \"2024-09-12T08:14:43.214Z\" } ] },\n"
			"\"pageCount\": 1, \"pageSize\": 10, \"requestId\": \"78159f9b\", \"success\": true, \"total\": 1 }\r\n",
			1, 1, "the documented reply is a page");
	ok(FORM->nfields == sizeof(fields) / sizeof(fields[0]), "there is a value for each field");
	for (int i = 0; i < FORM->nfields; i++)
		is_text(reply.rows[0].field[FIELD(fields[i][0])], fields[i][1], fields[i][0]);
	is_text(reply.request_id, "78159f9b", "the request id is kept");

	is_page("{\"RequestId\":\"r\",\"SUCCESS\":true,\"Data\":{\"SimpleOTAJobInfo\":[{\"JobID\":\"7\",\"FIRMWAREid\":\"8\"}]},"
			"\"Total\":1,\"CurrentPage\":1}", 1, 1, "names match in any case");
	is_text(reply.rows[0].field[TUYA_FIELD_ID], "7", "JobID is jobId");
	is_text(reply.rows[0].field[FIELD("firmwareId")], "8", "FIRMWAREid is firmwareId");
	is_text(reply.rows[0].field[FIELD("jobStatus")], NULL, "an absent field is NULL");

	is_page(PAGE(JOB("1") "," JOB("2") "," JOB("1"), "9"), 3, 9, "rows keep their order, doubles included");
	ok(strcmp(reply.rows[1].field[TUYA_FIELD_ID], "2") == 0, "the second row is the second");
}

static void
test_field_names(void)
{
	ok(FIELD("jobId") == TUYA_FIELD_ID && FIELD("jobStatus") >= 0 &&
	   FIELD("JOBSTATUS") == FIELD("jobStatus"), "fields are found in any case");
	ok(FIELD("jobStatu") == -1 && FIELD("jobStatusX") == -1 &&
	   FIELD("") == -1 && FIELD("job_status") == -1,
	   "and not by another name");
}

static void
test_empty(void)
{
	static const char *const nothings[] = {
		"[]", "\"\"", "{}", "null", "{\"simpleOTAJobInfo\":{}}", "{\"simpleOTAJobInfo\":\"\"}",
		"{\"simpleOTAJobInfo\":null}", "{\"other\":1}"
	};
	char		body[100];

	is_page(PAGE("", "0"), 0, 0, "empty list, total 0");
	is_page(LIST("") "}", 0, -1, "empty list, no total");
	is_page(LIST("") ",\"total\":null}", 0, -1, "empty list, total null counts as no total");
	is_page("{\"success\":true,\"total\":0,\"data\":{}}", 0, 0, "data {}, total 0");
	is_page("{\"success\":true,\"total\":0,\"data\":null}", 0, 0, "data null, total 0");
	is_page("{\"success\":true,\"total\":\"0\"}", 0, 0, "no data, total \"0\"");
	is_page("{\"success\":true,\"total\":0,\"data\":{\"simpleOTAJobInfo\":null}}", 0, 0, "list null, total 0");
	is_page("{\"success\":true,\"total\":0,\"pageCount\":0,\"code\":\"200\"}", 0, 0, "success with a code is a page");
	is_page("{\"success\":true,\"total\":3,\"data\":null}", 0, 3, "no list but a total is for the round to judge");

	is_malformed("{\"success\":true}", "it has neither jobs nor a total", "success alone is no witness of no jobs");
	is_malformed("{\"success\":true,\"data\":{}}", "it has neither jobs nor a total", "data {} is none");
	is_malformed("{\"success\":true,\"data\":null,\"total\":null}", "it has neither jobs nor a total", "nulls are none");
	is_malformed(LIST(JOB("1")) "}", "it has jobs but no total", "rows need a total");
	for (size_t i = 0; i < sizeof(nothings) / sizeof(nothings[0]); i++)
	{
		snprintf(body, sizeof(body), "{\"success\":true,\"total\":0,\"data\":%s}", nothings[i]);
		is_page(body, 0, 0, nothings[i]);
		snprintf(body, sizeof(body), "{\"success\":true,\"total\":3,\"data\":%s}", nothings[i]);
		is_page(body, 0, 3, "with a total it is for the round to judge");
		snprintf(body, sizeof(body), "{\"success\":true,\"data\":%s}", nothings[i]);
		is_malformed(body, "it has neither jobs nor a total", "and it is no witness of its own");
	}
	is_malformed("{\"success\":true,\"total\":0,\"data\":[0]}", "its data is not an object", "data is no list of something");
	is_malformed("{\"success\":true,\"total\":0,\"data\":\" \"}", "its data is not an object", "data is no text");
	is_malformed("{\"success\":true,\"total\":0,\"data\":{\"simpleOTAJobInfo\":{\"jobId\":\"1\"}}}",
				 "its simpleOTAJobInfo is not a list", "the list is no object with something in it");
	is_malformed("{\"success\":true,\"total\":0,\"data\":{\"simpleOTAJobInfo\":false}}",
				 "its simpleOTAJobInfo is not a list", "nor a boolean");
}

static void
test_success(void)
{
	is_page("{\"success\":\"True\",\"total\":0}", 0, 0, "success may be a string, in any case");
	is_status("{\"success\":\"FALSE\",\"code\":\"x\"}", TUYA_REPLY_ERROR, "and so may its absence");
	is_malformed("{\"total\":0,\"data\":{\"simpleOTAJobInfo\":[]}}", "it does not say whether it succeeded",
				 "a reply without success is no page");
	is_malformed("{\"success\":null,\"total\":0}", "it does not say whether it succeeded", "nor with success null");
	is_malformed("{\"success\":1,\"total\":0}", "its success is neither true nor false", "nor with success 1");
	is_malformed("{\"success\":\"yes\",\"total\":0}", "its success is neither true nor false", "nor with success yes");
	is_malformed("{\"success\":[],\"total\":0}", "its success is neither true nor false", "nor with success []");
	is_malformed("{\"success\":\"\",\"code\":\"x\"}", "its success is neither true nor false",
				 "an empty success is no error either");
}

static void
test_total(void)
{
	static const char *const bad[] = {
		"-1", "1.5", "1.0", "1e2", "\"\"", "\" 1\"", "\"1 \"", "\"+1\"", "\"-1\"", "\"0x1\"", "\"1.0\"", "\"NaN\"",
		"true", "[]", "{}", "9223372036854775808", "\"9223372036854775808\"", "18446744073709551615",
		"\"99999999999999999999999\"", "\"1\\u0000\"",
	};
	char		body[200];

	is_page(PAGE(JOB("1"), "\"12\""), 1, 12, "total may be a string");
	is_page(PAGE(JOB("1"), "9223372036854775807"), 1, INT64_MAX, "total may be 2^63 - 1");
	is_page(PAGE(JOB("1"), "\"9223372036854775807\""), 1, INT64_MAX, "so it may as a string");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		snprintf(body, sizeof(body), LIST("") ",\"total\":%s}", bad[i]);
		is_malformed(body, "its total is not a whole number from 0 on", bad[i]);
	}
}

static void
test_current_page(void)
{
	const char *body = "{\"success\":true,\"total\":0,\"currentPage\":\"3\"}";

	tuya_reply_free(&reply);
	ok(tuya_reply_parse(FORM, TUYA_ALL_FIELDS, body, strlen(body), 3, NULL, &reply) == TUYA_REPLY_PAGE, "currentPage may be a string");
	is_page("{\"success\":true,\"total\":0,\"currentPage\":null}", 0, 0, "currentPage null counts as absent");
	is_malformed("{\"success\":true,\"total\":0,\"currentPage\":2}",
				 "its currentPage is not the page that was asked for", "another page than asked for");
	is_malformed("{\"success\":true,\"total\":0,\"currentPage\":\"x\"}",
				 "its currentPage is not a whole number", "currentPage that is no number");
	is_malformed("{\"success\":true,\"total\":0,\"currentPage\":1.0}",
				 "its currentPage is not a whole number", "currentPage with a fraction");
	is_status("{\"success\":false,\"code\":\"x\",\"currentPage\":9,\"total\":-1}", TUYA_REPLY_ERROR,
			  "an error's page and total are not looked at");
}

static void
test_errors(void)
{
	is_status("{\"success\":false,\"code\":\"iot.system.SystemException\",\"errorMessage\":\"sys\",\"requestId\":\"r1\"}",
			  TUYA_REPLY_ERROR, "the service's error");
	is_text(reply.code, "iot.system.SystemException", "has its code");
	is_text(reply.message, "sys", "its message");
	is_text(reply.request_id, "r1", "and its request id");

	is_status("{\"Code\":\"Throttling.User\",\"Message\":\"slow\",\"RequestId\":\"r2\",\"HostId\":\"h\"}",
			  TUYA_REPLY_ERROR, "the gateway's error");
	is_text(reply.code, "Throttling.User", "has its code");
	is_text(reply.message, "slow", "and its message");

	is_status("{\"success\":false}", TUYA_REPLY_ERROR, "success false alone is an error");
	is_text(reply.code, "", "with an empty code");
	is_text(reply.message, NULL, "and no message");
	is_status("{\"success\":false,\"code\":1106,\"message\":{}}", TUYA_REPLY_ERROR, "a code may be a number");
	is_text(reply.code, "1106", "as its text");
	is_text(reply.message, NULL, "a message that is no text is none");
	is_status("{\"success\":false,\"code\":null,\"data\":{\"simpleOTAJobInfo\":[" JOB("1") "]},\"total\":1}",
			  TUYA_REPLY_ERROR, "an error has no rows");
	is_status("{\"success\":null,\"code\":\"x\"}", TUYA_REPLY_ERROR, "success null with a code is the gateway's");

	is_malformed("{\"code\":\"\"}", "it does not say whether it succeeded", "an empty code is no error");
	is_malformed("{\"code\":500,\"message\":\"x\"}", "it does not say whether it succeeded",
				 "without success, nor is a number");
	is_malformed("{\"success\":false,\"code\":\"a\\u0000b\"}",
				 "a string in it has \\u0000, which PostgreSQL's text cannot store", "a code is not cut");
	is_status("{\"success\":false,\"code\":\"a\",\"errorMessage\":\"m\\u0000n\"}", TUYA_REPLY_ERROR,
			  "a message with a NUL hides no error");
	is_text(reply.message, "m", "it is cut");
}

static void
test_fields(void)
{
	char		id[400];
	char		body[600];

	is_text(field_from(FIELD("firmwareId"), "125"), "125", "a number is its text");
	is_text(field_from(FIELD("firmwareId"), "1834143585562529999"), "1834143585562529999",
			"19 digits stay exact");
	is_text(field_from(FIELD("firmwareId"), "18446744073709551615"), "18446744073709551615",
			"2^64 - 1 stays exact");
	is_text(field_from(FIELD("firmwareId"), "-9223372036854775808"), "-9223372036854775808",
			"-2^63 stays exact");
	is_text(field_from(FIELD("firmwareId"), "1.50"), "1.50", "a fraction is as sent");
	is_text(field_from(FIELD("firmwareId"), "-12345678901234567890123.0E+02"), "-12345678901234567890123.0E+02",
			"so is a double of many digits");
	is_text(field_from(FIELD("jobStatus"), "null"), NULL, "null is NULL");
	is_text(field_from(FIELD("jobStatus"), "\"\""), "", "an empty text is not NULL");
	is_text(field_from(FIELD("jobStatus"), "\"\\u4e2d \\ud83d\\ude00 \xE4\xB8\xAD \xF0\x9F\x98\x80\""),
			"\xE4\xB8\xAD \xF0\x9F\x98\x80 \xE4\xB8\xAD \xF0\x9F\x98\x80", "UTF-8, escaped or not");
	is_text(field_from(FIELD("jobStatus"), "\"\\\"\\\\\\/\\b\\f\\n\\r\\t'{[,\""), "\"\\/\b\f\n\r\t'{[,",
			"escapes and punctuation");

	ok(field_from(FIELD("jobStatus"), "\"a\\u0000b\"") == NULL, "\\u0000 is refused");
	is_text(reply.reason, "a string in it has \\u0000, which PostgreSQL's text cannot store", "and says why");
	ok(field_from(FIELD("jobStatus"), "true") == NULL && reply.status == TUYA_REPLY_MALFORMED &&
	   field_from(FIELD("jobStatus"), "{}") == NULL && reply.status == TUYA_REPLY_MALFORMED &&
	   field_from(FIELD("jobStatus"), "[]") == NULL && reply.status == TUYA_REPLY_MALFORMED,
	   "a boolean, an object or an array is no text");
	is_page(PAGE("{\"jobId\":\"1\",\"other\":{\"a\":[true]},\"job_id\":\"\\u0000\"}", "1"), 1, 1,
			"members that are not known are not looked at");

	is_page(PAGE("{\"jobId\":1834143585562529999}", "1"), 1, 1, "a jobId may be a number");
	is_text(reply.rows[0].field[TUYA_FIELD_ID], "1834143585562529999", "of 19 digits, exactly");
	is_malformed(PAGE("{}", "1"), "a job has no jobId", "a job without jobId");
	is_malformed(PAGE("{\"jobId\":null}", "1"), "a job has no jobId", "a jobId null");
	is_malformed(PAGE("{\"jobId\":\"\"}", "1"), "a job has no jobId", "an empty jobId");
	is_malformed(PAGE(JOB("1") ",null", "2"), "a job is not an object", "a job null");
	is_malformed(PAGE(JOB("1") ",\"2\"", "2"), "a job is not an object", "a job that is a text");

	memset(id, '1', sizeof(id));
	snprintf(body, sizeof(body), LIST("{\"jobId\":\"%.256s\"}") ",\"total\":1}", id);
	is_page(body, 1, 1, "a jobId of 256 bytes");
	snprintf(body, sizeof(body), LIST("{\"jobId\":\"%.257s\"}") ",\"total\":1}", id);
	is_malformed(body, "a job has a jobId that is too long", "a jobId of 257 bytes");
}

static void
test_ambiguous(void)
{
	const char *reason = "it has two members whose names differ only in case";

	is_malformed("{\"success\":true,\"total\":0,\"Total\":1}", reason, "total and Total");
	is_malformed("{\"success\":true,\"total\":0,\"Total\":null}", reason, "even if one is null");
	is_malformed("{\"success\":true,\"Success\":true,\"total\":0}", reason, "even if they are alike");
	is_malformed("{\"success\":true,\"total\":0,\"data\":{\"simpleOTAJobInfo\":[],\"SimpleOTAJobInfo\":[]}}", reason,
				 "two lists");
	is_malformed(PAGE("{\"jobId\":\"1\",\"JobId\":\"1\"}", "1"), reason, "jobId and JobId");
	is_page("{\"success\":true,\"total\":0,\"other\":0,\"Other\":1}", 0, 0, "members that are not known may be so");
}

/* Rows of one reply whose members have any order, and the other one's. */
static void
test_order(void)
{
	const int	type = FIELD("jobType");
	const int	status = FIELD("jobStatus");
	bool		right = true;

	is_page(PAGE("{\"jobType\":\"t1\",\"jobId\":\"1\",\"jobStatus\":\"s1\"},"
				 "{\"jobStatus\":\"s2\",\"x\":0,\"jobId\":\"2\",\"jobType\":\"t2\"},"
				 "{\"JOBTYPE\":\"t3\",\"jobId\":\"3\"},"
				 "{\"jobStatus\":\"s4\",\"jobId\":\"4\"}", "4"), 4, 4, "members in any order");
	for (int i = 0; i < 4 && (size_t) i < reply.nrows; i++)
	{
		const char *const *field = reply.rows[i].field;
		const char	digit = (char) ('1' + i);

		right &= field[TUYA_FIELD_ID] && field[TUYA_FIELD_ID][0] == digit;
		right &= i == 3 ? field[type] == NULL : field[type] && field[type][0] == 't' && field[type][1] == digit;
		right &= i == 2 ? field[status] == NULL : field[status] && field[status][0] == 's' && field[status][1] == digit;
	}
	ok(right, "each row has its own");
	is_malformed(PAGE(JOB("1") ",{\"jobId\":\"2\",\"jobType\":\"t\",\"JobId\":\"4\"}", "2"),
				 "it has two members whose names differ only in case", "and is refused for its own");
}

/*
 * That byte anywhere in a text that has neither control characters nor backslashes but for
 * this: whether what became of the reply is the same everywhere.
 */
static bool
is_everywhere(char c, TuyaReplyStatus expected)
{
	bool		right = true;

	for (size_t i = 0; i < 40; i++)
	{
		char		body[] = PAGE("{\"jobId\":\"0123456789012345678901234567890123456789\"}", "1");

		*(strchr(body, '0') + i) = c;
		right &= parse(body) == expected;
	}
	return right;
}

static void
test_plain(void)
{
	ok(is_everywhere('x', TUYA_REPLY_PAGE), "a letter anywhere in a text");
	ok(is_everywhere('\x1f', TUYA_REPLY_NOT_JSON), "a control character");
	ok(is_everywhere('\n', TUYA_REPLY_NOT_JSON), "a newline");
	ok(is_everywhere('\xC3', TUYA_REPLY_NOT_JSON), "half of a character");
	ok(is_everywhere('\\', TUYA_REPLY_NOT_JSON), "a backslash before a digit, or the quote");
	ok(is_everywhere(' ', TUYA_REPLY_PAGE) && is_everywhere('\x7f', TUYA_REPLY_PAGE), "what is no control character");
}

static void
test_not_json(void)
{
	is_not_json("", "it is empty", "nothing");
	is_not_json("\xEF\xBB\xBF", "it is empty", "a byte order mark alone");
	is_not_json(" \r\n", "it is empty", "space");
	is_not_json("\xEF\xBB\xBF \n", "it is empty", "behind a mark, too");
	is_not_json("<html><body>502 'Bad' \"Gateway\"</body></html>", "it is not JSON", "HTML");
	is_not_json("404 page not found", "it is not JSON", "plain text");
	is_not_json("{\"success\":true,\"total\":0} x", "something follows the JSON", "garbage behind the document");
	is_not_json("{\"success\":true,\"total\":0}{}", "something follows the JSON", "a second document");
	is_not_json("{\"success\":true,\"total\":0},", "something follows the JSON", "a comma behind it");
	is_not_json("{'success':true,'total':0}", "it is not JSON", "single quotes");
	is_not_json("{\"success\":true,\"total\":0,}", "it is not JSON", "a comma before the end of an object");
	is_not_json("{\"success\":true,\"total\":0,\"a\":[1, ]}", "it is not JSON", "or of a list");
	is_not_json("{\"success\":true,\"total\":0/**/}", "it is not JSON", "a comment");
	is_not_json("{\"success\":True,\"total\":0}", "it is not JSON", "True");
	is_not_json("{\"success\":true,\"total\":00}", "it is not JSON", "a leading zero");
	is_not_json("{\"success\":true,\"total\":+1}", "it is not JSON", "a plus");
	is_not_json("{\"success\":true,\"total\":1.}", "it is not JSON", "a point without digits");
	is_not_json("{\"success\":true,\"total\":1e}", "it is not JSON", "an exponent without digits");
	is_not_json("{\"success\":true,\"total\":NaN}", "it is not JSON", "NaN");
	is_not_json("{\"success\":true,\"total\":-Infinity}", "it is not JSON", "Infinity");
	is_not_json("{\"success\":true \"total\":0}", "it is not JSON", "a missing comma");
	is_not_json("{success:true}", "it is not JSON", "a name without quotes");
	is_not_json("{\"a\":\"\\x\"}", "it is not JSON", "an unknown escape");
	is_not_json("{\"a\":\"\\u12g4\"}", "it is not JSON", "a broken escape");
	is_not_json("{\"a\":\"x\ny\"}", "a string in it has a control character", "a raw newline in a string");
	is_malformed("[]", "it is not an object", "a list is no object");
	is_malformed("[{\"success\":true}]", "it is not an object", "even of objects");
	is_malformed("\"x\"", "it is not an object", "nor is a text");
	is_malformed("null", "it is not an object", "nor is null");
	is_malformed(" null ", "it is not an object", "nor is null in space");
	is_malformed("true", "it is not an object", "nor is a boolean");
	is_malformed("3", "it is not an object", "nor is a number");
	is_malformed("-1.5e3\n", "it is not an object", "nor is a fraction");
	is_malformed("\xEF\xBB\xBF" "false", "it is not an object", "nor behind a byte order mark");
	is_not_json("tru", "it ends too early", "a literal that is cut");
	is_not_json("12e", "it ends too early", "a number that is cut");
	is_not_json("-", "it ends too early", "a sign that is cut");
	is_not_json("\"x", "it ends too early", "a text that is cut");
	is_not_json("{", "it ends too early", "an object that is cut");
	is_not_json("{\"success\":true,\"total\":0}]", "something follows the JSON", "a bracket behind the object");
	is_not_json("{]", "it is not JSON", "brackets that do not fit");
	is_not_json("\xFF\xFE{", "it is not UTF-8 text", "UTF-16");

	is_page("\xEF\xBB\xBF" PAGE("", "0"), 0, 0, "a byte order mark may come first");
	is_page("\r\n\t " PAGE("", "0") " \r\n\t", 0, 0, "so may space, and last");
}

static void
test_utf8(void)
{
	static const struct
	{
		const char *bytes;
		const char *name;
	}			bad[] = {
		{"\xC0\x80", "overlong NUL"}, {"\xC1\xBF", "overlong, 2 bytes"}, {"\xE0\x9F\xBF", "overlong, 3 bytes"},
		{"\xF0\x8F\xBF\xBF", "overlong, 4 bytes"}, {"\xED\xA0\x80", "surrogate"}, {"\xF4\x90\x80\x80", "beyond Unicode"},
		{"\xF5\x80\x80\x80", "lead byte beyond Unicode"}, {"\x80", "continuation byte"}, {"\xFF", "no UTF-8 byte"},
		{"\xE4\xB8", "cut character"}, {"\xE4\xB8 ", "character cut by a space"}, {"\xE9t\xE9", "Latin-1"},
	};
	static const char *const good[] = {
		"\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
		"\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF",
	};
	char		json[100];
	const char	nul[] = LIST(JOB("a\0b")) ",\"total\":1}";

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		snprintf(json, sizeof(json), "{\"a\":\"%s\"}", bad[i].bytes);
		is_not_json(json, "it is not UTF-8 text", bad[i].name);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		snprintf(json, sizeof(json), "\"%s\"", good[i]);
		is_text(field_from(FIELD("jobType"), json), good[i], "the outermost UTF-8 characters are taken");
	}

	tuya_reply_free(&reply);
	ok(tuya_reply_parse(FORM, TUYA_ALL_FIELDS, nul, sizeof(nul) - 1, 1, NULL, &reply) == TUYA_REPLY_NOT_JSON,
	   "a raw NUL neither ends the document nor gets into a text");
	tuya_reply_free(&reply);
	ok(tuya_reply_parse(FORM, TUYA_ALL_FIELDS, "{\"success\":true,\"total\":0}\0", 26 + 1, 1, NULL, &reply) == TUYA_REPLY_NOT_JSON,
	   "nor may it come behind the document");
}

static void
test_large_integers(void)
{
	const char *reason = "an integer in it does not fit into 64 bits";

	is_malformed(PAGE("{\"jobId\":18446744073709551616}", "1"), reason, "2^64 is not clamped");
	is_malformed(PAGE("{\"jobId\":-9223372036854775809}", "1"), reason, "-2^63 - 1 is not clamped");
	is_malformed(PAGE("{\"jobId\":\"1\",\"x\":[99999999999999999999999]}", "1"), reason, "nor is any other number");
	is_page(PAGE("{\"jobId\":\"99999999999999999999999\"}", "1"), 1, 1, "digits in a text are no number");
}

/* Every prefix of a page is not JSON, without reading beyond it. */
static void
test_cut(void)
{
	const char *body = "{\"success\":true,\"a\":-1.5e+3,\"b\":\"\\u4e2d\xE4\xB8\xAD\",\"data\":{\"simpleOTAJobInfo\":"
		"[{\"jobId\":\"1\"}]},\"total\":1}";
	size_t		len = strlen(body);
	bool		right = true;

	for (size_t n = 0; n < len; n++)
	{
		char	   *exact = malloc(n > 0 ? n : 1);

		memcpy(exact, body, n);
		tuya_reply_free(&reply);
		right &= tuya_reply_parse(FORM, TUYA_ALL_FIELDS, exact, n, 1, NULL, &reply) == TUYA_REPLY_NOT_JSON && reply.nrows == 0;
		free(exact);
	}
	ok(right, "a reply that is cut, wherever, is not JSON");
	is_page(body, 1, 1, "the whole is a page");
	is_not_json("{\"success\":tr", "it ends too early", "cut in a word");
	is_not_json("{\"success\":true,\"a\":\"b", "it ends too early", "cut in a text");
	is_not_json("{\"success\":true", "it ends too early", "cut between members");
}

/* A page whose byte number cut of what matters begins 64 kB behind the start. */
static bool
is_right_when_cut(size_t cut)
{
	static const char before[] = "{\"success\":true,\"filler\":\"";
	static const char rest[] = "\",\"a\":[true,null,-12.5e+3,false],\"data\":{\"simpleOTAJobInfo\":[{\"jobId\":"
		"\"\\u00e4\\ud83d\\ude00\\n\xE4\xB8\xAD\xF0\x9F\x98\x80\",\"firmwareId\":1234567}]} , \"total\":1 } \n";
	size_t		filler = 64 * 1024 - (sizeof(before) - 1) - cut;
	char	   *body = malloc(64 * 1024 + sizeof(rest));
	bool		right;

	memcpy(body, before, sizeof(before) - 1);
	memset(body + sizeof(before) - 1, 'x', filler);
	memcpy(body + sizeof(before) - 1 + filler, rest, sizeof(rest));
	right = parse(body) == TUYA_REPLY_PAGE && reply.nrows == 1 &&
		strcmp(reply.rows[0].field[TUYA_FIELD_ID], "\xC3\xA4\xF0\x9F\x98\x80\n\xE4\xB8\xAD\xF0\x9F\x98\x80") == 0 &&
		strcmp(reply.rows[0].field[FIELD("firmwareId")], "1234567") == 0;
	free(body);
	return right && cut < sizeof(rest);
}

/* Parses prefix, n times "unit", suffix. */
static TuyaReplyStatus
parse_repeated(const char *prefix, const char *unit, size_t n, const char *suffix)
{
	size_t		size = strlen(prefix) + n * strlen(unit) + strlen(suffix) + 1;
	char	   *body = malloc(size);
	char	   *p = body;
	TuyaReplyStatus status;

	p += sprintf(p, "%s", prefix);
	for (size_t i = 0; i < n; i++)
		p += sprintf(p, "%s", unit);
	strcpy(p, suffix);
	status = parse(body);
	free(body);
	return status;
}

/* A large reply is parsed in slices, and parsing can be stopped. */
static void
test_slices(void)
{
	volatile sig_atomic_t stop = 1;
	size_t		cut = 0;

	while (is_right_when_cut(cut))
		cut++;
	ok(cut > 130, "a slice may end anywhere");
	if (cut <= 130)
		printf("# not at byte %zu: %s\n", cut, reply.reason);
	ok(parse_repeated("{\"success\":true,\"total\":0,\"x\":\"", "\xE4\xB8\xAD", 200000, "\"}") == TUYA_REPLY_PAGE,
	   "also where there is no ASCII");
	ok(parse_repeated("{\"success\":true,\"total\":0,\"x\":\"", "\x80", 200000, "\"}") == TUYA_REPLY_NOT_JSON,
	   "bytes that only go on a character are not UTF-8");
	tuya_reply_free(&reply);
	ok(tuya_reply_parse(FORM, TUYA_ALL_FIELDS, PAGE(JOB("1"), "1"), strlen(PAGE(JOB("1"), "1")), 1, &stop, &reply) == TUYA_REPLY_STOPPED &&
	   reply.nrows == 0 && reply.rows == NULL && reply.json == NULL, "stopped, it has no rows");
	stop = 0;
	tuya_reply_free(&reply);
	ok(tuya_reply_parse(FORM, TUYA_ALL_FIELDS, PAGE(JOB("1"), "1"), strlen(PAGE(JOB("1"), "1")), 1, &stop, &reply) == TUYA_REPLY_PAGE &&
	   reply.nrows == 1, "not stopped, it has them");
}

static void
test_limits(void)
{
	const char *head = "{\"success\":true,\"total\":0,\"data\":{\"simpleOTAJobInfo\":[";

	ok(parse_repeated(head, JOB("1") ",", REPLY_ROWS_MAX - 1, JOB("2") "]}}") == TUYA_REPLY_PAGE &&
	   reply.nrows == REPLY_ROWS_MAX, "as many rows as allowed");
	ok(parse_repeated(head, JOB("1") ",", REPLY_ROWS_MAX, JOB("2") "]}}") == TUYA_REPLY_MALFORMED &&
	   reply.nrows == 0, "one row more is malformed");
	is_text(reply.reason, "it has more jobs than any page can have", "and says why");
	ok(parse_repeated(head, "[],", 1000000, "1]}}") == TUYA_REPLY_MALFORMED, "a million lists are refused");
	is_text(reply.reason, "it has more members than any page of jobs can have", "and says why");
	ok(parse_repeated(head, "1,", 1000000, "1]}}") == TUYA_REPLY_MALFORMED, "so are a million numbers");
	is_text(reply.reason, "it has more members than any page of jobs can have", "and says why");

	ok(parse_repeated("{\"success\":true,\"total\":0,\"a\":", "[", 20, "]]]]]]]]]]]]]]]]]]]]}") == TUYA_REPLY_PAGE,
	   "20 levels are read");
	ok(parse_repeated("{\"success\":true,\"total\":0,\"a\":", "[", 10000, "") == TUYA_REPLY_MALFORMED,
	   "10000 levels are refused");
	is_text(reply.reason, "it nests too deeply", "and says why");

	ok(parse_repeated(PAGE("", "0"), " ", REPLY_BYTES_MAX - strlen(PAGE("", "0")), "") == TUYA_REPLY_PAGE,
	   "as many bytes as allowed");
	ok(parse_repeated(PAGE("", "0"), " ", REPLY_BYTES_MAX - strlen(PAGE("", "0")) + 1, "") == TUYA_REPLY_MALFORMED,
	   "one byte more is malformed");
	is_text(reply.reason, "it is larger than any page of jobs can be", "and says why");
}

/* Our own allocations only; for json-c's see test_json_memory. */
static void
test_no_memory(void)
{
	static const char *const bodies[] = {
		PAGE(JOB("1"), "1"),
		"{\"success\":false,\"code\":\"c\",\"errorMessage\":\"m\",\"requestId\":\"r\"}",
		"{\"success\":false}",
	};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
	{
		TuyaReplyStatus right = parse(bodies[i]);
		bool		reported = true;
		long		refused = 0;
		long		n;

		for (n = 0;; n++)
		{
			TuyaReplyStatus status;

			oom_arm(n);
			status = parse(bodies[i]);
			if (!oom_disarm())
				break;
			/* what failed may have been to take back the reserve, which does no harm yet */
			reported &= status == right ||
				(status == TUYA_REPLY_NO_MEMORY && reply.nrows == 0 && reply.json == NULL);
			refused += status == TUYA_REPLY_NO_MEMORY;
		}
		ok(reported && refused > 0, "whichever of %ld allocations fails, it is reported", n);
	}
}

int
main(void)
{
	test_documented();
	test_field_names();
	test_empty();
	test_success();
	test_total();
	test_current_page();
	test_errors();
	test_fields();
	test_ambiguous();
	test_order();
	test_plain();
	test_not_json();
	test_utf8();
	test_large_integers();
	test_cut();
	test_slices();
	test_limits();
	test_no_memory();
	tuya_reply_free(&reply);
	tuya_reply_free(&reply);
	ok(reply.json == NULL, "freeing twice does no harm");
	return done_testing();
}
