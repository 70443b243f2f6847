/*
 * round.h
 *		Do the pages of a lookup add up?
 *
 * A round is one reading of all pages of a lookup.  It is complete when every
 * page of it carries the same total T, all pages but the last are full, and
 * the round by itself shows T different ids.  Otherwise it is repeated, and
 * only ids that no earlier round showed are fresh.
 *
 * How many rows fill a page is what page 1 shows, if that is less than its
 * total: a server may reduce the page size and say so, or not.  pageCount and
 * pageSize are not looked at, so they cannot mislead.
 *
 * A round that can no longer be complete is given up at once, for its repetition
 * costs the same either way; except, with read_to_end, the last round: there
 * the caller wants all that can be had.
 *
 * Pages are fed in order, each once a round.  malloc; never throws.
 */
#ifndef TUYA_ROUND_H
#define TUYA_ROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Then on_incomplete says what becomes of it. */
#define ROUNDS_MAX 3

/*
 * The most pages a round may have.  At page size 1 a key may have as many rows; at
 * 100, ten million, far more than a platform gives one device or job.
 */
#define ROUND_PAGES_MAX 100000

typedef enum TuyaRoundVerdict
{
	TUYA_ROUND_MORE,			/* ask for tuya_round_page() */
	TUYA_ROUND_COMPLETE,
	TUYA_ROUND_INCOMPLETE,		/* the last round did not add up either */
	TUYA_ROUND_ENDLESS,			/* its total needs more than ROUND_PAGES_MAX pages */
	TUYA_ROUND_NO_MEMORY
} TuyaRoundVerdict;

/* Why the latest round that failed did not add up. */
typedef enum TuyaRoundFault
{
	TUYA_ROUND_FAULT_NONE,
	TUYA_ROUND_TOTAL_CHANGED,	/* a page's total is not the first page's */
	TUYA_ROUND_PAGE_NOT_FULL,	/* a page before the last has not as many rows as the first, or
								 * the first has none */
	TUYA_ROUND_IDS_DIFFER,		/* all read, and not total different ids */
	TUYA_ROUND_PAGE_REFUSED		/* the service refused a page that its total promised */
} TuyaRoundFault;

/* What tells a person what went wrong. */
typedef struct TuyaRoundReport
{
	TuyaRoundFault fault;
	int64_t		page;			/* page on which it showed */
	int64_t		total;			/* total of the round's first page */
	int64_t		page_rows;		/* rows of that page */
	int64_t		ids;			/* different ids that the round showed */
} TuyaRoundReport;

typedef struct TuyaRound TuyaRound;

/* NULL if out of memory.  Begins round 1 at page 1. */
extern TuyaRound *tuya_round_create(bool read_to_end);
extern void tuya_round_destroy(TuyaRound *round);

/* The page to ask for next, from 1; and the number of the round, from 1. */
extern int64_t tuya_round_page(const TuyaRound *round);
extern int	tuya_round_number(const TuyaRound *round);

/* What a round looks at in a page. */
typedef struct TuyaRoundPage
{
	bool		has_total;
	int64_t		total;			/* 0 if it has none */
	const char *const *ids;		/* of its rows, each with its NUL; the caller's */
	size_t		nrows;
} TuyaRoundPage;

/*
 * Takes page tuya_round_page().  Sets fresh[i], for each of its nrows rows, to
 * whether row i is the first with its id in this lookup and so is to be handed
 * out.  Fresh rows are to be handed out whatever the verdict, except NO_MEMORY.
 */
extern TuyaRoundVerdict tuya_round_add_page(TuyaRound *round, const TuyaRoundPage *page,
											bool *fresh);

/*
 * Says instead that the service refused page tuya_round_page(), which is
 * after the first, as past the end.
 */
extern TuyaRoundVerdict tuya_round_add_refusal(TuyaRound *round);

/*
 * How many pages the current round has, by its first page; 0 before that is
 * known.  For reading pages ahead.
 */
extern int64_t tuya_round_page_count(const TuyaRound *round);

extern const TuyaRoundReport *tuya_round_report(const TuyaRound *round);

/* Bytes held, for the memory budget. */
extern size_t tuya_round_memory(const TuyaRound *round);

#endif							/* TUYA_ROUND_H */
