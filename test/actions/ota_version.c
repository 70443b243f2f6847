/*
 * ota_version.c
 *		An action that the API does not have, for test/t/070_tenth_action.pl: the versions that
 *		a product's firmware updates to.
 */
#include "api/action.h"

static const TuyaField fields[] = {
	{"destVersion", "dest_version", "text", TUYA_TIME_ISO8601,
	"destVersion: version to which it updates"},
	{"firmwareName", "firmware_name", "text", TUYA_TIME_ISO8601,
	"firmwareName: name of the firmware"},
	{"firmwareSize", "firmware_size", "bigint", TUYA_TIME_ISO8601,
	"firmwareSize: bytes of the firmware"},
	{"utcCreate", "utc_create", "timestamptz", TUYA_TIME_ISO8601,
	"utcCreate: when it was created"},
};

const TuyaAction tuya_ota_version = {
	.name = "ListOTAVersionByProduct",
	.table = "ota_version",
	.comment = "versions of a product's firmware, by ListOTAVersionByProduct",
	.keys = {
		{.parameter = "ProductKey",.column = "product_key",.comment = "ProductKey that was asked for"},
	},
	.nkeys = 1,
	.page_parameter = "CurrentPage",
	.size_parameter = "PageSize",
	.page_size_max = 30,
	.rows_per_lookup = 10,
	.reply = {
		.paging = TUYA_PAGING_NUMBER,
		.list = {"data", "simpleOTAVersion"},
		.fields = fields,
		.nfields = sizeof(fields) / sizeof(fields[0]),
		.row = "version",
		.rows = "versions",
		.keyed_by = "product",
		.nouns = "product prod",
	},
};
