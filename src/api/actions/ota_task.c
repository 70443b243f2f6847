/*
 * ota_task.c
 *		ListOTATaskByJob: the tasks of a batch of updates, one for each device.
 *
 * The list's name is presumed.  The service does not go on behind row 100,000.
 */
#include "api/action.h"

static const TuyaField fields[] = {
	{"taskId", "task_id", "text", TUYA_TIME_ISO8601,
	"taskId: number of the task, of one device in one batch"},
	{"deviceName", "device_name", "text", TUYA_TIME_ISO8601,
	"deviceName: the device"},
	{"taskStatus", "task_status", "text", TUYA_TIME_ISO8601,
	"taskStatus: state of the task: of the device in the batch"},
	{"taskDesc", "task_desc", "text", TUYA_TIME_ISO8601,
	"taskDesc: what became of it, such as the error of a task that failed"},
	{"progress", "progress", "text", TUYA_TIME_ISO8601,
	"progress: how far it is, in percent"},
	{"srcVersion", "src_version", "text", TUYA_TIME_ISO8601,
	"srcVersion: version from which it updates"},
	{"destVersion", "dest_version", "text", TUYA_TIME_ISO8601,
	"destVersion: version to which it updates"},
	{"moduleName", "module_name", "text", TUYA_TIME_ISO8601,
	"moduleName: module that is updated"},
	{"firmwareId", "firmware_id", "text", TUYA_TIME_ISO8601,
	"firmwareId: firmware that is installed"},
	{"productKey", "product_key", "text", TUYA_TIME_ISO8601,
	"productKey: product of the device"},
	{"productName", "product_name", "text", TUYA_TIME_ISO8601,
	"productName: name of the product"},
	{"iotId", "iot_id", "text", TUYA_TIME_ISO8601,
	"iotId: identifier of the device, which the service gave it"},
	{"timeout", "timeout", "text", TUYA_TIME_ISO8601,
	"timeout: minutes after which the task fails"},
	{"utcCreate", "utc_create", "timestamptz", TUYA_TIME_ISO8601,
	"utcCreate: when it was created"},
	{"utcModified", "utc_modified", "timestamptz", TUYA_TIME_ISO8601,
	"utcModified: when it was last changed"},
	{"jobId", NULL, "text", TUYA_TIME_ISO8601,
	"jobId: the upgrade batch, as it was asked for"},
};

const TuyaAction tuya_ota_task = {
	.name = "ListOTATaskByJob",
	.table = "ota_task",
	.comment = "tasks of an upgrade batch, one for each device, by ListOTATaskByJob",
	.keys = {
		{.parameter = "JobId",.column = "job_id",.comment = "JobId that was asked for"},
		{.parameter = "TaskStatus",.column = "task_status",.optional = true},
	},
	.nkeys = 2,
	.page_parameter = "CurrentPage",
	.size_parameter = "PageSize",
	.page_size_max = 100,
	.rows_per_lookup = 1000,
	.rows_max = 100000,
	.reply = {
		.paging = TUYA_PAGING_NUMBER,
		.list = {"data", "simpleOTATaskInfo"},
		.fields = fields,
		.nfields = sizeof(fields) / sizeof(fields[0]),
		.row = "task",
		.rows = "tasks",
		.keyed_by = "job",
		.nouns = "job task",
	},
};
