/*
 * ota_firmware.c
 *		ListOTAFirmware: the upgrade packages of the account.
 *
 * That its list is outside of data, and its name, are presumed.
 */
#include "api/action.h"

static const TuyaField fields[] = {
	{"firmwareId", "firmware_id", "text", TUYA_TIME_ISO8601,
	"firmwareId: number of the upgrade package"},
	{"firmwareName", "firmware_name", "text", TUYA_TIME_ISO8601,
	"firmwareName: name of the upgrade package"},
	{"firmwareDesc", "firmware_desc", "text", TUYA_TIME_ISO8601,
	"firmwareDesc: what is said of it"},
	{"productKey", "product_key", "text", TUYA_TIME_ISO8601,
	"productKey: product that it is for"},
	{"productName", "product_name", "text", TUYA_TIME_ISO8601,
	"productName: name of the product"},
	{"moduleName", "module_name", "text", TUYA_TIME_ISO8601,
	"moduleName: module that it updates"},
	{"srcVersion", "src_version", "text", TUYA_TIME_ISO8601,
	"srcVersion: version from which it updates"},
	{"destVersion", "dest_version", "text", TUYA_TIME_ISO8601,
	"destVersion: version to which it updates"},
	{"type", "type", "integer", TUYA_TIME_ISO8601,
	"type: 0: it is whole; else it is a difference"},
	{"status", "status", "integer", TUYA_TIME_ISO8601,
	"status: -1: needs no verification, 0: not verified, 1: verified, 2: in verification, 3: failed"},
	{"firmwareSize", "firmware_size", "bigint", TUYA_TIME_ISO8601,
	"firmwareSize: its size in bytes"},
	{"signMethod", "sign_method", "text", TUYA_TIME_ISO8601,
	"signMethod: how its signature was made"},
	{"firmwareSign", "firmware_sign", "text", TUYA_TIME_ISO8601,
	"firmwareSign: its signature"},
	{"utcCreate", "utc_create", "timestamptz", TUYA_TIME_ISO8601,
	"utcCreate: when it was created"},
	{"utcModified", "utc_modified", "timestamptz", TUYA_TIME_ISO8601,
	"utcModified: when it was last changed"},
};

const TuyaAction tuya_ota_firmware = {
	.name = "ListOTAFirmware",
	.table = "ota_firmware",
	.comment = "upgrade packages (firmware), by ListOTAFirmware",
	.keys = {
		{.parameter = "ProductKey",.column = "product_key",.optional = true},
		{.parameter = "DestVersion",.column = "dest_version",.optional = true},
	},
	.nkeys = 2,
	.page_parameter = "CurrentPage",
	.size_parameter = "PageSize",
	.page_size_max = 100,
	.rows_per_lookup = 100,
	.reply = {
		.paging = TUYA_PAGING_NUMBER,
		.list = {"firmwareInfo", "simpleFirmwareInfo"},
		.fields = fields,
		.nfields = sizeof(fields) / sizeof(fields[0]),
		.row = "firmware",
		.rows = "firmware packages",
		.keyed_by = "product",
		.nouns = "product prod firmware package",
	},
};
