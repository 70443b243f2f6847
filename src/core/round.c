/*
 * round.c
 *		Do the pages of a lookup add up?  See round.h.
 *
 * What always holds: round->ids is the number of ids in the set whose round is
 * round->number; an id is in the set exactly if its row was handed out.  A walk
 * has the tokens of its round in such a set, too, for one that it had before would
 * lead it in a circle.
 */
#include "round.h"

#include <stdlib.h>
#include <string.h>

#include "idset.h"

/* What a round by token knows besides. */
typedef struct Walk
{
	TuyaIdSet	tokens;			/* that this round's pages have told, with their NULs */
	size_t		token;			/* the latest's offset in the arena; NO_TOKEN */
	int64_t		rows;			/* that this round showed */
} Walk;

#define NO_TOKEN SIZE_MAX

struct TuyaRound
{
	bool		read_to_end;
	int64_t		pages_max;		/* as in TuyaRoundRules */
	Walk	   *walk;			/* NULL: by number */
	int			number;			/* of the round, from 1 */
	int64_t		page;			/* to ask for next, from 1 */
	int64_t		npages;			/* of this round; 0 before its first page */
	int64_t		total;			/* of this round's first page; in a walk -1: none */
	int64_t		page_rows;		/* rows of this round's first page */
	int64_t		ids;			/* different ids that this round showed */
	bool		faulty;			/* this round cannot add up any more */
	TuyaRoundReport report;
	TuyaIdSet	set;
};

/* The round becomes a walk; false if out of memory. */
static bool
make_walk(TuyaRound *round, int64_t rows_max)
{
	round->walk = calloc(1, sizeof(*round->walk));
	if (round->walk == NULL)
		return false;
	tuya_idset_init(&round->walk->tokens);
	round->walk->token = NO_TOKEN;
	round->report.rows_max = rows_max > 0 && rows_max < ROUND_WALK_ROWS_MAX ? rows_max : ROUND_WALK_ROWS_MAX;
	return true;
}

TuyaRound *
tuya_round_create(const TuyaRoundRules *rules)
{
	TuyaRound  *round = calloc(1, sizeof(*round));

	if (round == NULL)
		return NULL;
	round->read_to_end = rules->read_to_end;
	round->pages_max = rules->pages_max;
	round->number = 1;
	round->page = 1;
	tuya_idset_init(&round->set);
	if (!rules->by_token || make_walk(round, rules->rows_max))
		return round;
	free(round);
	return NULL;
}

void
tuya_round_destroy(TuyaRound *round)
{
	if (round == NULL)
		return;
	if (round->walk != NULL)
		tuya_idset_free(&round->walk->tokens);
	free(round->walk);
	tuya_idset_free(&round->set);
	free(round);
}

int64_t
tuya_round_page(const TuyaRound *round)
{
	return round->page;
}

int
tuya_round_number(const TuyaRound *round)
{
	return round->number;
}

const char *
tuya_round_token(const TuyaRound *round)
{
	const Walk *walk = round->walk;

	return walk != NULL && walk->token != NO_TOKEN ? walk->tokens.arena + walk->token : NULL;
}

const char *
tuya_round_tokens(const TuyaRound *round, size_t *len)
{
	*len = round->walk != NULL ? round->walk->tokens.arena_len : 0;
	return *len > 0 ? round->walk->tokens.arena : NULL;
}

int64_t
tuya_round_page_count(const TuyaRound *round)
{
	return round->npages;
}

const TuyaRoundReport *
tuya_round_report(const TuyaRound *round)
{
	return &round->report;
}

size_t
tuya_round_memory(const TuyaRound *round)
{
	size_t		walk = round->walk != NULL ? sizeof(Walk) + tuya_idset_memory(&round->walk->tokens) : 0;

	return sizeof(*round) + tuya_idset_memory(&round->set) + walk;
}

/* Notes a page's ids. */
static bool
note_rows(TuyaRound *round, const TuyaRoundPage *page, bool *fresh)
{
	for (size_t i = 0; i < page->nrows; i++)
	{
		bool		counts;

		if (!tuya_idset_note(&round->set, page->ids[i], strlen(page->ids[i]), round->number, &fresh[i],
							 &counts))
			return false;
		round->ids += counts;
	}
	return true;
}

/* Keeps the round's first fault; page is NULL if it was refused. */
static void
report_fault(TuyaRound *round, TuyaRoundFault fault, const TuyaRoundPage *page)
{
	TuyaRoundReport *report = &round->report;

	if (round->faulty)
		return;
	round->faulty = true;
	report->fault = fault;
	report->page = round->page;
	report->total = round->walk != NULL && page != NULL && page->has_total ? page->total : round->total;
	report->page_rows = page != NULL ? (int64_t) page->nrows : 0;
	report->ids = round->ids;
}

/* Reports that no round can be read to its end, whatever was found in this one so far. */
static TuyaRoundVerdict
end_all(TuyaRound *round, TuyaRoundVerdict verdict, TuyaRoundFault fault, const TuyaRoundPage *page)
{
	round->faulty = false;
	report_fault(round, fault, page);
	return verdict;
}

/* A walk goes back to its beginning. */
static void
begin_walk(TuyaRound *round)
{
	tuya_idset_free(&round->walk->tokens);
	tuya_idset_init(&round->walk->tokens);
	round->walk->token = NO_TOKEN;
	round->walk->rows = 0;
}

/* Ends a round that did not add up: another one, if there is one left. */
static TuyaRoundVerdict
give_up_round(TuyaRound *round)
{
	if (round->number >= ROUNDS_MAX)
		return TUYA_ROUND_INCOMPLETE;
	round->number++;
	round->page = 1;
	round->npages = 0;
	round->total = 0;
	round->page_rows = 0;
	round->ids = 0;
	round->faulty = false;
	if (round->walk != NULL)
		begin_walk(round);
	return TUYA_ROUND_MORE;
}

/* After a page whose fault, if it has one, is reported. */
static TuyaRoundVerdict
advance(TuyaRound *round, bool last)
{
	bool		read_on = round->read_to_end && round->number == ROUNDS_MAX && !last;

	if (round->faulty)
		round->report.ids = round->ids;
	if (round->faulty && !read_on)
		return give_up_round(round);
	if (last)
		return TUYA_ROUND_COMPLETE;
	round->page++;
	return TUYA_ROUND_MORE;
}

/*
 * ---- by number ----
 */

/*
 * How many pages a total needs.  A first page without rows shows nothing but
 * that there is no second one to ask for.
 */
static int64_t
count_pages(int64_t total, int64_t page_rows)
{
	if (page_rows == 0 || page_rows >= total)
		return 1;
	return total / page_rows + (total % page_rows != 0 ? 1 : 0);
}

/* What is wrong with the page just read, or, if it is the last, the round. */
static TuyaRoundFault
find_fault(const TuyaRound *round, const TuyaRoundPage *page)
{
	bool		last = round->page >= round->npages;
	int64_t		nrows = (int64_t) page->nrows;

	if (round->page > 1 && (!page->has_total || page->total != round->total))
		return TUYA_ROUND_TOTAL_CHANGED;
	if (round->page == 1 && nrows == 0 && round->total > 0)
		return TUYA_ROUND_PAGE_NOT_FULL;
	if (!last && nrows != round->page_rows)
		return TUYA_ROUND_PAGE_NOT_FULL;
	if (last && round->ids != round->total)
		return TUYA_ROUND_IDS_DIFFER;
	return TUYA_ROUND_FAULT_NONE;
}

/* The first page says how many there are: MORE, if they can be read. */
static TuyaRoundVerdict
begin_numbers(TuyaRound *round, const TuyaRoundPage *page)
{
	/* An empty list without a total says as much as a total of 0. */
	round->total = page->has_total ? page->total : 0;
	round->page_rows = (int64_t) page->nrows;
	round->npages = count_pages(round->total, round->page_rows);
	if (round->pages_max > 0 && round->npages > round->pages_max)
		return end_all(round, TUYA_ROUND_REFUSED, TUYA_ROUND_FAULT_NONE, page);
	if (round->npages > ROUND_PAGES_MAX)
		return end_all(round, TUYA_ROUND_ENDLESS, TUYA_ROUND_FAULT_NONE, page);
	return TUYA_ROUND_MORE;
}

static TuyaRoundVerdict
add_numbered(TuyaRound *round, const TuyaRoundPage *page)
{
	TuyaRoundVerdict verdict = round->page == 1 ? begin_numbers(round, page) : TUYA_ROUND_MORE;
	TuyaRoundFault fault;

	if (verdict != TUYA_ROUND_MORE)
		return verdict;
	fault = find_fault(round, page);
	if (fault != TUYA_ROUND_FAULT_NONE)
		report_fault(round, fault, page);
	return advance(round, round->page >= round->npages);
}

/*
 * ---- by token ----
 */

/* Whether the page has the token of another. */
static bool
tells_next(const TuyaRoundPage *page)
{
	return page->token != NULL && page->token[0] != '\0';
}

/* Whether the ids are as many as the totals of first and last page say, with page as the last. */
static bool
is_within_totals(const TuyaRound *round, const TuyaRoundPage *page)
{
	int64_t		last = page->has_total ? page->total : round->total;
	int64_t		first = round->total >= 0 ? round->total : last;

	return last < 0 || (round->ids >= (first < last ? first : last) &&
						round->ids <= (first < last ? last : first));
}

/* Whether a page without any token is the last all the same. */
static bool
is_last_by_total(const TuyaRound *round, const TuyaRoundPage *page)
{
	if (!page->has_total && round->total < 0)
		return round->page == 1 && page->nrows == 0;
	return (!page->has_total || page->total == round->ids) &&
		(round->total < 0 || round->total == round->ids);
}

static TuyaRoundFault
find_walk_fault(const TuyaRound *round, const TuyaRoundPage *page)
{
	if (round->walk->rows != round->ids)
		return TUYA_ROUND_ID_REPEATED;
	if (page->token == NULL && !is_last_by_total(round, page))
		return TUYA_ROUND_TOKEN_MISSING;
	if (!tells_next(page) && !is_within_totals(round, page))
		return TUYA_ROUND_IDS_DIFFER;
	return TUYA_ROUND_FAULT_NONE;
}

/* Notes the next page's token, if there is one; whether it is new to this round. */
static bool
take_token(TuyaRound *round, const TuyaRoundPage *page, bool *repeated)
{
	Walk	   *walk = round->walk;
	size_t		offset = walk->tokens.arena_len;
	bool		fresh = true;
	bool		counts;

	if (tells_next(page) && !tuya_idset_note(&walk->tokens, page->token, strlen(page->token) + 1,
											 round->number, &fresh, &counts))
		return false;
	if (tells_next(page))
		walk->token = offset;
	*repeated = !fresh;
	return true;
}

static TuyaRoundVerdict
add_walked(TuyaRound *round, const TuyaRoundPage *page)
{
	TuyaRoundFault fault;
	bool		repeated;

	if (round->page == 1)
	{
		round->total = page->has_total ? page->total : -1;
		round->page_rows = (int64_t) page->nrows;
		if (round->total > round->report.rows_max)
			return end_all(round, TUYA_ROUND_REFUSED, TUYA_ROUND_FAULT_NONE, page);
	}
	round->walk->rows += (int64_t) page->nrows;
	if (!take_token(round, page, &repeated))
		return TUYA_ROUND_NO_MEMORY;
	if (repeated)
		return end_all(round, TUYA_ROUND_ENDLESS, TUYA_ROUND_TOKEN_REPEATED, page);
	if (round->ids > round->report.rows_max || (round->page >= ROUND_PAGES_MAX && tells_next(page)))
		return end_all(round, TUYA_ROUND_ENDLESS, TUYA_ROUND_FAULT_NONE, page);
	fault = find_walk_fault(round, page);
	if (fault != TUYA_ROUND_FAULT_NONE)
		report_fault(round, fault, page);
	return advance(round, !tells_next(page));
}

TuyaRoundVerdict
tuya_round_add_page(TuyaRound *round, const TuyaRoundPage *page, bool *fresh)
{
	if (!note_rows(round, page, fresh))
		return TUYA_ROUND_NO_MEMORY;
	return round->walk != NULL ? add_walked(round, page) : add_numbered(round, page);
}

TuyaRoundVerdict
tuya_round_add_refusal(TuyaRound *round)
{
	report_fault(round, TUYA_ROUND_PAGE_REFUSED, NULL);
	round->report.ids = round->ids;
	return give_up_round(round);
}
