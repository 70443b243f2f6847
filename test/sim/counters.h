/*
 * counters.h
 *		What the simulator counts.  README.md says what each one means.
 */
#ifndef SIM_COUNTERS_H
#define SIM_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

#define COUNTER_LIST(X) \
	X(requests) X(replies) X(aborted) X(in_flight) X(max_in_flight) \
	X(connections) X(open_connections) X(tls_handshakes) \
	X(h1_requests) X(h2_requests) \
	X(refused) X(malformed) X(bad_methods) X(bad_paths) X(not_canonical) \
	X(repeated_parameters) X(foreign_parameters) X(invalid_utf8) X(missing_parameters) \
	X(bad_actions) X(bad_signature_methods) X(bad_timestamps) \
	X(unknown_access_keys) X(bad_signatures) X(repeated_nonces) X(bad_pages) \
	X(throttled) X(failed) X(lies) X(churns) X(forced_closes) X(stalls) \
	X(torrents) \
	X(idle_closes) X(unasked) X(gzip_replies) X(rst_streams) X(goaways) X(lowerings) \
	X(faults) X(fault_errors) X(fault_resets) X(fault_truncations) \
	X(fault_timeouts) X(fault_throttles) X(bytes_sent) \
	X(last_page_size) X(max_page_size) X(pages_over_1) X(keys) \
	X(total_bad_signatures) X(total_repeated_nonces)

#define LAST_TEXT_BYTES 1024

typedef struct Counters
{
#define X(name) uint64_t name;
	COUNTER_LIST(X)
#undef X
	char		last_user_agent[LAST_TEXT_BYTES];
	char		last_host[LAST_TEXT_BYTES];
	char		last_firmware_parameter[LAST_TEXT_BYTES];
} Counters;

extern Counters count;

/* Zeroes all but what is true at the moment (in_flight, open_connections) and total_... */
void		counters_clear(void);

/* Appends the counter's value; false if there is no such counter. */
bool		counter_print(Buf *out, const char *name);

/* Appends "name value" lines. */
void		counters_print_all(Buf *out);

/* Copies text into one of the last_... fields, cut where it must be. */
void		counter_note(char *field, const char *text);

#endif
