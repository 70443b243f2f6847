/*
 * settings.h
 *		What a test can tell the simulator to do.  README.md lists them.
 *
 * One table in settings.c holds every name, type, range and default.  A
 * change is made on a copy, so that either all of a command's settings hold
 * or none.
 */
#ifndef SIM_SETTINGS_H
#define SIM_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

#define TEXT_BYTES 2048

enum ClampMode
{
	CLAMP_TELL, CLAMP_SILENT, CLAMP_REFUSE
};

enum Casing
{
	CASING_DOCUMENTED, CASING_CAMEL, CASING_PASCAL, CASING_LOWER, CASING_UPPER
};

enum EmptyShape
{
	EMPTY_LIST, EMPTY_DATA_EMPTY, EMPTY_DATA_NULL, EMPTY_NO_DATA, EMPTY_DATA_LIST, EMPTY_DATA_TEXT,
	EMPTY_LIST_NULL, EMPTY_LIST_OBJECT, EMPTY_LIST_TEXT
};

/* What an action with odd_shapes has in place of the list. */
enum ListShape
{
	SHAPE_ARRAY, SHAPE_OBJECT, SHAPE_SINGLE
};

enum LieToken
{
	TOKEN_TRUE, TOKEN_REPEAT, TOKEN_ABSENT, TOKEN_NULL, TOKEN_EMPTY, TOKEN_NUMBER, TOKEN_FOREIGN
};

enum PastEnd
{
	PAST_END_EMPTY, PAST_END_ERROR
};

enum Order
{
	ORDER_DESC, ORDER_ASC
};

enum Truth
{
	TRUTH_TRUE, TRUTH_FALSE, TRUTH_NULL, TRUTH_STRING
};

enum FailShape
{
	SHAPE_GATEWAY, SHAPE_SERVICE, SHAPE_HTML, SHAPE_EMPTY
};

enum FaultReset
{
	FAULT_RESET_CONNECTION, FAULT_RESET_STREAM
};

enum Torrent
{
	TORRENT_NONE, TORRENT_WINDOW_UPDATE, TORRENT_EMPTY_DATA, TORRENT_PRIORITY, TORRENT_PING,
	TORRENT_SETTINGS, TORRENT_RST_STREAM, TORRENT_CONTINUATION, TORRENT_HEADERS, TORRENT_UNKNOWN,
	TORRENT_PUSH_PROMISE, TORRENT_CONTINUE, TORRENT_LINES, TORRENT_LINE, TORRENT_CHUNK, TORRENT_CHUNKS,
	TORRENT_TRAILER, TORRENT_CODED, TORRENT_HELLO, TORRENT_TICKETS
};

enum Stall
{
	STALL_NONE, STALL_TLS, STALL_HEAD, STALL_BODY
};

enum Unasked
{
	UNASKED_NONE, UNASKED_REPLY, UNASKED_HEAD, UNASKED_CONTINUE, UNASKED_LINE, UNASKED_TIMEOUT,
	UNASKED_AGAIN, UNASKED_DATA, UNASKED_NEXT, UNASKED_NEXT_DATA, UNASKED_STREAM, UNASKED_PUSH
};

/* Bits of the setting "omit". */
enum Omit
{
	OMIT_TOTAL = 1, OMIT_SUCCESS = 2, OMIT_CURRENT_PAGE = 4, OMIT_PAGE_SIZE = 8,
	OMIT_PAGE_COUNT = 16, OMIT_DATA = 32, OMIT_LIST = 64, OMIT_JOB_ID = 128,
	OMIT_REQUEST_ID = 256
};

/* A number told instead of the true one: mode is 0 (none), '=', '+' or '-'. */
typedef struct Lie
{
	char		mode;
	int64_t		by;
} Lie;

typedef struct Settings
{
	int64_t		latency_ms;
	int64_t		jitter_ms;
	int64_t		hold_until_in_flight;
	int64_t		hold_ms;
	int64_t		hold_times;
	int64_t		hold_until_replies;
	char		hold_action[TEXT_BYTES];
	int64_t		seed;
	int64_t		clock_offset_s;
	int64_t		default_jobs;
	int64_t		fleet_products;
	int64_t		fleet_devices;
	int64_t		fleet_firmware;
	int64_t		fleet_jobs;
	int64_t		fleet_tasks;
	int64_t		fleet_modules;
	int64_t		order;
	int64_t		clamp;
	int64_t		clamp_mode;
	int64_t		past_end;
	int64_t		token_total;
	char		list_path[TEXT_BYTES];
	int64_t		list_shape;
	int64_t		casing;
	int64_t		numbers_as_strings;
	int64_t		ids_as_numbers;
	int64_t		spaced_times;
	int64_t		empty_shape;
	int64_t		empty_always;
	int64_t		empty_total;
	int64_t		empty_page_count;
	int64_t		nonce_check;
	int64_t		provoked;
	int64_t		rate_limit;
	int64_t		rate_burst;
	int64_t		rate_clock_ms;
	int64_t		throttle_status;
	int64_t		throttle_shape;
	char		throttle_code[TEXT_BYTES];
	char		throttle_headers[TEXT_BYTES];
	char		firmware_parameter[TEXT_BYTES];
	char		require[TEXT_BYTES];

	int64_t		churn_after_page;
	int64_t		churn_create;
	int64_t		churn_delete;
	int64_t		churn_delete_last;
	int64_t		churn_times;

	char		lie_action[TEXT_BYTES];
	int64_t		lie_page;
	int64_t		lie_rounds;
	int64_t		omit;
	int64_t		lie_success;
	int64_t		lie_token;
	Lie			lie_total;
	Lie			lie_page_count;
	Lie			lie_page_size;
	Lie			lie_current_page;
	int64_t		drop_rows;
	int64_t		extra_rows;
	int64_t		repeat_page;
	int64_t		overlap_rows;
	int64_t		endless;

	int64_t		fail_count;
	int64_t		fail_skip;
	int64_t		fail_page;
	char		fail_action[TEXT_BYTES];
	char		fail_device[TEXT_BYTES];
	int64_t		fail_status;
	int64_t		fail_shape;
	char		fail_code[TEXT_BYTES];
	char		fail_message[TEXT_BYTES];
	char		fail_headers[TEXT_BYTES];

	int64_t		fault_percent;
	int64_t		fault_kinds;
	int64_t		fault_reset;

	char		raw_body_file[TEXT_BYTES];
	char		raw_type[TEXT_BYTES];
	int64_t		raw_status;
	char		reply_headers[TEXT_BYTES];
	char		redirect[TEXT_BYTES];

	int64_t		close_reused;
	int64_t		close_reused_count;
	int64_t		close_all;
	int64_t		close_after;
	int64_t		close_after_count;
	int64_t		stall;
	int64_t		stall_skip;
	int64_t		torrent;
	int64_t		truncate_body;
	int64_t		cut_at;
	int64_t		cut_reset;
	int64_t		cut_count;
	int64_t		accept_reset;
	int64_t		rst_stream_at;
	int64_t		rst_stream_code;
	int64_t		rst_stream_count;
	int64_t		goaway_after;
	int64_t		goaway_refuse;
	int64_t		goaway_ms;
	int64_t		goaway_notice_ms;
	int64_t		goaway_count;

	int64_t		no_date;
	int64_t		chunked;
	int64_t		no_length;
	int64_t		trailers;
	int64_t		interim;
	char		interim_headers[TEXT_BYTES];
	int64_t		unasked;
	int64_t		unasked_ms;
	int64_t		unasked_count;
	int64_t		unasked_pings;
	int64_t		header_flood;
	int64_t		body_flood;
	int64_t		bomb_mb;
	int64_t		trickle_ms;

	int64_t		http2;
	int64_t		h2_max_streams;
	int64_t		h2_settings_ms;
	int64_t		h2_lower_after;
	int64_t		h2_lower_to;
	int64_t		h2_lower_ms;
	int64_t		h2_lower_count;
	int64_t		gzip;
	int64_t		idle_close_ms;
} Settings;

extern Settings settings;

/* The bytes of raw_body_file, read when it was set. */
extern Buf	raw_body;

void		settings_reset(Settings *to);

/* Sets one on to; false, with the reason in error, if it cannot be. */
bool		settings_set(Settings *to, const char *name, const char *value,
						 Buf *error);

/* Makes from the settings that hold; false if raw_body_file is unreadable. */
bool		settings_commit(const Settings *from, Buf *error);

/* A countdown from N to zero: true as long as it has not run out; -1: always. */
bool		take_one(int64_t *left);

/* Appends the value of one; false if there is no such setting. */
bool		setting_print(Buf *out, const char *name);
void		settings_print_all(Buf *out);

#endif
