/*
 * test_action.c
 *		Promises of action.h: what core does, it does by the action's table alone.
 *
 * Two actions that the extension does not have go from their keys to a signed
 * query, and from replies to rows that add up: one has another number of keys,
 * other names of parameters, other fields, and list and totals in other places;
 * the other has no key and no pages.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/action.h"
#include "api/error_field.h"
#include "api/query.h"
#include "core/round.h"
#include "core/sign.h"
#include "test.h"

static const TuyaField task_fields[] = {
	{"taskId", "task_id", "text", TUYA_TIME_ISO8601},
	{"progress", "progress", "text", TUYA_TIME_ISO8601},
	{"taskStatus", "task_status", "text", TUYA_TIME_ISO8601},
};

static const TuyaAction tasks = {
	.name = "ListTasks",
	.version = "2018-01-20",
	.table = "task",
	.keys = {
		{.parameter = "JobId", .column = "job_id"},
		{.parameter = "TaskStatus", .column = "task_status", .optional = true},
	},
	.nkeys = 2,
	.page_parameter = "PageNo",
	.size_parameter = "PageRows",
	.page_size_max = 2,
	.reply = {
		.paging = TUYA_PAGING_NUMBER,
		.list = {"data", "list", "taskInfo"},
		.totals = {"data"},
		.fields = task_fields,
		.nfields = 3,
		.row = "task",
		.rows = "tasks",
		.keyed_by = "job",
	},
};

static const TuyaField module_fields[] = {
	{"moduleName", "module_name", "text", TUYA_TIME_ISO8601},
	{"aliasName", "alias_name", "text", TUYA_TIME_ISO8601},
	{"desc", "description", "text", TUYA_TIME_ISO8601},
};

static const TuyaAction modules = {
	.name = "ListModules",
	.table = "module",
	.reply = {
		.list = {"modules"},
		.fields = module_fields,
		.nfields = 3,
		.row = "module",
		.rows = "modules",
		.keyed_by = "account",
	},
};

static const TuyaField device_fields[] = {
	{"deviceId", "device_id", "text", TUYA_TIME_ISO8601, NULL},
};

static const TuyaAction devices = {
	.name = "ListDevices",
	.table = "device",
	.page_parameter = "CurrentPage",
	.size_parameter = "PageSize",
	.token_parameter = "NextToken",
	.page_size_max = 2,
	.reply = {
		.paging = TUYA_PAGING_TOKEN,
		.list = {"data", "device"},
		.token = {"data", "nextToken"},
		.fields = device_fields,
		.nfields = 1,
		.row = "device",
		.rows = "devices",
		.keyed_by = "product",
	},
};

static TuyaReply reply;

static TuyaReplyStatus
parse(const TuyaAction *action, const char *body, int64_t page)
{
	tuya_reply_free(&reply);
	return tuya_reply_parse(&action->reply, TUYA_ALL_FIELDS, body, strlen(body), page, NULL, &reply);
}

static void
is_malformed(const TuyaAction *action, const char *body, const char *reason)
{
	ok(parse(action, body, 1) == TUYA_REPLY_MALFORMED, "malformed: %s", body);
	is_text(reply.reason, reason, "... and says why");
}

/* The signed query of page 3, without its signature. */
static const char *
query_of(const TuyaAction *action, const char *const *value, const char *token, TuyaBuf *buf)
{
	const char *parameter[TUYA_KEYS_MAX];
	TuyaParam	params[TUYA_ACTION_PARAMS_MAX + 1];
	TuyaSigner *signer = tuya_signer_create("secret");
	bool		signed_it;
	char	   *signature;
	int			n;

	for (int key = 0; key < action->nkeys; key++)
		parameter[key] = action->keys[key].parameter;
	n = tuya_action_put_params(action, parameter, value, &(TuyaPageParams) {"3", "2", token}, params);
	params[n++] = (TuyaParam) {"Timestamp", "t"};
	tuya_buf_init(buf, 1000);
	signed_it = tuya_sign_append_query(buf, params, (size_t) n, signer);
	tuya_signer_free(signer);
	if (!signed_it)
		return NULL;
	signature = strstr(buf->data, "&Signature=");
	if (signature == NULL || strlen(signature) < 20)
		return NULL;
	*signature = '\0';
	return buf->data;
}

static void
is_query_by(const TuyaAction *action, const char *const *value, const char *token, const char *expected)
{
	TuyaBuf		buf;

	is_text(query_of(action, value, token, &buf), expected, expected);
	tuya_buf_free(&buf);
}

static void
is_query(const TuyaAction *action, const char *const *value, const char *expected)
{
	is_query_by(action, value, NULL, expected);
}

static void
test_query(void)
{
	is_query(&tasks, (const char *[]) {"7 8", "FAILED"},
			 "Action=ListTasks&JobId=7%208&PageNo=3&PageRows=2&TaskStatus=FAILED&Timestamp=t&Version=2018-01-20");
	is_query(&tasks, (const char *[]) {"7", NULL},
			 "Action=ListTasks&JobId=7&PageNo=3&PageRows=2&Timestamp=t&Version=2018-01-20");
	is_query(&modules, NULL, "Action=ListModules&Timestamp=t");
	is_query(&devices, NULL, "Action=ListDevices&CurrentPage=3&PageSize=2&Timestamp=t");
	is_query_by(&devices, NULL, "a +/=&\xC3\xA4\n",
				"Action=ListDevices&CurrentPage=3&NextToken=a%20%2B%2F%3D%26%C3%A4%0A&PageSize=2&Timestamp=t");
	is_query_by(&tasks, (const char *[]) {"7", NULL}, "none of its parameters",
				"Action=ListTasks&JobId=7&PageNo=3&PageRows=2&Timestamp=t&Version=2018-01-20");
	is_query(&tuya_ota_job, (const char *[]) {"p", "d", "f"},
			 "Action=ListOTAJobByDevice&CurrentPage=3&DeviceName=d&FirmwareId=f&PageSize=2&ProductKey=p&Timestamp=t");
}

static void
test_keys(void)
{
	ok(tuya_action_find_key(&tasks, "taskSTATUS") == 1 && tuya_action_find_key(&tasks, "ProductKey") == -1,
	   "keys are the action's own, in any case");
	ok(tuya_action_required_keys(&tasks) == 1 && tuya_action_required_keys(&modules) == 0 &&
	   tuya_action_required_keys(&tuya_ota_job) == 7, "and some may be left out");
	ok(tuya_action_field_of_key(&tasks, 1) == 2 && tuya_action_field_of_key(&tasks, 0) == -1,
	   "these narrow what a field shows");
	ok(tuya_action_any_has_key("firmwareID") && tuya_action_any_has_key("JOBID") && !tuya_action_any_has_key("BatchId"),
	   "a key of any action, but of no other");
	ok(tuya_action_any_has_parameter("action") && tuya_action_any_has_parameter("CURRENTPAGE") &&
	   tuya_action_any_has_parameter("pagesize") && tuya_action_any_has_parameter("devicename") &&
	   !tuya_action_any_has_parameter("Version"), "likewise parameters");
	ok(tuya_action_any_has_field("JOBID") && tuya_action_any_has_field("taskid") && !tuya_action_any_has_field("batchId"), "likewise fields");
	ok(tuya_action_any_has_field("fetchedat") && tuya_action_any_has_field("RequestId") &&
	   !tuya_action_any_has_field("fetched_at"), "and what is known of each page");
}

static bool
same_bytes(const TuyaQuery *left, const TuyaQuery *right)
{
	char		l[200];
	char		r[200];
	size_t		len = tuya_query_bytes(left, NULL, 0);

	return len <= sizeof(l) && len == tuya_query_bytes(right, NULL, 0) &&
		tuya_query_bytes(left, l, sizeof(l)) == len && tuya_query_bytes(right, r, len) == len && memcmp(l, r, len) == 0;
}

/* What a lookup asks for is told from others by all that changes its result. */
static void
test_same(void)
{
	char		value[] = "7";
	char		parameter[] = "JobId";
	const TuyaQuery query = {
		.asker = "me",.action = &tasks,.parameter = {parameter, "TaskStatus"},.value = {value, NULL},
		.page_size = 2
	};
	void	   *place = malloc(tuya_query_size(&query));
	TuyaQuery  *copy = tuya_query_copy(&query, place);
	TuyaQuery	other = query;
	TuyaAction	elsewhere = tasks;

	ok(same_bytes(&query, copy), "a copy asks for the same");
	value[0] = parameter[0] = 'X';
	is_text(copy->value[0], "7", "and goes on doing so");
	is_text(copy->parameter[0], "JobId", "in all its texts");
	ok(!same_bytes(&query, copy) && copy->value[1] == NULL, "another value is something else");
	free(place);

#define DIFFERS(change, what) \
	(other = query, change, ok(!same_bytes(&query, &other), "so is another " what))
	DIFFERS(other.asker[TUYA_ASKER_BYTES - 1] = 1, "asker");
	DIFFERS(other.action = &modules, "action");
	DIFFERS(other.value[1] = "", "value of an optional key");
	DIFFERS(other.parameter[1] = "taskStatus", "spelling of a parameter");
	DIFFERS(other.page_size = 1, "page size");
	DIFFERS(other.on_incomplete = TUYA_INCOMPLETE_WARNING, "way with pages that do not add up");
	DIFFERS(other.ignored_codes = "a", "list of codes");
	DIFFERS(other.list_path = "a", "place of the list");
	DIFFERS(other.fields = TUYA_FIELD(1), "set of fields");
	DIFFERS((other.value[0] = "X\1TaskStatus", other.parameter[1] = ""), "split of the same bytes");
	other = query;
	other.value[2] = "none of the action's";
	ok(same_bytes(&query, &other), "keys that the action does not have are not looked at");

	other = query;
	other.action = &elsewhere;
	ok(same_bytes(&query, &other), "nor where anything is in memory, which another session has elsewhere");

	other = (TuyaQuery) {.action = &modules,.page_size = 2};
	ok(same_bytes(&other, &(TuyaQuery) {.action = &modules,.page_size = 2}) && !same_bytes(&other, &query),
	   "an action without keys has one lookup");
}

/* Where the list is may be told: names of members, by dots. */
static void
test_list_path(void)
{
	static const char *const wrong[] = {"", ".", "a.", ".a", "a..b", "a b", "a.b.c.d.e", "a[0]", "\xC3\xA4", "a\n"};
	TuyaQuery	query = {.action = &tasks};
	TuyaListForm place;
	TuyaQuery  *copy;
	char		longest[LIST_PATH_SIZE_MAX + 1];

	ok(tuya_query_form(&query, &place) == &tasks.reply, "the list is where the action has it");
	query.list_path = "Info.x_-9.list.d";
	copy = tuya_query_copy(&query, malloc(tuya_query_size(&query)));
	ok(tuya_query_form(copy, &place) == &place.form && copy->list_path != query.list_path, "or elsewhere");
	free(copy);
	is_text(place.form.list[0], "Info", "by its first name");
	is_text(place.form.list[3], "d", "and its last");
	ok(place.form.list[4] == NULL && place.form.fields == tasks.reply.fields, "all else is as it was");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(tuya_list_path_apply(&place, &tasks.reply, wrong[i]) != NULL, "\"%s\" is no path", wrong[i]);
	memset(longest, 'a', sizeof(longest));
	longest[LIST_PATH_SIZE_MAX] = '\0';
	ok(tuya_list_path_apply(&place, &tasks.reply, longest) != NULL, "nor is what is too long");
	longest[LIST_PATH_SIZE_MAX - 1] = '\0';
	ok(tuya_list_path_apply(&place, &tasks.reply, longest) == NULL, "by one");
}

/* A secret is in no row that is not to show it. */
static void
test_secret(void)
{
	TuyaAction	devices = modules;

	ok(tuya_reply_secret_field(&devices.reply) == -1, "most actions have no secret");
	devices.reply.secret = "DESC";
	ok(parse(&devices, "{\"success\":true,\"modules\":[{\"moduleName\":\"a\",\"aliasName\":\"b\",\"desc\":\"x\"}]}",
			 1) == TUYA_REPLY_PAGE, "one that has");
	is_text(reply.rows[0].field[2], "x", "has it in its rows");
	ok(tuya_reply_open_fields(&modules.reply) == TUYA_ALL_FIELDS &&
	   tuya_reply_open_fields(&devices.reply) == (TUYA_ALL_FIELDS & ~TUYA_FIELD(2)), "but it is not of the open fields");
	for (int i = 0; tuya_actions[i] != NULL; i++)
	{
		const TuyaReplyForm *form = &tuya_actions[i]->reply;
		int			secret = tuya_reply_secret_field(form);

		ok(form->secret == NULL || (secret > TUYA_FIELD_ID && form->fields[secret].column == NULL),
		   "%s has its secret in no column of its own", tuya_actions[i]->name);
	}
	ok(tuya_action_any_has_secret("DEVICEsecret") && !tuya_action_any_has_secret("deviceName"),
	   "and it is known by its name, in any case");
}

/* A page without the list says what it has in its place. */
static void
test_instead(void)
{
	is_malformed(&modules, "{\"success\":true,\"rows\":[]}", "it has no list of modules");
	ok(reply.misses_list, "for want of a list");
	is_text(reply.instead, "it has \"success\", \"rows\"", "there are the members by their names");
	is_malformed(&tasks, "{\"success\":true,\"data\":{\"total\":1,\"list\":{\"t\\u0007\\u00e4\":[7]}}}", "it has no list of tasks");
	is_text(reply.instead, "list has \"t???\"", "where the way ends, in printable ASCII");
	ok(parse(&tasks, "{\"success\":true,\"data\":{\"total\":0,\"list\":{\"t\":[7]}}}", 1) == TUYA_REPLY_PAGE && !reply.misses_list,
	   "no rows need no list");
	ok(parse(&tasks, "{\"success\":true,\"data\":{\"total\":1,\"list\":{}}}", 1) == TUYA_REPLY_PAGE,
	   "nor does one that is nowhere else");
}

/* What the parser says of the page, and then the round. */
static TuyaRoundVerdict
add_page(TuyaRound *round, const TuyaAction *action, const char *body, bool *fresh)
{
	const char *ids[10];
	TuyaRoundPage page = {.ids = ids};

	if (parse(action, body, tuya_round_page(round)) != TUYA_REPLY_PAGE || reply.nrows > 10)
		return TUYA_ROUND_NO_MEMORY;
	for (size_t i = 0; i < reply.nrows; i++)
		ids[i] = reply.rows[i].field[TUYA_FIELD_ID];
	page.token = reply.token;
	page.has_total = reply.has_total;
	page.total = reply.total;
	page.nrows = reply.nrows;
	return tuya_round_add_page(round, &page, fresh);
}

static void
test_pages(void)
{
	TuyaRound  *round = tuya_round_create(&(TuyaRoundRules) {0});
	bool		fresh[10];

	ok(add_page(round, &tasks, "{\"success\":true,\"data\":{\"total\":\"3\",\"currentPage\":1,\"list\":{\"taskInfo\":["
				"{\"taskId\":\"1\",\"progress\":50,\"jobId\":\"7\"},{\"TaskID\":\"2\"}]}}}", fresh) == TUYA_ROUND_MORE,
	   "the first page of a list in another place");
	ok(reply.nfields == 3 && fresh[0] && fresh[1], "its rows are there");
	is_text(reply.rows[0].field[1], "50", "with the action's fields");
	is_text(reply.rows[1].field[1], NULL, "as far as they are sent");
	ok(add_page(round, &tasks, "{\"success\":true,\"data\":{\"total\":3,\"currentPage\":2,\"list\":{\"taskInfo\":["
				"{\"taskId\":\"3\"}]}}}", fresh) == TUYA_ROUND_COMPLETE, "with the last page it adds up");
	tuya_round_destroy(round);

	round = tuya_round_create(&(TuyaRoundRules) {0});
	ok(add_page(round, &modules, "{\"success\":true,\"total\":9,\"currentPage\":4,\"modules\":["
				"{\"moduleName\":\"a\",\"desc\":\"x\"},{\"moduleName\":\"b\"}]}", fresh) == TUYA_ROUND_COMPLETE,
	   "where there are no pages, one reply is all");
	is_text(reply.rows[0].field[2], "x", "with its fields");
	tuya_round_destroy(round);

	round = tuya_round_create(&(TuyaRoundRules) {0});
	ok(add_page(round, &modules, "{\"success\":true,\"modules\":[{\"moduleName\":\"a\"},{\"moduleName\":\"a\"}]}",
				fresh) == TUYA_ROUND_MORE && tuya_round_number(round) == 2,
	   "unless it has one row twice");
	tuya_round_destroy(round);
	ok(parse(&modules, "{\"success\":true,\"modules\":[]}", 1) == TUYA_REPLY_PAGE && reply.nrows == 0,
	   "or none");
}

/* What the parser says of a token, given as the member of "data" that has it. */
static const char *
token_of(const char *member)
{
	char		body[2 * REPLY_TOKEN_BYTES_MAX];

	snprintf(body, sizeof(body), "{\"success\":true,\"currentPage\":9,\"data\":{%s\"device\":[{\"deviceId\":1}]}}", member);
	return parse(&devices, body, 1) == TUYA_REPLY_PAGE && reply.nrows == 1 && !reply.has_total ? reply.token : "no page";
}

static const char *
token_of_length(int len)
{
	char		member[2 * REPLY_TOKEN_BYTES_MAX];

	snprintf(member, sizeof(member), "\"nextToken\":\"%0*d\",", len, 7);
	return token_of(member);
}

static void
test_tokens(void)
{
	is_text(token_of("\"nextToken\":\"a+/=\","), "a+/=", "a token is read, and a total not needed");
	is_text(token_of("\"NEXTTOKEN\":\"a\","), "a", "... in any case");
	is_text(token_of("\"nextToken\":17,"), "17", "... and if it is a number");
	is_text(token_of("\"nextToken\":\"a\\n\\u00e4\","), "a\n\xC3\xA4", "... whatever is in it");
	is_text(token_of("\"nextToken\":\"\","), "", "an empty one is told");
	is_text(token_of("\"nextToken\":null,"), NULL, "but null is none");
	is_text(token_of(""), NULL, "nor is what is not there");
	is_text(token_of("\"token\":\"a\","), NULL, "or is another");
	is_text(token_of("\"nextToken\":\"a\\u0000b\","), "no page", "one with a NUL cannot be sent back");
	is_text(reply.reason, "a string in it has \\u0000, which PostgreSQL's text cannot store", "... and says why");
	is_text(token_of("\"nextToken\":\"a\",\"NextToken\":\"b\","), "no page", "of two nobody knows which");
	is_text(token_of("\"nextToken\":[],"), "no page", "it must be a text");
	is_text(reply.reason, "a token has an object, an array or a boolean for a text", "... and says why");
	ok(strlen(token_of_length(REPLY_TOKEN_BYTES_MAX)) == REPLY_TOKEN_BYTES_MAX, "it may be long");
	is_text(token_of_length(REPLY_TOKEN_BYTES_MAX + 1), "no page", "but not longer");
	is_text(reply.reason, "its nextToken is too long", "... and says why");
	ok(parse(&devices, "{\"success\":true,\"data\":\"\",\"total\":0}", 1) == TUYA_REPLY_PAGE && reply.token == NULL,
	   "where nothing is on the way to it there is none");
	is_malformed(&devices, "{\"success\":true,\"data\":{\"nextToken\":\"\"}}", "it has neither devices nor a total");
	is_malformed(&devices, "{\"success\":true,\"total\":\"x\",\"data\":{\"device\":[]}}",
				 "its total is not a whole number from 0 on");
}

static void
test_walk(void)
{
	TuyaRound  *round = tuya_round_create(&(TuyaRoundRules) {.by_token = true});
	bool		fresh[10];

	ok(add_page(round, &devices, "{\"success\":true,\"data\":{\"device\":[{\"deviceId\":\"1\"}],\"nextToken\":\"x y\"}}",
				fresh) == TUYA_ROUND_MORE, "a page with a token has another after it");
	is_text(tuya_round_token(round), "x y", "which is asked by it");
	ok(add_page(round, &devices, "{\"success\":true,\"total\":2,\"data\":{\"device\":[{\"deviceId\":\"2\"}],\"nextToken\":\"\"}}",
				fresh) == TUYA_ROUND_COMPLETE, "and an empty one ends it");
	tuya_round_destroy(round);
}

/* One path, three forms. */
static void
test_list_varies(void)
{
	TuyaAction	varied = modules;

	varied.reply.list_varies = true;
	ok(parse(&varied, "{\"success\":true,\"modules\":[{\"moduleName\":\"a\"},{\"moduleName\":\"b\"}]}", 1) == TUYA_REPLY_PAGE &&
	   reply.nrows == 2 && reply.total == 2, "the list itself");
	ok(parse(&varied, "{\"success\":true,\"modules\":{\"n\":2,\"info\":[{\"moduleName\":\"a\"},{\"moduleName\":\"b\"}]}}", 1) ==
	   TUYA_REPLY_PAGE && reply.nrows == 2, "an object that has it");
	ok(parse(&varied, "{\"success\":true,\"modules\":{\"info\":[]}}", 1) == TUYA_REPLY_PAGE && reply.nrows == 0 &&
	   reply.has_total, "... be it empty");
	ok(parse(&varied, "{\"success\":true,\"modules\":{\"ModuleName\":\"a\",\"tags\":[1],\"desc\":\"x\"}}", 1) == TUYA_REPLY_PAGE &&
	   reply.nrows == 1 && reply.total == 1, "the only row");
	is_text(reply.rows[0].field[2], "x", "... with its fields");
	is_malformed(&varied, "{\"success\":true,\"modules\":{\"a\":[],\"b\":[]}}", "its modules is not a list");
	is_malformed(&varied, "{\"success\":true,\"modules\":{\"a\":1}}", "its modules is not a list");
	is_malformed(&varied, "{\"success\":true,\"modules\":{\"moduleName\":null,\"a\":[]}}", "a module has no moduleName");
	is_malformed(&varied, "{\"success\":true,\"modules\":{\"a\":[1]}}", "a module is not an object");
	is_malformed(&varied, "{\"success\":true,\"modules\":{}}", "it has no list of modules");
	is_malformed(&varied, "{\"success\":true,\"modules\":null}", "it has no list of modules");
	is_malformed(&varied, "{\"success\":true,\"modules\":7}", "its modules is not a list");
	is_malformed(&modules, "{\"success\":true,\"modules\":{\"info\":[]}}", "its modules is not a list");
	is_malformed(&modules, "{\"success\":true,\"modules\":null}", "it has no list of modules");
	is_malformed(&modules, "{\"success\":true,\"modules\":{}}", "it has no list of modules");
	is_malformed(&modules, "{\"success\":true}", "it has no list of modules");
}

static void
test_malformed(void)
{
	is_malformed(&tasks, "{\"success\":true,\"data\":{\"total\":1,\"list\":{\"taskInfo\":[{\"jobId\":\"1\"}]}}}",
				 "a task has no taskId");
	is_malformed(&tasks, "{\"success\":true,\"data\":{\"total\":1,\"list\":{\"taskInfo\":7}}}",
				 "its taskInfo is not a list");
	is_malformed(&tasks, "{\"success\":true,\"data\":{\"total\":1,\"list\":7}}", "its list is not an object");
	is_malformed(&tasks, "{\"success\":true,\"data\":{\"total\":1,\"list\":{\"taskInfo\":[],\"TaskInfo\":[]}}}",
				 "it has two members whose names differ only in case");
	is_malformed(&tasks, "{\"success\":true,\"data\":{\"total\":1,\"Total\":1,\"list\":{\"taskInfo\":[]}}}",
				 "it has two members whose names differ only in case");
	/* the outermost total is not this action's */
	is_malformed(&tasks, "{\"success\":true,\"total\":0,\"data\":{}}", "it has neither tasks nor a total");
	is_malformed(&tasks, "{\"success\":true,\"total\":1,\"data\":{\"list\":{\"taskInfo\":[{\"taskId\":\"1\"}]}}}",
				 "it has tasks but no total");
	is_malformed(&tasks, "{\"success\":true,\"data\":{\"total\":1,\"currentPage\":2,\"list\":{\"taskInfo\":[]}}}",
				 "its currentPage is not the page that was asked for");
	is_malformed(&modules, "{\"success\":true,\"total\":0}", "it has no list of modules");
	ok(parse(&tasks, "{\"success\":true,\"data\":{\"total\":0,\"list\":\"\"}}", 1) == TUYA_REPLY_PAGE,
	   "a total of none is enough where nothing is on the way to the list");
}

/* What each action's table must hold for core to go by it. */
static void
test_tables(void)
{
	for (int i = 0; tuya_actions[i] != NULL; i++)
	{
		const TuyaAction *action = tuya_actions[i];
		bool		paged = action->reply.paging != TUYA_PAGING_NONE;

		ok(action->nkeys >= 0 && action->nkeys <= TUYA_KEYS_MAX &&
		   action->reply.nfields > 0 && action->reply.nfields <= REPLY_FIELDS_MAX,
		   "%s has as many keys and fields as there may be", action->name);
		ok(action->reply.list[0] != NULL &&
		   (!paged || (action->page_size_max > 0 && action->page_size_max <= TUYA_PAGE_SIZE_MAX)),
		   "and a list and pages");
		ok((action->reply.paging == TUYA_PAGING_TOKEN) == (action->token_parameter != NULL) &&
		   (action->reply.paging == TUYA_PAGING_TOKEN) == (action->reply.token[0] != NULL) &&
		   paged == (action->size_parameter != NULL) && (paged || action->page_parameter == NULL) &&
		   (action->reply.paging != TUYA_PAGING_NUMBER || action->page_parameter != NULL),
		   "and what these are asked by");
		for (int key = 0; key < action->nkeys; key++)
			ok(!action->keys[key].optional || tuya_action_field_of_key(action, key) >= 0,
			   "%s is required, or narrows what a field shows", action->keys[key].parameter);
		for (int field = 0; field < action->reply.nfields; field++)
			ok(tuya_reply_find_field(&action->reply, action->reply.fields[field].name) == field,
			   "%s is there once", action->reply.fields[field].name);
	}
}

/* What every table may show has names that tell, and that no action's field hides. */
static void
test_fields_of_all(const TuyaField *fields, int nfields, int (*find) (const char *name))
{
	for (int i = 0; i < nfields; i++)
	{
		const TuyaField *field = &fields[i];

		ok(find(field->name) == i, "%s is there once", field->name);
		ok(field->column != NULL && field->type != NULL && field->comment != NULL,
		   "and has a column, its type and what it is");
		for (int a = 0; tuya_actions[a] != NULL; a++)
			ok(tuya_reply_find_field(&tuya_actions[a]->reply, field->name) < 0,
			   "%s has no field that hides it", tuya_actions[a]->name);
	}
	ok(find("jobId") < 0 && find("error") < 0 && find("") < 0, "and no other");
}

static void
test_error_fields(void)
{
	test_fields_of_all(tuya_error_fields, TUYA_ERROR_FIELDS, tuya_error_field_find);
	for (int i = 0; i < TUYA_ERROR_FIELDS; i++)
		ok(!tuya_action_any_has_field(tuya_error_fields[i].name), "no page has it either");
	ok(tuya_error_field_find("ERRORCODE") == TUYA_ERROR_FIELD_CODE, "in any case of letters");
}

int
main(void)
{
	test_query();
	test_keys();
	test_same();
	test_pages();
	test_tokens();
	test_walk();
	test_list_varies();
	test_malformed();
	test_list_path();
	test_secret();
	test_instead();
	test_tables();
	test_fields_of_all(tuya_page_fields, TUYA_PAGE_FIELDS, tuya_action_find_page_field);
	test_error_fields();
	tuya_reply_free(&reply);
	return done_testing();
}
