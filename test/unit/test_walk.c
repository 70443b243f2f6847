/*
 * test_walk.c
 *		Promises of round.h: when pages that are asked for by token add up.
 *
 * The service is simulated: a list of ids, newest first, of which a token says how many
 * are left; a test may change the list before any page, or a page before it is added.
 */
#include "round.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

#define IDS_MAX 3000
#define PAGES_MAX 3000

static int	list[IDS_MAX];		/* ids; the first is the newest */
static int	nlist;
static int	page_size;
static bool tells_total;

/* The page that is served. */
static char ids[IDS_MAX][24];
static const char *page_ids[IDS_MAX];
static char token[64];
static TuyaRoundPage page;

/* What a lookup made of it. */
static bool seen[2 * IDS_MAX];
static int	nhanded;
static bool twice;
static int	npages;				/* asked for, of all rounds */
static bool began_without;		/* each round was begun without a token */
static TuyaRoundReport report;
static int	last_round;

static void
set_list(int n, int size)
{
	nlist = n;
	page_size = size;
	tells_total = true;
	for (int i = 0; i < n; i++)
		list[i] = n - i;
}

static void
delete_at(int at)
{
	nlist--;
	memmove(list + at, list + at + 1, (size_t) (nlist - at) * sizeof(list[0]));
}

static void
insert_first(int id)
{
	memmove(list + 1, list, (size_t) nlist * sizeof(list[0]));
	list[0] = id;
	nlist++;
}

/* Serves what is older than what the token names; without one, from the newest on. */
static void
serve(const char *asked)
{
	int			below = asked != NULL ? atoi(asked + 1) : 2 * IDS_MAX;
	int			at = 0;

	while (at < nlist && list[at] >= below)
		at++;
	memset(&page, 0, sizeof(page));
	page.ids = page_ids;
	page.has_total = tells_total;
	page.total = tells_total ? nlist : 0;
	for (; at < nlist && page.nrows < (size_t) page_size; at++)
	{
		sprintf(ids[page.nrows], "%d", list[at]);
		page_ids[page.nrows] = ids[page.nrows];
		page.nrows++;
	}
	token[0] = '\0';
	if (at < nlist)
		sprintf(token, "<%d", list[at - 1]);
	page.token = token;
}

static void
hand_out(const bool *fresh)
{
	for (size_t i = 0; i < page.nrows; i++)
	{
		int			id = atoi(page.ids[i]);

		if (!fresh[i])
			continue;
		nhanded++;
		twice |= seen[id];
		seen[id] = true;
	}
}

/* May change the list, or, called again with served, the page. */
typedef void (*Meddle) (int round, int64_t number, bool served);

static TuyaRoundVerdict
walk(bool read_to_end, Meddle meddle)
{
	TuyaRound  *round = tuya_round_create(&(TuyaRoundRules) {.read_to_end = read_to_end, .by_token = true});
	TuyaRoundVerdict verdict = TUYA_ROUND_MORE;
	bool		fresh[IDS_MAX];

	memset(seen, 0, sizeof(seen));
	nhanded = npages = 0;
	twice = false;
	began_without = true;
	while (verdict == TUYA_ROUND_MORE && npages++ < PAGES_MAX)
	{
		int64_t		number = tuya_round_page(round);

		began_without &= (number == 1) == (tuya_round_token(round) == NULL);
		if (meddle != NULL)
			meddle(tuya_round_number(round), number, false);
		serve(tuya_round_token(round));
		if (meddle != NULL)
			meddle(tuya_round_number(round), number, true);
		verdict = tuya_round_add_page(round, &page, fresh);
		if (verdict != TUYA_ROUND_NO_MEMORY)
			hand_out(fresh);
	}
	report = *tuya_round_report(round);
	last_round = tuya_round_number(round);
	tuya_round_destroy(round);
	return verdict;
}

static void
is_report(TuyaRoundFault fault, int64_t number, int64_t total, int64_t nids, const char *what)
{
	if (!ok(report.fault == fault && report.page == number && report.total == total && report.ids == nids,
			"%s, and is told", what))
		printf("# fault %d page %ld total %ld ids %ld\n", (int) report.fault, (long) report.page,
			   (long) report.total, (long) report.ids);
}

static void
test_steady(void)
{
	static const int sizes[] = {0, 1, 2, 49, 50, 51, 100, 1000};
	static const int page_sizes[] = {1, 7, 50};

	for (size_t i = 0; i < 8 * 3 * 2; i++)
	{
		int			n = sizes[i % 8];
		int			size = page_sizes[i / 8 % 3];
		int			needed = n == 0 ? 1 : (n + size - 1) / size;

		set_list(n, size);
		tells_total = i >= 24;
		ok(walk(false, NULL) == TUYA_ROUND_COMPLETE && nhanded == n && !twice && npages == needed &&
		   last_round == 1 && began_without, "%d rows by %d, %s total", n, size, tells_total ? "with" : "without");
	}
}

/* ---- the list changes ---- */

static void
create_one(int round, int64_t number, bool served)
{
	if (number == 2 && !served && round == 1)
		insert_first(IDS_MAX + 1);
}

static void
delete_ahead(int round, int64_t number, bool served)
{
	if (number == 2 && !served && round == 1)
		delete_at(nlist - 1);
}

static void
delete_behind(int round, int64_t number, bool served)
{
	if (number == 2 && !served && round == 1)
		delete_at(0);
}

static void
create_and_delete(int round, int64_t number, bool served)
{
	delete_ahead(round, number, served);
	create_one(round, number, served);
}

static void
test_changes(void)
{
	set_list(20, 5);
	ok(walk(false, create_one) == TUYA_ROUND_COMPLETE && last_round == 1 && nhanded == 20,
	   "one that is created is not missed from those that were there");
	set_list(20, 5);
	ok(walk(false, delete_ahead) == TUYA_ROUND_COMPLETE && last_round == 1 && nhanded == 19,
	   "nor is one that is deleted before it is read");
	set_list(20, 5);
	ok(walk(false, delete_behind) == TUYA_ROUND_COMPLETE && last_round == 1 && nhanded == 20,
	   "or after");
	set_list(20, 5);
	ok(walk(false, create_and_delete) == TUYA_ROUND_COMPLETE && last_round == 2 && nhanded == 20,
	   "where the total cannot tell, the walk is repeated");
	set_list(20, 5);
	tells_total = false;
	ok(walk(false, create_and_delete) == TUYA_ROUND_COMPLETE && last_round == 1 && nhanded == 19,
	   "without a total the tokens are enough");
}

/* ---- faults ---- */

static int	faulty_rounds;

static bool
is_time(int round, int64_t number, bool served)
{
	return served && number == 3 && round <= faulty_rounds;
}

static void
show_again(int round, int64_t number, bool served)
{
	if (is_time(round, number, served))
		page_ids[0] = "20";
}

static void
forget_token(int round, int64_t number, bool served)
{
	if (is_time(round, number, served))
		page.token = NULL;
}

static void
cut_short(int round, int64_t number, bool served)
{
	if (is_time(round, number, served))
		token[0] = '\0';
}

static void
test_fault(Meddle fault, TuyaRoundFault expected, int64_t nids, const char *what)
{
	set_list(20, 5);
	faulty_rounds = 2;
	ok(walk(false, fault) == TUYA_ROUND_COMPLETE && last_round == 3 && nhanded == 20 && !twice && began_without,
	   "%s: the walk is repeated from its beginning", what);
	set_list(20, 5);
	faulty_rounds = ROUNDS_MAX;
	ok(walk(false, fault) == TUYA_ROUND_INCOMPLETE && last_round == ROUNDS_MAX && npages == 3 * ROUNDS_MAX,
	   "... as often as may be");
	is_report(expected, 3, 20, nids, "... then it is given up");
}

static void
test_faults(void)
{
	test_fault(show_again, TUYA_ROUND_ID_REPEATED, 14, "an id twice");
	test_fault(forget_token, TUYA_ROUND_TOKEN_MISSING, 15, "a token that vanishes");
	test_fault(cut_short, TUYA_ROUND_IDS_DIFFER, 15, "a walk that ends before its total");

	set_list(20, 5);
	tells_total = false;
	faulty_rounds = ROUNDS_MAX;
	ok(walk(false, forget_token) == TUYA_ROUND_INCOMPLETE, "a token that vanishes is seen without a total, too");
	is_report(TUYA_ROUND_TOKEN_MISSING, 3, -1, 15, "... and so that there was none");

	set_list(20, 5);
	ok(walk(true, show_again) == TUYA_ROUND_INCOMPLETE && npages == 3 + 3 + 4 && nhanded == 19,
	   "to read on is to read the last walk to its end");
	ok(report.fault == TUYA_ROUND_ID_REPEATED && report.page == 3 && report.ids == 19, "... and tells the first fault");
}

static void
never_tell(int round, int64_t number, bool served)
{
	(void) round, (void) number, (void) served;
	page.token = NULL;
}

static void
lie_total(int round, int64_t number, bool served)
{
	(void) round, (void) number;
	page.total += served;
}

static void
lie_last_total(int round, int64_t number, bool served)
{
	(void) round;
	if (served && number == 4)
		page.total = 9;
}

static void
lose_first_total(int round, int64_t number, bool served)
{
	(void) round;
	if (served && number == 1)
		page.has_total = false;
}

static void
test_without_token(void)
{
	set_list(5, 5);
	ok(walk(false, never_tell) == TUYA_ROUND_COMPLETE && nhanded == 5, "without any token a total that is reached is enough");
	set_list(6, 5);
	ok(walk(false, never_tell) == TUYA_ROUND_INCOMPLETE, "but not one that is not");
	set_list(3, 5);
	tells_total = false;
	ok(walk(false, never_tell) == TUYA_ROUND_INCOMPLETE && report.fault == TUYA_ROUND_TOKEN_MISSING,
	   "and a page that is not full proves nothing");
	set_list(0, 5);
	tells_total = false;
	ok(walk(false, never_tell) == TUYA_ROUND_COMPLETE && npages == 1, "an empty list does");
	set_list(0, 5);
	ok(walk(false, lie_total) == TUYA_ROUND_INCOMPLETE && report.fault == TUYA_ROUND_IDS_DIFFER,
	   "unless there is a total of others");
	set_list(20, 5);
	ok(walk(false, lie_total) == TUYA_ROUND_INCOMPLETE, "a total that is not reached is seen");
	is_report(TUYA_ROUND_IDS_DIFFER, 4, 21, 20, "... at the end");
	set_list(20, 5);
	ok(walk(false, lie_last_total) == TUYA_ROUND_COMPLETE && nhanded == 20,
	   "the last page may tell another one than the first, within which the rows are");
	set_list(20, 5);
	ok(walk(false, lose_first_total) == TUYA_ROUND_COMPLETE, "or the only one");
}

/* ---- circles ---- */

static void
repeat_token(int round, int64_t number, bool served)
{
	(void) round;
	if (served && number == 3)
		strcpy(token, "<16");
}

static void
stay_empty(int round, int64_t number, bool served)
{
	(void) round;
	if (!served)
		return;
	page.nrows = 0;
	sprintf(token, "<%ld", (long) number);
}

static void
be_large(int round, int64_t number, bool served)
{
	(void) round, (void) number;
	if (served)
		page.total = ROUND_WALK_ROWS_MAX + 1;
}

static void
test_circles(void)
{
	TuyaRound  *round;
	TuyaRoundVerdict verdict = TUYA_ROUND_MORE;
	int64_t		n;

	set_list(20, 5);
	ok(walk(false, repeat_token) == TUYA_ROUND_ENDLESS && last_round == 1 && npages == 3,
	   "a token that repeats ends the lookup");
	is_report(TUYA_ROUND_TOKEN_REPEATED, 3, 20, 15, "... at once");
	set_list(20, 5);
	ok(walk(true, repeat_token) == TUYA_ROUND_ENDLESS && npages == 3, "... whatever may be read to the end");

	round = tuya_round_create(&(TuyaRoundRules) {.by_token = true});
	for (n = 0; verdict == TUYA_ROUND_MORE && n <= ROUND_PAGES_MAX; n++)
	{
		set_list(5, 5);
		serve(tuya_round_token(round));
		stay_empty(1, n + 1, true);
		verdict = tuya_round_add_page(round, &page, NULL);
	}
	ok(verdict == TUYA_ROUND_ENDLESS && n == ROUND_PAGES_MAX, "pages without rows go on to the last page there may be");
	ok(tuya_round_memory(round) > (size_t) ROUND_PAGES_MAX * 10, "whose tokens count as memory");
	tuya_round_destroy(round);

	set_list(20, 5);
	ok(walk(false, be_large) == TUYA_ROUND_REFUSED && npages == 1 && nhanded == 5,
	   "a total of more than can be walked is told by the first page, whose rows are there");
	is_report(TUYA_ROUND_FAULT_NONE, 1, ROUND_WALK_ROWS_MAX + 1, 5, "... at once");
}

/* A walk over n rows, by pages of 10000. */
static TuyaRoundVerdict
walk_far(int n)
{
	enum
	{
		SIZE = 10000
	};
	static char far_ids[SIZE][16];
	static const char *far_page[SIZE];
	static bool fresh[SIZE];
	TuyaRound  *round = tuya_round_create(&(TuyaRoundRules) {.by_token = true});
	TuyaRoundVerdict verdict = TUYA_ROUND_MORE;
	int			id = 0;

	while (verdict == TUYA_ROUND_MORE)
	{
		TuyaRoundPage far = {.ids = far_page};
		char		next[16];

		for (; id < n && far.nrows < SIZE; far.nrows++)
		{
			sprintf(far_ids[far.nrows], "%d", id++);
			far_page[far.nrows] = far_ids[far.nrows];
		}
		sprintf(next, "%d", id);
		far.token = id < n ? next : "";
		verdict = tuya_round_add_page(round, &far, fresh);
	}
	tuya_round_destroy(round);
	return verdict;
}

/* ---- what tokens are ---- */

static void
test_tokens(void)
{
	static const char *const told[] = {"a b", "\xC3\xA4/+&=%", "a", "a b "};
	TuyaRound  *round = tuya_round_create(&(TuyaRoundRules) {.by_token = true});
	TuyaRound  *numbers = tuya_round_create(&(TuyaRoundRules) {0});
	bool		fresh[1];
	bool		kept = true;
	size_t		len;

	ok(tuya_round_token(round) == NULL && tuya_round_tokens(round, &len) == NULL && len == 0,
	   "the first page is asked by none");
	for (size_t i = 0; i < 4; i++)
	{
		char		id[2] = {(char) ('0' + i), '\0'};
		const char *const id_list[] = {id};
		char		copy[16];
		TuyaRoundPage next = {.ids = id_list, .nrows = 1, .token = copy};

		strcpy(copy, told[i]);
		kept &= tuya_round_add_page(round, &next, fresh) == TUYA_ROUND_MORE;
		memset(copy, 'x', sizeof(copy));
		kept &= strcmp(tuya_round_token(round), told[i]) == 0;
	}
	ok(kept, "each other by the token of the one before, byte for byte");
	ok(tuya_round_page_count(round) == 0, "so none is read ahead");
	ok(memcmp(tuya_round_tokens(round, &len), "a b\0\xC3\xA4/+&=%\0a\0a b ", 19) == 0 && len == 19, "all are kept");
	ok(tuya_round_add_refusal(round) == TUYA_ROUND_MORE && tuya_round_token(round) == NULL &&
	   tuya_round_page(round) == 1 && tuya_round_tokens(round, &len) == NULL,
	   "a round that is repeated after a refusal begins without one");
	ok(tuya_round_report(round)->fault == TUYA_ROUND_PAGE_REFUSED && tuya_round_report(round)->total == -1 &&
	   tuya_round_report(round)->page == 5, "which is told");
	ok(tuya_round_token(numbers) == NULL, "pages by number have none");
	tuya_round_destroy(round);
	tuya_round_destroy(numbers);
}

/* ---- pages that the service would refuse ---- */

static void
is_refused(int64_t total, size_t size, TuyaRoundVerdict expected)
{
	TuyaRound  *round = tuya_round_create(&(TuyaRoundRules) {.pages_max = 100000 / (int64_t) size});
	bool		fresh[IDS_MAX];
	TuyaRoundVerdict verdict;

	set_list(IDS_MAX, (int) size);
	serve(NULL);
	page.total = total;
	verdict = tuya_round_add_page(round, &page, fresh);
	ok(verdict == expected, "%ld rows by %zu", (long) total, size);
	ok(verdict == TUYA_ROUND_MORE || (tuya_round_report(round)->total == total && fresh[size - 1]),
	   "... as the first page tells, whose rows are there");
	tuya_round_destroy(round);
}

static void
test_refused(void)
{
	is_refused(100000, 100, TUYA_ROUND_MORE);
	is_refused(100001, 100, TUYA_ROUND_REFUSED);
	is_refused(INT64_MAX, 100, TUYA_ROUND_REFUSED);
	is_refused(99995, 7, TUYA_ROUND_MORE);
	is_refused(99996, 7, TUYA_ROUND_REFUSED);
	is_refused(100001, 1, TUYA_ROUND_REFUSED);
}

int
main(void)
{
	test_steady();
	test_changes();
	test_faults();
	test_without_token();
	test_circles();
	ok(walk_far(ROUND_WALK_ROWS_MAX) == TUYA_ROUND_COMPLETE, "as many rows as a walk may have");
	ok(walk_far(ROUND_WALK_ROWS_MAX + 1) == TUYA_ROUND_ENDLESS, "and one more");
	test_tokens();
	test_refused();
	return done_testing();
}
