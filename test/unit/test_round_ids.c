/*
 * test_round_ids.c
 *		Promises of round.h about ids: which are fresh, how many there may be, and what memory
 *		they take.
 */
#include "round.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

#define ID_BYTES 256			/* of a long one */
#define ROWS_MAX 100

static bool fresh[ROWS_MAX];

/* A page of so many ids, from that on, of a list that is said to have so many. */
static TuyaRoundPage
page_of(int first, int nrows, int64_t total)
{
	static char ids[ROWS_MAX][24];
	static const char *pointers[ROWS_MAX];

	for (int i = 0; i < nrows; i++)
	{
		sprintf(ids[i], "1834143585562%06d", first + i);
		pointers[i] = ids[i];
	}
	return (TuyaRoundPage) {
		.ids = pointers,.nrows = (size_t) nrows,.has_total = true,.total = total
	};
}

static int
count_fresh(int nrows)
{
	int			n = 0;

	for (int i = 0; i < nrows; i++)
		n += fresh[i];
	return n;
}

static void
test_endless(void)
{
	static const struct
	{
		int64_t		total;
		int			nrows;
		bool		endless;
	}			cases[] = {
		{ROUND_PAGES_MAX, 1, false}, {ROUND_PAGES_MAX + 1, 1, true},
		{(int64_t) ROUND_PAGES_MAX * 10, 10, false}, {(int64_t) ROUND_PAGES_MAX * 10 + 1, 10, true},
		{INT64_MAX, 1, true}, {INT64_MAX, 100, true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		TuyaRound  *round = tuya_round_create(&(TuyaRoundRules) {0});
		TuyaRoundPage page = page_of(0, cases[i].nrows, cases[i].total);

		memset(fresh, 0, sizeof(fresh));
		ok(tuya_round_add_page(round, &page, fresh) ==
		   (cases[i].endless ? TUYA_ROUND_ENDLESS : TUYA_ROUND_MORE) &&
		   count_fresh(cases[i].nrows) == cases[i].nrows, "total %lld at page size %d is %s", (long long) cases[i].total,
		   cases[i].nrows, cases[i].endless ? "endless" : "not endless");
		tuya_round_destroy(round);
	}
}

/* Ids that differ little, in length only, or are longest. */
static void
test_exact_ids(void)
{
	static char texts[5][ID_BYTES + 1] = {"a", "A", "a ", "aa", ""};
	const char *odd[6];
	TuyaRoundPage page;
	TuyaRound  *round = tuya_round_create(&(TuyaRoundRules) {0});

	memset(texts[4], 'a', ID_BYTES);
	memset(&page, 0, sizeof(page));
	for (int i = 0; i < 6; i++)
		odd[i] = texts[i % 5];
	page.ids = odd;
	page.nrows = 6;
	page.has_total = true;
	page.total = 5;
	ok(tuya_round_add_page(round, &page, fresh) == TUYA_ROUND_COMPLETE, "ids are compared byte for byte");
	ok(fresh[0] && fresh[1] && fresh[2] && fresh[3] && fresh[4] && !fresh[5], "the first of two alike is fresh");
	tuya_round_destroy(round);
}

/* A hundred thousand ids: the set grows, stays exact and knows its size. */
static void
test_many_ids(void)
{
	TuyaRound  *round = tuya_round_create(&(TuyaRoundRules) {0});
	TuyaRoundVerdict verdict = TUYA_ROUND_MORE;
	size_t		before = tuya_round_memory(round);
	int			nfresh = 0;

	for (int n = 0; n < 1000; n++)
	{
		TuyaRoundPage page = page_of(n * ROWS_MAX, ROWS_MAX, 100000);

		verdict = tuya_round_add_page(round, &page, fresh);
		nfresh += count_fresh(ROWS_MAX);
	}
	ok(verdict == TUYA_ROUND_COMPLETE && nfresh == 100000, "100000 ids are kept apart");
	ok(before < 1000 && tuya_round_memory(round) > 100000 * 19 && tuya_round_memory(round) < 100000 * 128,
	   "memory is told: %zu bytes", tuya_round_memory(round));
	tuya_round_destroy(round);
	tuya_round_destroy(NULL);
}

static void
test_no_memory(void)
{
	bool		reported = true;
	long		n;

	for (n = 0;; n++)
	{
		TuyaRound  *round;
		TuyaRoundVerdict verdict = TUYA_ROUND_MORE;

		oom_arm(n);
		round = tuya_round_create(&(TuyaRoundRules) {0});
		while (round != NULL && verdict == TUYA_ROUND_MORE)
		{
			TuyaRoundPage page = page_of((int) (tuya_round_page(round) - 1) * 10, 10, 50);

			verdict = tuya_round_add_page(round, &page, fresh);
		}
		if (!oom_disarm())
		{
			reported &= verdict == TUYA_ROUND_COMPLETE;
			tuya_round_destroy(round);
			break;
		}
		reported &= round == NULL || verdict == TUYA_ROUND_NO_MEMORY;
		tuya_round_destroy(round);
	}
	ok(reported && n >= 5, "whichever of %ld allocations fails, it is reported", n);
}

int
main(void)
{
	test_endless();
	test_exact_ids();
	test_many_ids();
	test_no_memory();
	return done_testing();
}
