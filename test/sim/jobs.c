/*
 * jobs.c
 *		Which jobs a key has.
 *
 * A job follows from the key and its index alone, so nothing is stored for
 * keys that were never churned, and a page costs its own rows only, however
 * many jobs the key has.
 */
#include "jobs.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "counters.h"
#include "settings.h"

#define MD5_BYTES 16
#define EPOCH_2024 INT64_C(1704067200)
#define COUNT_DIGITS_MAX 7

static void release_state(void *value);

static Map	states = {.value_size = sizeof(KeyState),.release = release_state};
static Map	rounds = {.value_size = sizeof(uint64_t)};
static uint64_t epoch;

static void
md5(const void *bytes, size_t len, unsigned char digest[MD5_BYTES])
{
	static EVP_MD_CTX *context;
	static EVP_MD *algorithm;

	if (!context)
	{
		context = EVP_MD_CTX_new();
		algorithm = EVP_MD_fetch(NULL, "MD5", NULL);
	}
	if (!context || !algorithm ||
		!EVP_DigestInit_ex2(context, algorithm, NULL) ||
		!EVP_DigestUpdate(context, bytes, len) ||
		!EVP_DigestFinal_ex(context, digest, NULL))
	{
		fputs("tuya_sim: no MD5\n", stderr);
		abort();
	}
}

Digest
digest_of(const void *bytes, size_t len)
{
	unsigned char raw[MD5_BYTES];
	Digest		digest;

	md5(bytes, len, raw);
	memcpy(&digest, raw, sizeof digest);
	return digest;
}

/* Digits first to last (from 1) of the digest's hexadecimal form. */
static uint64_t
hex_digits(const unsigned char digest[MD5_BYTES], int first, int last)
{
	uint64_t	value = 0;

	for (int digit = first - 1; digit < last; digit++)
	{
		unsigned	byte = digest[digit / 2];

		value = value << 4 | (digit % 2 ? byte & 15 : byte >> 4);
	}
	return value;
}

/* Decimal digits, for printf took half the time of a large page. */
static char *
put_digits(char *to, int64_t number, int digits)
{
	for (int i = digits - 1; i >= 0; i--)
	{
		to[i] = (char) ('0' + number % 10);
		number /= 10;
	}
	return to + digits;
}

static void
print_time(char *to, int64_t ms)
{
	time_t		seconds = EPOCH_2024 + ms / 1000;
	struct tm	tm;

	gmtime_r(&seconds, &tm);
	to = put_digits(to, tm.tm_year + 1900, 4);
	*to++ = '-';
	to = put_digits(to, tm.tm_mon + 1, 2);
	*to++ = '-';
	to = put_digits(to, tm.tm_mday, 2);
	*to++ = 'T';
	to = put_digits(to, tm.tm_hour, 2);
	*to++ = ':';
	to = put_digits(to, tm.tm_min, 2);
	*to++ = ':';
	to = put_digits(to, tm.tm_sec, 2);
	*to++ = '.';
	to = put_digits(to, ms % 1000, 3);
	*to++ = 'Z';
	*to = '\0';
}

/* pk|dn|fw| in a buffer that the next call reuses. */
static Buf *
key_bytes(const Key *key)
{
	static Buf	bytes;

	buf_clear(&bytes);
	buf_append(&bytes, key->product_key.data, key->product_key.len);
	buf_putc(&bytes, '|');
	buf_append(&bytes, key->device_name.data, key->device_name.len);
	buf_putc(&bytes, '|');
	buf_append(&bytes, key->firmware_id.data, key->firmware_id.len);
	buf_putc(&bytes, '|');
	return &bytes;
}

void
job_make(const Key *key, int64_t i, Job *job)
{
	static const char *const statuses[] = {"PLANNED", "IN_PROGRESS", "COMPLETED", "CANCELED"};
	static const char *const types[] = {"VERIFY_FIRMWARE", "UPGRADE_FIRMWARE"};
	static const char *const selections[] = {"STATIC", "DYNAMIC"};
	static const char *const targets[] = {"ALL", "SPECIFIC", "GRAY"};
	Buf		   *bytes = key_bytes(key);
	unsigned char h[MD5_BYTES];
	int64_t		created;

	buf_printf(bytes, "%" PRId64, i);
	md5(buf_data(bytes), bytes->len, h);
	snprintf(job->id, sizeof job->id, "1%012" PRIu64 "%06" PRId64,
			 hex_digits(h, 1, 12) % UINT64_C(1000000000000), i);
	job->status = statuses[hex_digits(h, 13, 13) % 4];
	job->type = types[hex_digits(h, 14, 14) % 2];
	job->selection = selections[hex_digits(h, 15, 15) % 2];
	job->target = targets[hex_digits(h, 16, 16) % 3];
	created = i * 60000 + (int64_t) (hex_digits(h, 17, 19) % 1000);
	print_time(job->created, created);
	print_time(job->modified, created + (int64_t) hex_digits(h, 20, 20) * 3600000);
	snprintf(job->package_product_key, sizeof job->package_product_key,
			 "pkg%08" PRIx64, hex_digits(h, 21, 28));
	snprintf(job->package_firmware_id, sizeof job->package_firmware_id,
			 "%" PRIu64, hex_digits(h, 29, 32));
}

/* The number behind the name's last colon, else the default. */
static int64_t
rule_count(Text name)
{
	int64_t		n = 0;
	int64_t		unit = 1;
	size_t		at = name.len;

	while (at > 0 && name.data[at - 1] >= '0' && name.data[at - 1] <= '9')
	{
		if (name.len - at == COUNT_DIGITS_MAX)
			return settings.default_jobs;
		n += unit * (name.data[--at] - '0');
		unit *= 10;
	}
	if (at == name.len || at == 0 || name.data[at - 1] != ':')
		return settings.default_jobs;
	return n;
}

static void
release_state(void *value)
{
	buf_free(&((KeyState *) value)->ranges);
}

KeyState *
key_state(const Key *key)
{
	Buf		   *bytes = key_bytes(key);
	KeyState   *state = map_get(&states, buf_data(bytes), bytes->len, true);

	state->base = rule_count(key->device_name);
	return state;
}

uint64_t
key_requests(const Key *key)
{
	Buf		   *bytes = key_bytes(key);
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
key_job_at(const KeyState *state, int64_t offset)
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
key_page_round(const Key *key, int64_t page)
{
	Buf		   *bytes = key_bytes(key);
	uint64_t   *asked;

	buf_printf(bytes, "%" PRId64, page);
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
