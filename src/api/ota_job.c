/*
 * ota_job.c
 *		ListOTAJobByDevice: the batches of updates of one firmware that a device is in.
 */
#include "api/action.h"

static const TuyaField fields[] = {
	{"jobId", "job_id", "text NOT NULL", TUYA_TIME_ISO8601},
	{"jobStatus", "job_status", "text", TUYA_TIME_ISO8601},
	{"jobType", "job_type", "text", TUYA_TIME_ISO8601},
	{"selectionType", "selection_type", "text", TUYA_TIME_ISO8601},
	{"targetSelection", "target_selection", "text", TUYA_TIME_ISO8601},
	{"utcCreate", "utc_create", "timestamptz", TUYA_TIME_ISO8601},
	{"utcModified", "utc_modified", "timestamptz", TUYA_TIME_ISO8601},
	{"productKey", "package_product_key", "text", TUYA_TIME_ISO8601},
	{"firmwareId", "package_firmware_id", "text", TUYA_TIME_ISO8601},
};

const TuyaAction tuya_ota_job = {
	.name = "ListOTAJobByDevice",
	.table = "ota_job",
	.keys = {
		{.parameter = "ProductKey",.column = "product_key"},
		{.parameter = "DeviceName",.column = "device_name"},
		/* the documentation has FirmwareID, too: a column's option may say so */
		{.parameter = "FirmwareId",.column = "firmware_id"},
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
