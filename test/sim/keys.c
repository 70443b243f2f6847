/*
 * keys.c
 *		What is remembered of each key.
 *
 * Nothing is stored of a key's rows unless churn changed them.
 */
#include "keys.h"

#include <inttypes.h>

#include "counters.h"
#include "settings.h"
#include "table.h"

static void release_state(void *value);

static Map	states = {.value_size = sizeof(KeyState),.release = release_state};
static Map	rounds = {.value_size = sizeof(uint64_t)};
static uint64_t epoch;

static void
release_state(void *value)
{
	buf_free(&((KeyState *) value)->ranges);
}

Buf *
key_bytes(const ApiCall *call)
{
	static Buf	bytes;

	buf_clear(&bytes);
	buf_puts(&bytes, call->action->name);
	for (int i = 0; call->action->parameters[i].name; i++)
	{
		buf_putc(&bytes, '|');
		if (call->value[i].data)
			buf_append(&bytes, call->value[i].data, call->value[i].len);
	}
	buf_putc(&bytes, '|');
	return &bytes;
}

KeyState *
key_state(const ApiCall *call)
{
	Buf		   *bytes = key_bytes(call);
	KeyState   *state = map_get(&states, buf_data(bytes), bytes->len, true);

	state->base = call->action->count(call);
	return state;
}

uint64_t
key_requests(const ApiCall *call)
{
	Buf		   *bytes = key_bytes(call);
	KeyState   *state = map_get(&states, buf_data(bytes), bytes->len, false);

	return state && state->epoch == epoch ? state->requests : 0;
}

void
key_count_request(KeyState *state)
{
	if (state->epoch != epoch || state->requests == 0)
	{
		state->epoch = epoch;
		state->requests = 0;
		count.keys++;
	}
	state->requests++;
}

static Range *
ranges_of(const KeyState *state, size_t *n)
{
	*n = state->ranges.len / sizeof(Range);
	return (Range *) (void *) buf_data(&state->ranges);
}

int64_t
key_total(const KeyState *state)
{
	size_t		n;
	Range	   *range;
	int64_t		total = 0;

	if (state->churned == 0)
		return state->base;
	range = ranges_of(state, &n);
	for (size_t i = 0; i < n; i++)
		total += range[i].last - range[i].first + 1;
	return total;
}

int64_t
key_row_at(const KeyState *state, int64_t offset)
{
	size_t		n;
	Range	   *range;

	if (settings.order == ORDER_DESC)
		offset = key_total(state) - 1 - offset;
	if (state->churned == 0)
		return offset + 1;
	range = ranges_of(state, &n);
	for (size_t i = 0; i < n; i++)
	{
		int64_t		held = range[i].last - range[i].first + 1;

		if (offset < held)
			return range[i].first + offset;
		offset -= held;
	}
	return 0;
}

/* How many rows have an index below that. */
static int64_t
rows_below(const KeyState *state, int64_t index)
{
	size_t		n;
	Range	   *range = ranges_of(state, &n);
	int64_t		below = 0;

	if (state->churned == 0)
		return index <= state->base ? index - 1 : state->base;
	for (size_t i = 0; i < n && range[i].first < index; i++)
		below += (range[i].last < index ? range[i].last : index - 1) - range[i].first + 1;
	return below;
}

int64_t
key_offset_behind(const KeyState *state, int64_t index)
{
	if (settings.order == ORDER_ASC)
		return rows_below(state, index + 1);
	return key_total(state) - rows_below(state, index);
}

static void
delete_oldest(KeyState *state, int64_t many)
{
	while (many > 0 && state->ranges.len > 0)
	{
		Range	   *range = (Range *) (void *) buf_data(&state->ranges);
		int64_t		held = range->last - range->first + 1;

		if (held > many)
		{
			range->first += many;
			return;
		}
		many -= held;
		buf_consume(&state->ranges, sizeof(Range));
	}
}

static void
delete_newest(KeyState *state, int64_t many)
{
	while (many > 0 && state->ranges.len > 0)
	{
		size_t		n;
		Range	   *range = ranges_of(state, &n) + n - 1;
		int64_t		held = range->last - range->first + 1;

		if (held > many)
		{
			range->last -= many;
			return;
		}
		many -= held;
		state->ranges.len -= sizeof(Range);
	}
}

/* Deletion comes first, so that a deletion and a creation can balance. */
static void
churn(KeyState *state)
{
	bool		desc = settings.order == ORDER_DESC;
	Range		range = {1, state->base};

	if (state->churned == 0)
	{
		state->next = state->base + 1;
		if (state->base > 0)
			buf_append(&state->ranges, &range, sizeof range);
	}
	delete_newest(state, desc ? settings.churn_delete : settings.churn_delete_last);
	delete_oldest(state, desc ? settings.churn_delete_last : settings.churn_delete);
	if (settings.churn_create > 0)
	{
		range.first = state->next;
		range.last = state->next + settings.churn_create - 1;
		buf_append(&state->ranges, &range, sizeof range);
		state->next = range.last + 1;
	}
	state->churned++;
	count.churns++;
}

void
key_served(KeyState *state, int64_t page)
{
	if (settings.churn_after_page == page &&
		state->churned < settings.churn_times)
		churn(state);
}

uint64_t
key_page_round(const ApiCall *call)
{
	Buf		   *bytes = key_bytes(call);
	uint64_t   *asked;

	buf_printf(bytes, "%" PRId64, call->page);
	asked = map_get(&rounds, buf_data(bytes), bytes->len, true);
	return (*asked)++;
}

void
key_forget_rounds(void)
{
	map_clear(&rounds);
}

void
keys_clear_counts(void)
{
	epoch++;
}

void
keys_reset(void)
{
	map_clear(&states);
	map_clear(&rounds);
	epoch++;
}
