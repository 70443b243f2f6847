/*
 * jobs.h
 *		Which jobs a key has: the rule (rule.sql says the same in SQL) and
 *		what churn did to a key's list.
 */
#ifndef SIM_JOBS_H
#define SIM_JOBS_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "table.h"

#define TIME_BYTES 32

typedef struct Text
{
	const char *data;
	size_t		len;
} Text;

static inline Text
text_make(const char *data, size_t len)
{
	Text		text = {data, len};

	return text;
}

typedef struct Key
{
	Text		product_key;
	Text		device_name;
	Text		firmware_id;
} Key;

typedef struct Job
{
	char		id[32];
	const char *status;
	const char *type;
	const char *selection;
	const char *target;
	char		created[TIME_BYTES];	/* 2024-01-01T00:00:00.000Z */
	char		modified[TIME_BYTES];
	char		package_product_key[12];
	char		package_firmware_id[12];
} Job;

/* Consecutive job indices. */
typedef struct Range
{
	int64_t		first;
	int64_t		last;
} Range;

/* What is remembered of a key that was asked for. */
typedef struct KeyState
{
	uint64_t	requests;		/* since epoch, which is the last clear */
	uint64_t	epoch;
	int64_t		base;			/* the rule's number of jobs */
	int64_t		churned;		/* how often churn changed the list */
	int64_t		next;			/* index of the next job created */
	Buf			ranges;			/* array of Range, ascending; once churned */
} KeyState;

/* The i-th job (from 1) of a key. */
void		job_make(const Key *key, int64_t i, Job *job);

/* The key's state, with base as the settings have it now. */
KeyState   *key_state(const Key *key);
uint64_t	key_requests(const Key *key);
void		key_count_request(KeyState *state);

/* The key's list: its length, and the index of the job at an offset. */
int64_t		key_total(const KeyState *state);
int64_t		key_job_at(const KeyState *state, int64_t offset);

/* To be called when a page was served: churns when the settings say so. */
void		key_served(KeyState *state, int64_t page);

/* How often this page of this key was asked before; counts this time. */
uint64_t	key_page_round(const Key *key, int64_t page);
void		key_forget_rounds(void);

void		keys_clear_counts(void);
void		keys_reset(void);

/* 128 bits of MD5, for the set of nonces. */
Digest		digest_of(const void *bytes, size_t len);

#endif
