/*
 * test_round.c
 *		Promises of round.h: when the pages of a lookup add up, and what comes if they do not.
 *
 * The service is simulated: a list of job ids, served by page; a test may
 * change the list before any page.
 */
#include "round.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

#define JOBS_MAX 2000
#define PAGES_MAX 2000			/* pages asked for, of all rounds */

typedef struct Service
{
	int			jobs[JOBS_MAX]; /* ids */
	int			njobs;
	int			page_size;
	bool		no_total;		/* leaves "total" out */
} Service;

static Service service;

/* What a lookup made of it. */
static bool seen[JOBS_MAX];		/* by id: handed out */
static int	nhanded;			/* rows handed out */
static bool twice;				/* a row was handed out twice */
static int	nasked;				/* pages asked for */
static int	asked[PAGES_MAX];	/* their numbers */
static TuyaRoundReport report;
static int	last_round;
static int64_t last_page_count;

static char ids[JOBS_MAX][24];
static const char *page_ids[JOBS_MAX];
static bool fresh[JOBS_MAX];

static void
set_service(int njobs, int page_size)
{
	memset(&service, 0, sizeof(service));
	service.njobs = njobs;
	service.page_size = page_size;
	for (int i = 0; i < njobs; i++)
		service.jobs[i] = i;
}

static void
delete_job(int at)
{
	service.njobs--;
	memmove(service.jobs + at, service.jobs + at + 1,
			(size_t) (service.njobs - at) * sizeof(service.jobs[0]));
}

static void
insert_job(int at, int id)
{
	memmove(service.jobs + at + 1, service.jobs + at,
			(size_t) (service.njobs - at) * sizeof(service.jobs[0]));
	service.jobs[at] = id;
	service.njobs++;
}

/* A page with the service's jobs from..to-1. */
static void
make_page(TuyaRoundPage *page, int from, int to)
{
	memset(page, 0, sizeof(*page));
	page->has_total = !service.no_total;
	page->total = page->has_total ? service.njobs : 0;
	page->ids = page_ids;
	for (int i = from; i < to && i < service.njobs; i++)
	{
		sprintf(ids[i], "18341435855625%05d", service.jobs[i]);
		page_ids[page->nrows++] = ids[i];
	}
}

/* Serves page tuya_round_page(). */
static void
serve(TuyaRoundPage *page, int64_t number)
{
	int			from = (int) (number - 1) * service.page_size;

	make_page(page, from, from + service.page_size);
}

/* Notes the rows that are to be handed out. */
static void
hand_out(const TuyaRoundPage *page)
{
	for (size_t i = 0; i < page->nrows; i++)
	{
		int			id = atoi(page->ids[i] + 14);

		if (!fresh[i])
			continue;
		nhanded++;
		twice |= seen[id];
		seen[id] = true;
	}
}

static TuyaRound *
begin(bool read_to_end)
{
	memset(seen, 0, sizeof(seen));
	memset(&report, 0, sizeof(report));
	nhanded = nasked = 0;
	twice = false;
	return tuya_round_create(&(TuyaRoundRules) {.read_to_end = read_to_end});
}

static TuyaRoundVerdict
feed(TuyaRound *round, const TuyaRoundPage *page)
{
	TuyaRoundVerdict verdict;

	asked[nasked++] = (int) tuya_round_page(round);
	memset(fresh, 0xFF, sizeof(fresh));
	verdict = tuya_round_add_page(round, page, fresh);
	if (verdict != TUYA_ROUND_NO_MEMORY)
		hand_out(page);
	report = *tuya_round_report(round);
	last_round = tuya_round_number(round);
	last_page_count = tuya_round_page_count(round);
	return verdict;
}

/*
 * Reads the lookup; before_page, if not NULL, may change the service, and make
 * the page itself by returning true.
 */
typedef bool (*BeforePage) (int round, int64_t page, TuyaRoundPage *reply);

static TuyaRoundVerdict
lookup(bool read_to_end, BeforePage before_page)
{
	TuyaRound  *round = begin(read_to_end);
	TuyaRoundVerdict verdict = TUYA_ROUND_MORE;

	while (verdict == TUYA_ROUND_MORE && nasked < PAGES_MAX)
	{
		TuyaRoundPage page;
		int64_t		number = tuya_round_page(round);

		if (before_page == NULL || !before_page(tuya_round_number(round), number, &page))
			serve(&page, number);
		verdict = feed(round, &page);
	}
	tuya_round_destroy(round);
	return verdict;
}

static bool
handed_all(void)
{
	for (int i = 0; i < service.njobs; i++)
	{
		if (!seen[service.jobs[i]])
			return false;
	}
	return true;
}

static bool
is_report(TuyaRoundFault fault, int64_t page, int64_t total, int64_t page_rows, int64_t nids)
{
	bool		same = report.fault == fault && report.page == page && report.total == total &&
		report.page_rows == page_rows && report.ids == nids;

	if (!same)
		printf("# fault %d page %ld total %ld page_rows %ld ids %ld\n", (int) report.fault,
			   (long) report.page, (long) report.total, (long) report.page_rows, (long) report.ids);
	return same;
}

/* That pages first..last were asked for, in order, from the n-th on. */
static bool
asked_in_order(int n, int first, int last)
{
	for (int page = first; page <= last; page++, n++)
	{
		if (n >= nasked || asked[n] != page)
			return false;
	}
	return true;
}

static void
test_steady(void)
{
	static const int sizes[] = {0, 1, 2, 99, 100, 101, 200, 250, 1000};
	static const int page_sizes[] = {1, 2, 7, 10, 99, 100, 101, 1000};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
	{
		for (size_t j = 0; j < sizeof(page_sizes) / sizeof(page_sizes[0]); j++)
		{
			int			pages = sizes[i] == 0 ? 1 : (sizes[i] + page_sizes[j] - 1) / page_sizes[j];
			TuyaRoundVerdict verdict;

			set_service(sizes[i], page_sizes[j]);
			verdict = lookup(false, NULL);
			ok(verdict == TUYA_ROUND_COMPLETE && nasked == pages && asked_in_order(0, 1, pages) &&
			   last_page_count == pages && last_round == 1 &&
			   nhanded == sizes[i] && !twice && handed_all() && report.fault == TUYA_ROUND_FAULT_NONE,
			   "%d jobs at page size %d: complete in %d pages, each job once",
			   sizes[i], page_sizes[j], pages);
		}
	}
}

static void
test_empty(void)
{
	set_service(0, 100);
	service.no_total = true;
	ok(lookup(false, NULL) == TUYA_ROUND_COMPLETE && nasked == 1, "an empty list without a total is complete");
}

/* The fault, in any of the first rounds, then a steady service. */
static int	faulty_rounds;

static bool
drop_total_on_2(int round, int64_t page, TuyaRoundPage *reply)
{
	if (round > faulty_rounds || page != 2)
		return false;
	serve(reply, page);
	reply->total--;
	return true;
}

static bool
lose_row_on_2(int round, int64_t page, TuyaRoundPage *reply)
{
	if (round > faulty_rounds || page != 2)
		return false;
	serve(reply, page);
	reply->nrows--;
	return true;
}

static bool
extra_row_on_2(int round, int64_t page, TuyaRoundPage *reply)
{
	if (round > faulty_rounds || page != 2)
		return false;
	make_page(reply, 10, 21);
	return true;
}

static bool
repeat_page_1(int round, int64_t page, TuyaRoundPage *reply)
{
	if (round > faulty_rounds || page != 2)
		return false;
	serve(reply, 1);
	return true;
}

static bool
short_last_page(int round, int64_t page, TuyaRoundPage *reply)
{
	if (round > faulty_rounds || page != 3)
		return false;
	serve(reply, page);
	reply->nrows--;
	return true;
}

static bool
empty_page_2_without_total(int round, int64_t page, TuyaRoundPage *reply)
{
	if (round > faulty_rounds || page != 2)
		return false;
	make_page(reply, 0, 0);
	reply->has_total = false;
	reply->total = 0;
	return true;
}

static bool
empty_page_1(int round, int64_t page, TuyaRoundPage *reply)
{
	if (round > faulty_rounds || page != 1)
		return false;
	make_page(reply, 0, 0);
	return true;
}

static bool
rows_with_total_0(int round, int64_t page, TuyaRoundPage *reply)
{
	(void) page;
	if (round > faulty_rounds)
		return false;
	make_page(reply, 0, 10);
	reply->total = 0;
	return true;
}

static bool
same_row_twice(int round, int64_t page, TuyaRoundPage *reply)
{
	if (round > faulty_rounds || page != 1)
		return false;
	serve(reply, page);
	page_ids[3] = page_ids[2];
	return true;
}

typedef struct FaultCase
{
	const char *name;
	BeforePage	before_page;
	TuyaRoundFault fault;
	int			page;			/* on which it shows */
	int			total;			/* of the first page */
	int			page_rows;
	int			nids;
} FaultCase;

/* Of 25 jobs at page size 10. */
static const FaultCase fault_cases[] = {
	{"another total on page 2", drop_total_on_2, TUYA_ROUND_TOTAL_CHANGED, 2, 25, 10, 20},
	{"a page 2 that is not full", lose_row_on_2, TUYA_ROUND_PAGE_NOT_FULL, 2, 25, 9, 19},
	{"a page 2 that is over-full", extra_row_on_2, TUYA_ROUND_PAGE_NOT_FULL, 2, 25, 11, 21},
	{"page 1 again as page 2", repeat_page_1, TUYA_ROUND_IDS_DIFFER, 3, 25, 5, 15},
	{"a last page short of one", short_last_page, TUYA_ROUND_IDS_DIFFER, 3, 25, 4, 24},
	{"an empty page 2 without total", empty_page_2_without_total, TUYA_ROUND_TOTAL_CHANGED, 2, 25, 0, 10},
	{"an empty page 1 with a total", empty_page_1, TUYA_ROUND_PAGE_NOT_FULL, 1, 25, 0, 0},
	{"rows with total 0", rows_with_total_0, TUYA_ROUND_IDS_DIFFER, 1, 0, 10, 10},
	{"a row twice on a page", same_row_twice, TUYA_ROUND_IDS_DIFFER, 3, 25, 5, 24},
};

static void
test_fault(const FaultCase *c)
{
	for (faulty_rounds = 1; faulty_rounds < ROUNDS_MAX; faulty_rounds++)
	{
		set_service(25, 10);
		ok(lookup(false, c->before_page) == TUYA_ROUND_COMPLETE && last_round == faulty_rounds + 1,
		   "%s, %d time(s): round %d is complete", c->name, faulty_rounds, faulty_rounds + 1);
		ok(nhanded == 25 && !twice && handed_all(), "%s: each job is handed out once", c->name);
		ok(nasked == faulty_rounds * c->page + 3 && asked_in_order(faulty_rounds * c->page, 1, 3),
		   "%s: the round is given up at once, and begins at page 1 again", c->name);
	}

	faulty_rounds = ROUNDS_MAX;
	set_service(25, 10);
	ok(lookup(false, c->before_page) == TUYA_ROUND_INCOMPLETE && nasked == ROUNDS_MAX * c->page &&
	   last_round == ROUNDS_MAX, "%s, always: incomplete after %d rounds", c->name, ROUNDS_MAX);
	ok(is_report(c->fault, c->page, c->total, c->page_rows, c->nids) && !twice,
	   "%s: the report says what, where and how much", c->name);
}

static bool
always_reduce(int round, int64_t page, TuyaRoundPage *reply)
{
	(void) round;
	(void) page;
	(void) reply;
	service.page_size = 7;		/* whatever was asked for */
	return false;
}

/* Deletes a job of page 1 before page 2 of round 1 is read: page 2 skips a job. */
static bool
delete_between(int round, int64_t page, TuyaRoundPage *reply)
{
	(void) reply;
	if (round == 1 && page == 2)
		delete_job(3);
	return false;
}

/* The same, where total lags behind: seen only by the ids. */
static bool
delete_between_lagging(int round, int64_t page, TuyaRoundPage *reply)
{
	if (round == 1 && page == 2)
		delete_job(3);
	if (round > 1)
		return false;
	serve(reply, page);
	reply->total = 25;
	return true;
}

/* A new job comes first, and moves the last of page 1 to page 2. */
static bool
insert_between(int round, int64_t page, TuyaRoundPage *reply)
{
	(void) reply;
	if (round == 1 && page == 2)
		insert_job(0, 999);
	return false;
}

static bool
delete_every_round(int round, int64_t page, TuyaRoundPage *reply)
{
	(void) reply;
	(void) round;
	if (page == 3)
		delete_job(0);
	return false;
}

static void
test_changes(void)
{
	set_service(100, 100);
	ok(lookup(false, always_reduce) == TUYA_ROUND_COMPLETE && nasked == 15 && nhanded == 100,
	   "a page size that the server reduces is what page 1 shows");

	set_service(25, 10);
	ok(lookup(false, delete_between) == TUYA_ROUND_COMPLETE && last_round == 2, "a deletion between pages costs a round");
	ok(nhanded == 25 && !twice && handed_all() && seen[10],
	   "the job that it moved to page 1 is not lost, the deleted one was handed out once");

	set_service(25, 10);
	ok(lookup(false, delete_between_lagging) == TUYA_ROUND_COMPLETE && last_round == 2 && !twice && handed_all(),
	   "nor is it where the total lags behind");
	ok(is_report(TUYA_ROUND_IDS_DIFFER, 3, 25, 4, 24), "the report of a round that failed is kept");

	set_service(25, 10);
	ok(lookup(false, insert_between) == TUYA_ROUND_COMPLETE && last_round == 2 && nhanded == 26 && !twice && handed_all(),
	   "a creation between pages: the new job is found, and none comes twice");

	set_service(25, 10);
	ok(lookup(false, delete_every_round) == TUYA_ROUND_INCOMPLETE && !twice,
	   "deletions in every round: incomplete");
	ok(is_report(TUYA_ROUND_TOTAL_CHANGED, 3, 23, 2, 22), "reported as of the last round");
}

static void
test_refusal(void)
{
	for (int read_to_end = 0; read_to_end <= 1; read_to_end++)
	{
		TuyaRound  *round = begin(read_to_end);
		TuyaRoundVerdict verdict = TUYA_ROUND_MORE;
		TuyaRoundPage page;

		set_service(25, 10);
		for (int i = 1; i <= ROUNDS_MAX; i++)
		{
			serve(&page, 1);
			ok(feed(round, &page) == TUYA_ROUND_MORE && tuya_round_page(round) == 2,
			   "round %d asks for page 2", i);
			ok(tuya_round_page_count(round) == 3, "of 3");
			verdict = tuya_round_add_refusal(round);
			ok(verdict == (i < ROUNDS_MAX ? TUYA_ROUND_MORE : TUYA_ROUND_INCOMPLETE),
			   "its refusal ends round %d%s", i, read_to_end ? ", even when reading to the end" : "");
			if (i < ROUNDS_MAX)
				ok(tuya_round_page(round) == 1 && tuya_round_number(round) == i + 1 &&
				   tuya_round_page_count(round) == 0, "and the next round begins, its pages unknown");
		}
		report = *tuya_round_report(round);
		ok(is_report(TUYA_ROUND_PAGE_REFUSED, 2, 25, 0, 10), "the report says so");
		ok(nhanded == 10 && !twice, "what came before was handed out once");
		tuya_round_destroy(round);
	}
}

/* In every round page 2 lacks a row and has another total. */
static bool
lose_row_and_total(int round, int64_t page, TuyaRoundPage *reply)
{
	(void) round;
	if (page < 2)
		return false;
	serve(reply, page);
	if (page == 2)
		reply->nrows--;
	reply->total = 1000;
	return true;
}

static void
test_read_to_end(void)
{
	faulty_rounds = ROUNDS_MAX;
	set_service(45, 10);
	ok(lookup(true, lose_row_on_2) == TUYA_ROUND_INCOMPLETE && nasked == 2 + 2 + 5 && asked_in_order(4, 1, 5),
	   "reading to the end, the last round is read to its last page, the others are not");
	ok(nhanded == 44 && !twice, "all that can be had is handed out, once");
	ok(is_report(TUYA_ROUND_PAGE_NOT_FULL, 2, 45, 9, 44), "the report has the first fault, and the ids of all pages");

	set_service(45, 10);
	ok(lookup(true, lose_row_and_total) == TUYA_ROUND_INCOMPLETE && nasked == 2 + 2 + 5,
	   "a total that grows meanwhile extends nothing");
	ok(is_report(TUYA_ROUND_TOTAL_CHANGED, 2, 45, 9, 44), "and the total is named first");

	set_service(45, 10);
	ok(lookup(true, empty_page_1) == TUYA_ROUND_INCOMPLETE && nasked == 3,
	   "there is no end to read to where page 1 is empty");
	faulty_rounds = 2;
	set_service(45, 10);
	ok(lookup(true, lose_row_on_2) == TUYA_ROUND_COMPLETE && nasked == 2 + 2 + 5 && nhanded == 45 && !twice,
	   "a last round that adds up is complete");
}

int
main(void)
{
	test_steady();
	test_empty();
	for (size_t i = 0; i < sizeof(fault_cases) / sizeof(fault_cases[0]); i++)
		test_fault(&fault_cases[i]);
	test_changes();
	test_refusal();
	test_read_to_end();
	return done_testing();
}
