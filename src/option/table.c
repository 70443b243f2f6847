/*
 * table.c
 *		All options of servers, user mappings, foreign tables and columns.
 *
 * To add an option, add a line to the table and, if it has a value that a
 * TuyaSettings holds, the field.
 */
#include "postgres.h"

#include "option/internal.h"

#include <limits.h>

#include "api/action.h"

/* What is not a string is stored as an int: a member that is smaller, say a bool, does not compile. */
#define FIELD(name) \
	(offsetof(TuyaSettings, name) + \
	 0 * sizeof(char[sizeof(((TuyaSettings *) NULL)->name) >= sizeof(int) ? 1 : -1]))

const TuyaOption tuya_options[] = {
	{"endpoint", ON_SERVER, true, OPTION_STRING, FIELD(endpoint), NULL, 0, 0, tuya_option_check_endpoint,
	"https://HOST[:PORT]/ of the service"},
	{"ca_file", ON_SERVER, false, OPTION_STRING, FIELD(ca_file), NULL, 0, 0, tuya_option_check_ca_file,
	"PEM file of the authorities to trust instead of the system's"},
	{"proxy", ON_SERVER, false, OPTION_STRING, FIELD(proxy), NULL, 0, 0, tuya_option_check_proxy,
	"https, http or socks5h URL of a proxy"},
	{"extra_parameters", ON_SERVER, false, OPTION_STRING, FIELD(extra_parameters), NULL, 0, 0,
		tuya_option_check_extra_parameters,
	"NAME=VALUE&... to send and sign with every request"},
	{"connect_timeout", ON_SERVER, false, OPTION_DURATION, FIELD(connect_timeout), "5s",
		1, MS_PER_H, NULL,
	"limit on name resolution, connecting and TLS of one attempt"},
	{"request_timeout", ON_SERVER, false, OPTION_DURATION, FIELD(request_timeout), "30s",
		1, MS_PER_H, NULL,
	"limit on one attempt"},
	{"lookup_timeout", ON_SERVER, false, OPTION_DURATION, FIELD(lookup_timeout), "5min",
		1, 24 * MS_PER_H, NULL,
	"limit on all pages of one lookup"},
	{"concurrency", ON_SERVER, false, OPTION_INTEGER, FIELD(concurrency), "16",
		1, CONCURRENCY_MAX, NULL,
	"requests in flight at once, for each backend"},
	{"rate_limit", ON_SERVER, false, OPTION_INTEGER, FIELD(rate_limit), "0",
		0, 100000, NULL,
	"requests a second; 0 for no limit but the service's own"},
	{"retries", ON_SERVER, false, OPTION_INTEGER, FIELD(retries), "5",
		0, 100, NULL,
	"how often a request that failed by its own fault is sent again"},
	{"max_requests", ON_SERVER, false, OPTION_INTEGER, FIELD(max_requests), "0",
		0, INT_MAX, NULL,
	"requests of one statement, by all user mappings; 0 for no limit"},
	{"max_requests_per_day", ON_SERVER, false, OPTION_INTEGER, FIELD(max_requests_per_day), "0",
		0, INT_MAX, NULL,
	"requests a day (UTC), by all sessions and user mappings; 0 for no limit"},
	{"keep_connections", ON_SERVER, false, OPTION_BOOLEAN, FIELD(keep_connections), "on",
		0, 0, NULL,
	"on: connections are kept until they idle for a minute; off: to the end of the transaction"},
	{"async_capable", ON_SERVER | ON_TABLE, false, OPTION_BOOLEAN, FIELD(async_capable), "on",
		0, 0, NULL,
	"whether an Append may read the table at the same time as others"},
	{"action", ON_TABLE, false, OPTION_STRING, NO_FIELD, NULL, 0, 0, tuya_option_check_action,
	"action of the API that the table shows"},
	{"list_path", ON_TABLE, false, OPTION_STRING, FIELD(list_path), NULL, 0, 0, tuya_option_check_list_path,
	"where in the reply the list is: names of members, by dots"},
	{"page_size", ON_SERVER | ON_TABLE, false, OPTION_INTEGER, FIELD(page_size), "100",
		1, TUYA_PAGE_SIZE_MAX, NULL,
	"rows to ask for with one request, if the action has as many"},
	{"rows_per_lookup", ON_SERVER | ON_TABLE, false, OPTION_INTEGER, FIELD(rows_per_lookup), "10",
		1, 1000000, NULL,
	"the planner's estimate of rows for one key"},
	{"cache_ttl", ON_SERVER | ON_TABLE, false, OPTION_DURATION, FIELD(cache_ttl), "0",
		0, 7 * 24 * MS_PER_H, NULL,
	"how long what was read is good for other statements; 0: not at all"},
	{"on_incomplete", ON_SERVER | ON_TABLE, false, OPTION_ON_INCOMPLETE, FIELD(on_incomplete), "error",
		0, 0, NULL,
	"error or warning: when the pages of a lookup do not add up"},
	{"ignored_codes", ON_SERVER | ON_TABLE, false, OPTION_STRING, FIELD(ignored_codes), NULL, 0, 0,
		tuya_option_check_ignored_codes,
	"API error codes, by comma, that mean: no rows"},
	{"on_error", ON_SERVER | ON_TABLE, false, OPTION_ON_ERROR, FIELD(on_error), "error",
		0, 0, NULL,
	"error or row: when a key fails for its own sake"},
	{"on_error_limit", ON_SERVER | ON_TABLE, false, OPTION_INTEGER, FIELD(on_error_limit), "100",
		1, 1000000, NULL,
	"with on_error row: how many keys of a statement may fail"},
	{"access_key_id", ON_MAPPING, true, OPTION_STRING, FIELD(access_key_id), NULL, 0, 0,
		tuya_option_check_access_key_id,
	"AccessKeyId of the account"},
	{"access_key_secret", ON_MAPPING, true, OPTION_STRING, FIELD(access_key_secret), NULL, 0, 0,
		tuya_option_check_access_key_secret,
	"secret that signs requests"},
	{"parameter", ON_COLUMN, false, OPTION_STRING, NO_FIELD, NULL, 0, 0, tuya_option_check_parameter,
	"request parameter that this key column is, spelled as it shall be sent"},
	{"field", ON_COLUMN, false, OPTION_STRING, NO_FIELD, NULL, 0, 0, tuya_option_check_field,
	"field of the reply that this column shows"},
	{"constant", ON_COLUMN, false, OPTION_STRING, NO_FIELD, NULL, 0, 0, NULL,
	"value that this column has in every row"},
};

const size_t tuya_option_count = lengthof(tuya_options);

const TuyaOption *
tuya_option_find(const char *name)
{
	for (size_t i = 0; i < lengthof(tuya_options); i++)
		if (strcmp(tuya_options[i].name, name) == 0)
			return &tuya_options[i];
	return NULL;
}
