/*
 * product.c
 *		QueryProductList: the products of the account.
 *
 * Totals stand beside the list, inside of data.
 */
#include "api/action.h"

static const TuyaField fields[] = {
	{"productKey", "product_key", "text", TUYA_TIME_ISO8601,
	"productKey: identifier of the product"},
	{"productName", "product_name", "text", TUYA_TIME_ISO8601,
	"productName: name of the product"},
	{"nodeType", "node_type", "integer", TUYA_TIME_ISO8601,
	"nodeType: 0: devices; 1: gateways"},
	{"dataFormat", "data_format", "integer", TUYA_TIME_ISO8601,
	"dataFormat: how its devices send data, as a number"},
	{"authType", "auth_type", "text", TUYA_TIME_ISO8601,
	"authType: how its devices prove who they are"},
	{"deviceCount", "device_count", "integer", TUYA_TIME_ISO8601,
	"deviceCount: how many devices it has"},
	{"description", "description", "text", TUYA_TIME_ISO8601,
	"description: what is said of it"},
	{"gmtCreate", "gmt_create", "timestamptz", TUYA_TIME_MILLISECONDS,
	"gmtCreate: when it was created"},
};

const TuyaAction tuya_product = {
	.name = "QueryProductList",
	.table = "product",
	.comment = "products of the account, by QueryProductList",
	.page_parameter = "CurrentPage",
	.size_parameter = "PageSize",
	.page_size_max = 200,
	.rows_per_lookup = 100,
	.reply = {
		.paging = TUYA_PAGING_NUMBER,
		.list = {"data", "list", "productInfo"},
		.totals = {"data"},
		.fields = fields,
		.nfields = sizeof(fields) / sizeof(fields[0]),
		.row = "product",
		.rows = "products",
		.keyed_by = "product",
		.nouns = "product prod",
	},
};
