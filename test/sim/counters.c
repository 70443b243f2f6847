/*
 * counters.c
 *		What the simulator counts.
 */
#include "counters.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

Counters	count;

typedef struct Named
{
	const char *name;
	const uint64_t *number;
	const char *text;
} Named;

static const Named named[] = {
#define X(name) {#name, &count.name, NULL},
	COUNTER_LIST(X)
#undef X
	{"last_user_agent", NULL, count.last_user_agent},
	{"last_host", NULL, count.last_host},
	{"last_firmware_parameter", NULL, count.last_firmware_parameter},
};

#define NAMED_COUNT (sizeof named / sizeof named[0])

void
counters_clear(void)
{
	uint64_t	in_flight = count.in_flight;
	uint64_t	open_connections = count.open_connections;
	uint64_t	total_bad_signatures = count.total_bad_signatures;
	uint64_t	total_repeated_nonces = count.total_repeated_nonces;

	memset(&count, 0, sizeof count);
	count.total_bad_signatures = total_bad_signatures;
	count.total_repeated_nonces = total_repeated_nonces;
	count.in_flight = count.max_in_flight = in_flight;
	count.open_connections = open_connections;
}

static void
print_value(Buf *out, const Named *counter)
{
	if (counter->number)
		buf_printf(out, "%" PRIu64 "\n", *counter->number);
	else
		buf_printf(out, "%s\n", counter->text);
}

bool
counter_print(Buf *out, const char *name)
{
	for (size_t i = 0; i < NAMED_COUNT; i++)
		if (strcmp(named[i].name, name) == 0)
		{
			print_value(out, &named[i]);
			return true;
		}
	return false;
}

void
counters_print_all(Buf *out)
{
	for (size_t i = 0; i < NAMED_COUNT; i++)
	{
		buf_printf(out, "%s ", named[i].name);
		print_value(out, &named[i]);
	}
}

void
counter_note(char *field, const char *text)
{
	snprintf(field, LAST_TEXT_BYTES, "%s", text);
}
