/*
 * ota_module_version.c
 *		ListOTAModuleVersionsByDevice: which versions the modules of a device have.
 *
 * The list's name is presumed.
 */
#include "api/action.h"

static const TuyaField fields[] = {
	{"moduleName", "module_name", "text", TUYA_TIME_ISO8601,
	"moduleName: name of the module"},
	{"moduleVersion", "module_version", "text", TUYA_TIME_ISO8601,
	"moduleVersion: version that the device has of it"},
	{"iotId", "iot_id", "text", TUYA_TIME_ISO8601,
	"iotId: identifier of the device, which the service gave it"},
	{"productKey", NULL, "text", TUYA_TIME_ISO8601,
	"productKey: product of the device, as it was asked for"},
	{"deviceName", NULL, "text", TUYA_TIME_ISO8601,
	"deviceName: the device, as it was asked for"},
};

const TuyaAction tuya_ota_module_version = {
	.name = "ListOTAModuleVersionsByDevice",
	.table = "ota_module_version",
	.comment = "versions of the modules of a device, by ListOTAModuleVersionsByDevice",
	.keys = {
		{.parameter = "ProductKey",.column = "product_key",.comment = "ProductKey that was asked for"},
		{.parameter = "DeviceName",.column = "device_name",.comment = "DeviceName that was asked for"},
	},
	.nkeys = 2,
	.page_parameter = "CurrentPage",
	.size_parameter = "PageSize",
	.page_size_max = 200,
	.rows_per_lookup = 3,
	.reply = {
		.paging = TUYA_PAGING_NUMBER,
		.list = {"data", "simpleOTAModuleInfo"},
		.fields = fields,
		.nfields = sizeof(fields) / sizeof(fields[0]),
		.row = "module",
		.rows = "modules",
		.keyed_by = "product or device",
		.nouns = "product prod device module",
	},
};
