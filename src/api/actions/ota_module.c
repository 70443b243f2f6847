/*
 * ota_module.c
 *		ListOTAModuleByProduct: the modules of a product that can be updated.
 *
 * One reply has them all: an array, or an object that has one, or is one.
 */
#include "api/action.h"

static const TuyaField fields[] = {
	{"moduleName", "module_name", "text", TUYA_TIME_ISO8601,
	"moduleName: name of the module"},
	{"aliasName", "alias_name", "text", TUYA_TIME_ISO8601,
	"aliasName: its name for people"},
	{"desc", "description", "text", TUYA_TIME_ISO8601,
	"desc: what is said of it"},
	{"gmtCreate", "gmt_create", "timestamptz", TUYA_TIME_ISO8601,
	"gmtCreate: when it was created"},
	{"gmtModified", "gmt_modified", "timestamptz", TUYA_TIME_ISO8601,
	"gmtModified: when it was last changed"},
	{"productKey", NULL, "text", TUYA_TIME_ISO8601,
	"productKey: the product, as it was asked for"},
};

const TuyaAction tuya_ota_module = {
	.name = "ListOTAModuleByProduct",
	.table = "ota_module",
	.comment = "modules of a product that can be updated, by ListOTAModuleByProduct",
	.keys = {
		{.parameter = "ProductKey",.column = "product_key",.comment = "ProductKey that was asked for"},
	},
	.nkeys = 1,
	.rows_per_lookup = 3,
	.reply = {
		.paging = TUYA_PAGING_NONE,
		.list = {"data"},
		.list_varies = true,
		.fields = fields,
		.nfields = sizeof(fields) / sizeof(fields[0]),
		.row = "module",
		.rows = "modules",
		.keyed_by = "product",
		.nouns = "product prod module",
	},
};
