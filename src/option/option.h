/*
 * option.h
 *		The options of servers, user mappings, foreign tables and columns.
 *
 * One table of options (table.c) drives the validator, its hints, the
 * settings below and the SQL function tuya_fdw_options(), with which a test
 * compares the README's list.
 */
#ifndef TUYA_OPTION_H
#define TUYA_OPTION_H

#include "postgres.h"

#include "foreign/foreign.h"

#include "api/query.h"
#include "core/url.h"

/* Of each value of a key, in UTF-8. */
#define KEY_BYTES_MAX 1024

/* Requests in flight at once. */
#define CONCURRENCY_MAX 256

/* on_error: what to do when a lookup fails for its own sake. */
typedef enum TuyaOnError
{
	TUYA_ON_ERROR_ERROR,
	TUYA_ON_ERROR_ROW
} TuyaOnError;

/* The options' values, defaults included.  Strings are palloc'd, or NULL. */
typedef struct TuyaSettings
{
	/* server */
	char	   *endpoint;		/* ends in "/" */
	char	   *ca_file;
	char	   *proxy;
	char	   *extra_parameters;
	int			connect_timeout;	/* ms */
	int			request_timeout;	/* ms */
	int			lookup_timeout; /* ms */
	int			concurrency;
	int			rate_limit;		/* requests/s; 0: none */
	int			retries;
	int			max_requests;	/* of a statement; 0: no cap */
	int			max_requests_per_day;	/* of all sessions; 0: no cap */
	int			keep_connections;	/* a bool */
	/* server and table */
	int			async_capable;	/* a bool */
	int			page_size;
	int			rows_per_lookup;
	int			cache_ttl;		/* ms; 0: nothing is cached */
	int			on_incomplete;	/* a TuyaOnIncomplete */
	char	   *ignored_codes;
	char	   *list_path;		/* of the table alone; ASCII */
	int			on_error;		/* a TuyaOnError */
	int			on_error_limit; /* keys of a statement */
	/* user mapping */
	char	   *access_key_id;
	char	   *access_key_secret;
} TuyaSettings;

/*
 * Fills *settings from the defaults, then the server's options, then the
 * table's, then the mapping's; table and mapping may be NULL.  A table's default
 * of rows_per_lookup is its action's, and its page_size no more than that has.
 * Allocates in the current memory context.  Throws if a required option is missing.
 */
extern void tuya_option_get(TuyaSettings *settings, ForeignServer *server,
							ForeignTable *table, UserMapping *mapping);

/*
 * Whether the server's options are of this wrapper, and were validated.  Those of another one may
 * have the same names and any values, even such as only an administrator may set here.
 */
extern bool tuya_option_is_validated(const ForeignServer *server);

/* Replaces the strings by copies of them in UTF-8, in the current memory context. */
extern void tuya_option_copy_strings(TuyaSettings *settings);

/*
 * Parses extra_parameters ("Version=2018-01-20&Format=JSON", percent-encoded,
 * in the database's encoding) into UTF-8 names and values; NULL gives none.
 * Returns how many.  Throws (HV024) if it is malformed, repeats a name or
 * names a parameter that requests have anyway.
 */
extern int	tuya_option_parse_extra(const char *text, TuyaParam **params);

/*
 * Whether the list, the value of ignored_codes or NULL, has that code; without
 * regard to ASCII case.
 */
extern bool tuya_option_ignores(const char *ignored_codes, const char *code);

/*
 * Columns of a table of that action get options, until the one that was before is set again; NULL:
 * which one is not known.  Hints tell of what it has alone.
 */
extern const TuyaAction *tuya_option_set_altered(const TuyaAction *action);

#endif							/* TUYA_OPTION_H */
