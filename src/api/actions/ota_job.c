/*
 * ota_job.c
 *		ListOTAJobByDevice: the batches of updates of one firmware that a device is in.
 */
#include "api/action.h"

static const TuyaField fields[] = {
	{"jobId", "job_id", "text", TUYA_TIME_ISO8601,
	"jobId: number of the upgrade batch, of 19 digits"},
	{"jobStatus", "job_status", "text", TUYA_TIME_ISO8601,
	"jobStatus: state of the upgrade batch"},
	{"jobType", "job_type", "text", TUYA_TIME_ISO8601,
	"jobType: what the upgrade batch does"},
	{"selectionType", "selection_type", "text", TUYA_TIME_ISO8601,
	"selectionType: how its devices were selected"},
	{"targetSelection", "target_selection", "text", TUYA_TIME_ISO8601,
	"targetSelection: which devices it is for"},
	{"utcCreate", "utc_create", "timestamptz", TUYA_TIME_ISO8601,
	"utcCreate: when it was created"},
	{"utcModified", "utc_modified", "timestamptz", TUYA_TIME_ISO8601,
	"utcModified: when it was last changed"},
	{"productKey", "package_product_key", "text", TUYA_TIME_ISO8601,
	"productKey: product of the upgrade package"},
	{"firmwareId", "package_firmware_id", "text", TUYA_TIME_ISO8601,
	"firmwareId: firmware of the upgrade package"},
};

const TuyaAction tuya_ota_job = {
	.name = "ListOTAJobByDevice",
	.is_default = true,
	.table = "ota_job",
	.comment = "upgrade batches (jobs) of a device and firmware, by ListOTAJobByDevice",
	.keys = {
		{.parameter = "ProductKey",.column = "product_key",.comment = "ProductKey that was asked for"},
		{.parameter = "DeviceName",.column = "device_name",.comment = "DeviceName that was asked for"},
		/* the documentation has FirmwareID, too: a column's option may say so */
		{.parameter = "FirmwareId",.column = "firmware_id",.comment = "FirmwareId that was asked for"},
	},
	.nkeys = 3,
	.page_parameter = "CurrentPage",
	.size_parameter = "PageSize",
	.page_size_max = 100,
	.reply = {
		.paging = TUYA_PAGING_NUMBER,
		.list = {"data", "simpleOTAJobInfo"},
		.fields = fields,
		.nfields = sizeof(fields) / sizeof(fields[0]),
		.row = "job",
		.rows = "jobs",
		.keyed_by = "product or device",
		.nouns = "product prod device firmware package job",
	},
};
