/*
 * ota_firmware_job.c
 *		ListOTAJobByFirmware: the batches of updates of one firmware.
 *
 * That its list has the name of its relative's is presumed.
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
	{"utcStartTime", "utc_start_time", "timestamptz", TUYA_TIME_ISO8601,
	"utcStartTime: when it is to begin"},
	{"utcEndTime", "utc_end_time", "timestamptz", TUYA_TIME_ISO8601,
	"utcEndTime: when it is to end"},
	{"destVersion", "dest_version", "text", TUYA_TIME_ISO8601,
	"destVersion: version to which it updates"},
	{"tags", "tags", "text", TUYA_TIME_ISO8601,
	"tags: what it was labelled with"},
	{"productKey", "product_key", "text", TUYA_TIME_ISO8601,
	"productKey: product of the upgrade package"},
	{"firmwareId", NULL, "text", TUYA_TIME_ISO8601,
	"firmwareId: firmware of the upgrade package, as it was asked for"},
};

const TuyaAction tuya_ota_firmware_job = {
	.name = "ListOTAJobByFirmware",
	.table = "ota_firmware_job",
	.comment = "upgrade batches (jobs) of a firmware, by ListOTAJobByFirmware",
	.keys = {
		{.parameter = "FirmwareId",.column = "firmware_id",.comment = "FirmwareId that was asked for"},
	},
	.nkeys = 1,
	.page_parameter = "CurrentPage",
	.size_parameter = "PageSize",
	.page_size_max = 200,
	.rows_per_lookup = 10,
	.reply = {
		.paging = TUYA_PAGING_NUMBER,
		.list = {"data", "simpleOTAJobInfo"},
		.fields = fields,
		.nfields = sizeof(fields) / sizeof(fields[0]),
		.row = "job",
		.rows = "jobs",
		.keyed_by = "firmware",
		.nouns = "firmware package job",
	},
};
