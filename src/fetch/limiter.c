/*
 * limiter.c
 *		When the next request of an account may go: core/pace, shared.
 *
 * A table of a fixed size, in shared memory or in the backend's own, has a pace
 * for each account, known by a hash of endpoint, access key id and secret.  If
 * it is full, the account that has not been used for the longest time is
 * forgotten, which costs it a few throttled requests.
 *
 * The lock is a spinlock: what it guards is a few dozen instructions and
 * throws nothing.
 */
#include "postgres.h"

#include "fetch/limiter.h"

#include "storage/spin.h"

#include "core/pace.h"
#include "fetch/account.h"
#include "util/clock.h"
#include "util/shared.h"

/* Accounts at once; an entry has some 150 bytes. */
#define ACCOUNTS_MAX 64

typedef struct Account
{
	uint8		hash[TUYA_ASKER_BYTES];
	int64		used_us;		/* when last; 0: the entry is free */
	TuyaPace	pace;
} Account;

typedef struct Table
{
	slock_t		lock;
	Account		accounts[ACCOUNTS_MAX];
} Table;

struct TuyaLimiter
{
	uint8		hash[TUYA_ASKER_BYTES];
	int			place;			/* where its entry was last */
	int			rate_limit;		/* the server option */
};

static void init_table(void *ptr);

static TuyaShared memory =
{
	.name = "limiter",.size = sizeof(Table),.init = init_table
};
static Table *table = NULL;		/* once a limiter was made */

/*
 * ---- the table ----
 */

static void
init_table(void *ptr)
{
	Table	   *fresh = ptr;

	memset(fresh, 0, sizeof(*fresh));
	SpinLockInit(&fresh->lock);
}

void
tuya_limiter_install(void)
{
	tuya_shared_install(&memory);
}

/* Where the account with that hash is, or -1. */
static int
find_account(const uint8 *hash)
{
	for (int i = 0; i < ACCOUNTS_MAX; i++)
		if (table->accounts[i].used_us > 0 &&
			memcmp(table->accounts[i].hash, hash, TUYA_ASKER_BYTES) == 0)
			return i;
	return -1;
}

/* Forgets the account that was not used for the longest time. */
static int
add_account(const uint8 *hash)
{
	int			oldest = 0;

	for (int i = 1; i < ACCOUNTS_MAX; i++)
		if (table->accounts[i].used_us < table->accounts[oldest].used_us)
			oldest = i;
	memset(&table->accounts[oldest], 0, sizeof(Account));
	memcpy(table->accounts[oldest].hash, hash, TUYA_ASKER_BYTES);
	return oldest;
}

/* The pace of that limiter's account; to be called with the lock held. */
static TuyaPace *
find_pace(TuyaLimiter *limiter, int64 now)
{
	/* mostly it is where it was */
	if (memcmp(table->accounts[limiter->place].hash, limiter->hash,
			   TUYA_ASKER_BYTES) != 0)
	{
		limiter->place = find_account(limiter->hash);
		if (limiter->place < 0)
			limiter->place = add_account(limiter->hash);
	}
	table->accounts[limiter->place].used_us = now;
	return &table->accounts[limiter->place].pace;
}

/*
 * ---- limiters ----
 */

TuyaLimiter *
tuya_limiter_create(const TuyaSettings *settings)
{
	TuyaLimiter *limiter = palloc0(sizeof(TuyaLimiter));

	table = tuya_shared_get(&memory);
	tuya_account_hash(settings, limiter->hash);
	limiter->rate_limit = settings->rate_limit;
	return limiter;
}

const uint8 *
tuya_limiter_account(const TuyaLimiter *limiter)
{
	return limiter->hash;
}

int64
tuya_limiter_take(TuyaLimiter *limiter, int64 now)
{
	int64		wait;

	SpinLockAcquire(&table->lock);
	wait = tuya_pace_take(find_pace(limiter, now), limiter->rate_limit, now);
	SpinLockRelease(&table->lock);
	return wait;
}

void
tuya_limiter_note_reply(TuyaLimiter *limiter, bool throttled, int64 sent_us, int64 advised_s)
{
	int64		now = tuya_clock_monotonic_us();
	TuyaPace   *pace;

	SpinLockAcquire(&table->lock);
	pace = find_pace(limiter, now);
	if (throttled)
		tuya_pace_throttled(pace, sent_us, advised_s, now);
	else
	{
		tuya_pace_served(pace, now);
		tuya_pace_pause(pace, advised_s, now);
	}
	SpinLockRelease(&table->lock);
}

void
tuya_limiter_look(const uint8 *account, int rate_limit, double *rate, double *learned)
{
	double		found = 0;
	int			place;

	table = tuya_shared_get(&memory);
	*learned = 0;
	SpinLockAcquire(&table->lock);
	place = find_account(account);
	if (place >= 0 && table->accounts[place].pace.rate > 0)
	{
		found = table->accounts[place].pace.rate;
		*learned = table->accounts[place].pace.base;
	}
	SpinLockRelease(&table->lock);
	*rate = rate_limit > 0 && (found == 0 || rate_limit < found) ? rate_limit : found;
}
