/*
 * version.c
 *		An action that the API does not have, for test/t/057_other_actions.pl: no key is
 *		required, and there are no pages.
 */
#include "api/action.h"

static const TuyaField fields[] = {
	{"versionId", "version_id", "text", TUYA_TIME_ISO8601},
	{"model", "model", "text", TUYA_TIME_ISO8601},
	{"channel", "channel", "text", TUYA_TIME_ISO8601},
};

extern const TuyaAction tuya_added;

const TuyaAction tuya_added = {
	.name = "ListVersions",
	.table = "version",
	.keys = {
		{.parameter = "Model",.column = "model",.optional = true},
		{.parameter = "Channel",.column = "channel",.optional = true},
	},
	.nkeys = 2,
	.reply = {
		.list = {"versions"},
		.fields = fields,
		.nfields = sizeof(fields) / sizeof(fields[0]),
		.row = "version",
		.rows = "versions",
		.keyed_by = "account",
		.nouns = "account",
	},
};
