/*
 * task.c
 *		An action that the API does not have, for test/t/057_other_actions.pl: one key is
 *		required and one optional, pages have other names, the list is elsewhere.
 */
#include "api/action.h"

static const TuyaField fields[] = {
	{"taskId", "task_id", "text", TUYA_TIME_ISO8601},
	{"progress", "progress", "int", TUYA_TIME_ISO8601},
	{"taskStatus", "task_status", "text", TUYA_TIME_ISO8601},
};

extern const TuyaAction tuya_added;

const TuyaAction tuya_added = {
	.name = "ListTasks",
	.table = "task",
	.keys = {
		{.parameter = "JobId",.column = "job_id"},
		{.parameter = "TaskStatus",.column = "task_status",.optional = true},
	},
	.nkeys = 2,
	.page_parameter = "PageNo",
	.size_parameter = "PageRows",
	.page_size_max = 5,
	.reply = {
		.paging = TUYA_PAGING_NUMBER,
		.list = {"data", "list", "taskInfo"},
		.totals = {"data"},
		.fields = fields,
		.nfields = sizeof(fields) / sizeof(fields[0]),
		.row = "task",
		.rows = "tasks",
		.keyed_by = "job",
		.nouns = "job",
	},
};
