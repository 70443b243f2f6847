/*
 * device.c
 *		QueryDevice: the devices of a product.
 *
 * Pages have numbers as far as row 10,000; from there on the token of the page before asks for
 * the next, as it may from the first page on.  So both are sent.
 */
#include "api/action.h"

static const TuyaField fields[] = {
	{"iotId", "iot_id", "text", TUYA_TIME_ISO8601,
	"iotId: identifier of the device, which the service gave it"},
	{"deviceName", "device_name", "text", TUYA_TIME_ISO8601,
	"deviceName: name of the device"},
	{"deviceStatus", "device_status", "text", TUYA_TIME_ISO8601,
	"deviceStatus: state of the device"},
	{"deviceType", "device_type", "text", TUYA_TIME_ISO8601,
	"deviceType: kind of device"},
	{"nickname", "nickname", "text", TUYA_TIME_ISO8601,
	"nickname: its name for people"},
	{"gmtCreate", "gmt_create", "timestamptz", TUYA_TIME_RFC1123,
	"gmtCreate: when it was created"},
	{"gmtModified", "gmt_modified", "timestamptz", TUYA_TIME_RFC1123,
	"gmtModified: when it was last changed"},
	{"utcCreate", "utc_create", "timestamptz", TUYA_TIME_ISO8601,
	"utcCreate: when it was created"},
	{"utcModified", "utc_modified", "timestamptz", TUYA_TIME_ISO8601,
	"utcModified: when it was last changed"},
	{"productKey", NULL, "text", TUYA_TIME_ISO8601,
	"productKey: the product, as it was asked for"},
	{"deviceSecret", NULL, "text", TUYA_TIME_ISO8601,
	"deviceSecret: key by which the device proves who it is"},
};

const TuyaAction tuya_device = {
	.name = "QueryDevice",
	.table = "device",
	.comment = "devices of a product, by QueryDevice",
	.keys = {
		{.parameter = "ProductKey",.column = "product_key",.comment = "ProductKey that was asked for"},
	},
	.nkeys = 1,
	.page_parameter = "CurrentPage",
	.size_parameter = "PageSize",
	.page_size_max = 50,
	.token_parameter = "NextToken",
	.rows_per_lookup = 1000,
	.rows_max = 1000000,
	.reply = {
		.paging = TUYA_PAGING_TOKEN,
		.list = {"data", "deviceInfo"},
		.token = {"nextToken"},
		.fields = fields,
		.nfields = sizeof(fields) / sizeof(fields[0]),
		.secret = "deviceSecret",
		.row = "device",
		.rows = "devices",
		.keyed_by = "product",
		.nouns = "product prod",
	},
};
