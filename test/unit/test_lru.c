/*
 * test_lru.c
 *		Promises of lru.h, by themselves and against a list that does the same.
 */
#include "lru.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

#define TTL_US 1000
#define MODEL_KEYS 400
#define MODEL_STEPS 50000
#define MANY_KEYS 1000000
#define MANY_BYTES_OF_KEY 100
#define MANY_BYTES (16 * 1024 * 1024)

static TuyaLru *lru;
static TuyaLruTime now = {1000000, 5000000};

static void
begin(size_t size)
{
	free(lru);
	lru = malloc(size);
	memset(lru, 0xff, size);
	tuya_lru_init(lru, size);
}

/* Keys are hashes: here of a number, by which they are spread. */
static void
make_key(uint8_t *key, uint32_t number)
{
	uint32_t	hash = number * UINT32_C(2654435761);

	memset(key, 0, LRU_KEY_BYTES);
	memcpy(key, &hash, sizeof(hash));
	memcpy(key + sizeof(hash), &number, sizeof(number));
}

static void
fill_text(char *text, uint32_t number, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		text[i] = (char) (number * 31 + i * 7);
}

static TuyaLruPlace
reserve(uint32_t number, uint32_t len, int64_t ttl_us)
{
	TuyaLruLabel label = {.owner = {number % 3},.made = now,.ttl_us = ttl_us,.len = len};

	make_key(label.key, number);
	return tuya_lru_reserve(lru, &label, now.monotonic_us);
}

static bool
put_for(uint32_t number, uint32_t len, int64_t ttl_us)
{
	TuyaLruPlace place = reserve(number, len, ttl_us);
	char	   *text = malloc(len + 1);

	fill_text(text, number, len);
	if (place != LRU_NOWHERE)
	{
		tuya_lru_fill(lru, place, text);
		tuya_lru_publish(lru, place);
	}
	free(text);
	return place != LRU_NOWHERE;
}

static bool
put(uint32_t number, uint32_t len)
{
	return put_for(number, len, TTL_US);
}

static TuyaLruPlace
find(uint32_t number, int64_t younger_us)
{
	uint8_t		key[LRU_KEY_BYTES];

	make_key(key, number);
	return tuya_lru_find(lru, key, &now, younger_us);
}

/* Whether it is there; if so, with the bytes that it was given. */
static bool
has(uint32_t number)
{
	TuyaLruPlace place = find(number, INT64_MAX);
	uint32_t	len;
	char	   *got;
	char	   *text;

	if (place == LRU_NOWHERE)
		return false;
	len = tuya_lru_label(lru, place)->len;
	got = malloc(len + 1);
	text = malloc(len + 1);
	tuya_lru_copy(lru, place, got);
	fill_text(text, number, len);
	if (memcmp(got, text, len) != 0)
		ok(false, "entry %u has its %u bytes", number, len);
	free(got);
	free(text);
	tuya_lru_unpin(lru, place);
	return true;
}

/* Whether it is there, without using it. */
static bool
note_number(const TuyaLruLabel *label, size_t bytes, void *arg)
{
	uint32_t	number;

	(void) bytes;
	memcpy(&number, label->key + sizeof(number), sizeof(number));
	((bool *) arg)[number] = true;
	return false;
}

static void
look_at_all(bool *there)
{
	uint32_t	bucket = 0;

	while (tuya_lru_walk(lru, &bucket, note_number, there))
		;
}

static void
test_lengths(void)
{
	static const uint32_t lens[] = {0, 1, 100, 127, 128, 129, 247, 248, 249, 376, 377, 1000, 3000};
	uint32_t	most;

	begin(LRU_BYTES_MIN);
	most = (uint32_t) tuya_lru_len_max(lru);
	for (uint32_t i = 0; i < sizeof(lens) / sizeof(*lens); i++)
		ok(put(i, lens[i]) && has(i), "an entry of %u bytes", lens[i]);
	ok(most > LRU_BYTES_MIN / LRU_ENTRY_PART - 512 && most <= LRU_BYTES_MIN / LRU_ENTRY_PART,
	   "an entry may have a sixteenth: %u", most);
	ok(put(100, most) && has(100), "and one that has");
	ok(!put(101, most + 1) && !has(101) && has(100), "but not more, and that costs nobody");
	ok(!has(102), "what was not put there is not found");
}

static void
test_ages(void)
{
	TuyaLruTime made;
	TuyaLruPlace place;

	begin(LRU_BYTES_MIN);
	put(1, 10);
	made = now;
	now.monotonic_us += 99;
	place = find(1, 100);
	ok(place != LRU_NOWHERE, "found while it is younger");
	tuya_lru_unpin(lru, place);
	now.monotonic_us++;
	ok(find(1, 100) == LRU_NOWHERE, "not when it is as old");
	now = made;
	now.wall_us += 100;
	ok(find(1, 100) == LRU_NOWHERE, "nor by the wall clock, as after a machine slept");
	now.wall_us = made.wall_us - 1000000;
	ok(has(1), "a wall clock that was set back does not count");
	now.monotonic_us += 100;
	ok(find(1, 100) == LRU_NOWHERE, "and makes nothing younger");
	now = made;
	now.monotonic_us -= 5;
	ok(tuya_lru_age(&made, &now) == 0, "an age is never negative");
	now = made;
	ok(find(1, 0) == LRU_NOWHERE, "nothing is younger than 0");
}

/* How many of the first n there are. */
static uint32_t
count(uint32_t n)
{
	bool	   *there = calloc(n, sizeof(bool));
	uint32_t	found = 0;

	look_at_all(there);
	for (uint32_t i = 0; i < n; i++)
		found += there[i];
	free(there);
	return found;
}

static void
test_order(void)
{
	uint32_t	n = 0;
	bool		oldest_left = true;
	bool		used_left = true;

	begin(LRU_BYTES_MIN);
	/* as many as there is room for; the first one goes when there is none */
	while (put(n, 10) && count(n + 1) == n + 1)
		n++;
	ok(n > 200, "%u small ones find room", n);
	begin(LRU_BYTES_MIN);
	for (uint32_t i = 0; i < n; i++)
		put(i, 10);
	for (uint32_t i = 0; i < n / 2; i++)
		used_left = used_left && has(i);
	for (uint32_t i = 0; i < n / 2; i++)
		put(n + i, 10);
	for (uint32_t i = 0; i < n / 2; i++)
		used_left = used_left && has(i);
	for (uint32_t i = n / 2; i < n / 2 * 2; i++)
		oldest_left = oldest_left && !has(i);
	ok(used_left, "those that were used stay");
	ok(oldest_left, "those that were not go, first");

	begin(LRU_BYTES_MIN);
	for (uint32_t i = 0; i < n; i++)
		put_for(i, 10, i % 2 ? TTL_US : 10 * TTL_US);
	for (uint32_t i = 1; i < n; i += 2)
		used_left = used_left && has(i);
	now.monotonic_us += TTL_US;
	for (uint32_t i = 0; i < n / 2; i++)
		put(n + i, 10);
	used_left = true;
	for (uint32_t i = 0; i < n; i += 2)
		used_left = used_left && has(i);
	ok(used_left, "what has expired goes before what was used less");
}

static void
test_pins(void)
{
	TuyaLruPlace pinned;
	TuyaLruPlace filling;
	char		got[2000];
	char		text[2000];
	uint32_t	n = 0;

	begin(LRU_BYTES_MIN);
	put(0, sizeof(text));
	fill_text(text, 0, sizeof(text));
	pinned = find(0, INT64_MAX);
	filling = reserve(1, 100, TTL_US);
	for (uint32_t i = 2; i < 2000; i++)
		n += put(i, 100);
	ok(n == 1998 && find(0, INT64_MAX) == LRU_NOWHERE, "one that is pinned can be removed");
	tuya_lru_copy(lru, pinned, got);
	ok(memcmp(got, text, sizeof(text)) == 0, "and stays as it is");
	ok(find(1, INT64_MAX) == LRU_NOWHERE, "one that is being filled is not found");
	tuya_lru_fill(lru, filling, text);
	tuya_lru_publish(lru, filling);
	ok(find(1, INT64_MAX) != LRU_NOWHERE, "one that is published is");
	tuya_lru_unpin(lru, pinned);

	begin(LRU_BYTES_MIN);
	n = 0;
	while (reserve(n, (uint32_t) tuya_lru_len_max(lru), TTL_US) != LRU_NOWHERE)
		n++;
	ok(n >= LRU_ENTRY_PART - 1 && n <= LRU_ENTRY_PART, "while all is being filled, %u, there is no room", n);
}

static void
test_same_key(void)
{
	TuyaLruPlace first;
	TuyaLruPlace second;

	begin(LRU_BYTES_MIN);
	first = reserve(1, 10, TTL_US);
	now.monotonic_us += 10;
	second = reserve(1, 1000, TTL_US);
	tuya_lru_publish(lru, second);
	tuya_lru_publish(lru, first);
	second = find(1, INT64_MAX);
	ok(tuya_lru_label(lru, second)->len == 1000, "of two of a key the one stays that was asked for last");
	tuya_lru_unpin(lru, second);
	now.monotonic_us += 10;
	put(1, 20);
	ok(has(1) && count(2) == 1, "a later one takes its place");
	tuya_lru_abandon(lru, reserve(1, 3000, TTL_US));
	ok(has(1), "one that is abandoned does not");
}

static bool
is_owned(const TuyaLruLabel *label, size_t bytes, void *arg)
{
	*(size_t *) arg += bytes;
	return label->owner[0] == 1;
}

static void
test_removing(void)
{
	uint32_t	bucket = 0;
	size_t		bytes = 0;

	begin(LRU_BYTES_MIN);
	for (uint32_t i = 0; i < 60; i++)
		put(i, i * 10);
	while (tuya_lru_walk(lru, &bucket, is_owned, &bytes))
		;
	ok(count(60) == 40 && !has(1) && has(2), "those of one owner are removed");
	ok(bytes > 60 * 300 && bytes < LRU_BYTES_MIN, "what they take is told: %zu", bytes);
}

/*
 * Against a model: entries of one block each, by use, with their times.
 */
typedef struct ModelEntry
{
	uint32_t	number;
	int64_t		expires_us;
} ModelEntry;

static ModelEntry model[LRU_BYTES_MIN / 256];
static uint32_t nmodel = 0;		/* the last one was used last */

static uint32_t
model_find(uint32_t number)
{
	uint32_t	i = 0;

	while (i < nmodel && model[i].number != number)
		i++;
	return i;
}

static void
model_remove(uint32_t i)
{
	memmove(&model[i], &model[i + 1], (nmodel - i - 1) * sizeof(*model));
	nmodel--;
}

/* Who makes room: of those that have expired the first to do so, else the one that was not used longest. */
static uint32_t
model_victim(void)
{
	uint32_t	first = 0;

	for (uint32_t i = 1; i < nmodel; i++)
		if (model[i].expires_us < model[first].expires_us)
			first = i;
	return model[first].expires_us <= now.monotonic_us ? first : 0;
}

static void
model_put(uint32_t number, int64_t ttl_us, uint32_t max)
{
	uint32_t	i;

	if (nmodel == max)
		model_remove(model_victim());
	i = model_find(number);
	if (i < nmodel)
		model_remove(i);
	model[nmodel++] = (ModelEntry)
	{
		number, now.monotonic_us + ttl_us
	};
}

static void
model_use(uint32_t number)
{
	uint32_t	i = model_find(number);
	ModelEntry	entry;

	if (i == nmodel)
		return;
	entry = model[i];
	model_remove(i);
	model[nmodel++] = entry;
}

static void
test_model(void)
{
	uint32_t	max = 0;
	int			differ = 0;

	srand(4711);
	begin(LRU_BYTES_MIN);
	while (put(max, 10) && count(max + 1) == max + 1)
		max++;
	begin(LRU_BYTES_MIN);
	for (int step = 0; step < MODEL_STEPS; step++)
	{
		uint32_t	number = (uint32_t) rand() % MODEL_KEYS;

		now.monotonic_us++;
		if (rand() % 2)
		{
			/* times differ, so that there is one that expires first */
			int64_t		ttl_us = (rand() % 500) * (int64_t) MODEL_STEPS + step;

			put_for(number, (uint32_t) rand() % 100, ttl_us);
			model_put(number, ttl_us, max);
		}
		else
		{
			differ += has(number) != (model_find(number) < nmodel);
			model_use(number);
		}
		if (rand() % 100 == 0)
			now.monotonic_us += MODEL_STEPS;
	}
	ok(differ == 0, "%d steps as in a list: %d differ", MODEL_STEPS, differ);
}

static void
test_many(void)
{
	uint32_t	n = 0;
	uint32_t	last = 0;

	begin(MANY_BYTES);
	for (uint32_t i = 0; i < MANY_KEYS; i++)
		n += put(i, i % MANY_BYTES_OF_KEY);
	for (uint32_t i = 0; i < MANY_KEYS; i++)
		last = has(i) ? i : last;
	ok(n == MANY_KEYS && last == MANY_KEYS - 1, "a million keys in 16 MB");
}

int
main(void)
{
	test_lengths();
	test_ages();
	test_order();
	test_pins();
	test_same_key();
	test_removing();
	test_model();
	test_many();
	free(lru);
	return done_testing();
}
