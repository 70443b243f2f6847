/*
 * ota_open_task.c
 *		ListOTAUnfinishedTaskByDevice: the tasks of a device that are not at their end.
 *
 * The list's name is presumed.  One reply has them all.
 */
#include "api/action.h"

static const TuyaField fields[] = {
	{"taskId", "task_id", "text", TUYA_TIME_ISO8601,
	"taskId: number of the task, of one device in one batch"},
	{"jobId", "job_id", "text", TUYA_TIME_ISO8601,
	"jobId: the upgrade batch"},
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
	{"productKey", NULL, "text", TUYA_TIME_ISO8601,
	"productKey: product of the device, as it was asked for"},
	{"deviceName", NULL, "text", TUYA_TIME_ISO8601,
	"deviceName: the device, as it was asked for"},
};

const TuyaAction tuya_ota_open_task = {
	.name = "ListOTAUnfinishedTaskByDevice",
	.table = "ota_open_task",
	.comment = "unfinished upgrade tasks of a device, by ListOTAUnfinishedTaskByDevice",
	.keys = {
		{.parameter = "ProductKey",.column = "product_key",.comment = "ProductKey that was asked for"},
		{.parameter = "DeviceName",.column = "device_name",.comment = "DeviceName that was asked for"},
		{.parameter = "TaskStatus",.column = "task_status",.optional = true},
		{.parameter = "ModuleName",.column = "module_name",.optional = true},
	},
	.nkeys = 4,
	.rows_per_lookup = 1,
	.reply = {
		.paging = TUYA_PAGING_NONE,
		.list = {"data", "simpleOTATaskInfo"},
		.fields = fields,
		.nfields = sizeof(fields) / sizeof(fields[0]),
		.row = "task",
		.rows = "tasks",
		.keyed_by = "product or device",
		.nouns = "product prod device task",
	},
};
