/*
 * round.h
 *		Do the pages of a lookup add up?
 *
 * A round is one reading of all pages of a lookup.  By number, it is complete when
 * every page of it carries the same total T, all pages but the last are full, and
 * the round by itself shows T different ids.  Otherwise it is repeated, and
 * only ids that no earlier round showed are fresh.
 *
 * How many rows fill a page is what page 1 shows, if that is less than its
 * total: a server may reduce the page size and say so, or not.  pageCount and
 * pageSize are not looked at, so they cannot mislead.
 *
 * By token each page tells what the next is asked by.  Such a round, a walk, is complete
 * when a page tells the empty token, no id came twice, and the number of ids lies between
 * the totals that the first and the last page told, those that did: a cursor passes over
 * no row because another is created or deleted, so totals may differ, but a walk that the
 * service cuts short is seen.  Where a page has no token at all, not even an empty one,
 * nothing but its total can tell that it is the last: then all totals must be the number
 * of ids, and there must be one.  An empty first page says by itself that there are none.
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

/* The most rows that a walk may have in any case; its pages are read one after the other. */
#define ROUND_WALK_ROWS_MAX 1000000

/* How the pages are asked for. */
typedef struct TuyaRoundRules
{
	bool		read_to_end;
	bool		by_token;
	int64_t		pages_max;		/* of those by number, the service refuses any after it; 0: none */
	int64_t		rows_max;		/* of a walk, it shows no more; 0: ROUND_WALK_ROWS_MAX */
} TuyaRoundRules;

typedef enum TuyaRoundVerdict
{
	TUYA_ROUND_MORE,			/* ask for tuya_round_page() */
	TUYA_ROUND_COMPLETE,
	TUYA_ROUND_INCOMPLETE,		/* the last round did not add up either */
	TUYA_ROUND_REFUSED,			/* by the first page's total, the service would refuse the last */
	TUYA_ROUND_ENDLESS,			/* it needs more than ROUND_PAGES_MAX pages, or is a walk that
								 * goes in a circle or beyond its rows_max */
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
	TUYA_ROUND_PAGE_REFUSED,	/* the service refused a page that its total promised */
	TUYA_ROUND_ID_REPEATED,		/* a walk shows an id twice */
	TUYA_ROUND_TOKEN_MISSING,	/* a page of a walk has none, and nothing says that it is the last */
	TUYA_ROUND_TOKEN_REPEATED	/* it is one that the walk had before; ENDLESS */
} TuyaRoundFault;

/* What tells a person what went wrong. */
typedef struct TuyaRoundReport
{
	TuyaRoundFault fault;
	int64_t		page;			/* page on which it showed */
	int64_t		total;			/* total of the round's first page; of a walk, the latest that a
								 * page told, or -1 */
	int64_t		page_rows;		/* rows of that page */
	int64_t		ids;			/* different ids that the round showed */
	int64_t		rows_max;		/* of a walk, as it was read */
} TuyaRoundReport;

typedef struct TuyaRound TuyaRound;

/* NULL if out of memory.  Begins round 1 at page 1. */
extern TuyaRound *tuya_round_create(const TuyaRoundRules *rules);
extern void tuya_round_destroy(TuyaRound *round);

/* The page to ask for next, from 1; and the number of the round, from 1. */
extern int64_t tuya_round_page(const TuyaRound *round);
extern int	tuya_round_number(const TuyaRound *round);

/* By what that page of a walk is asked for; NULL: the first one, or no walk. */
extern const char *tuya_round_token(const TuyaRound *round);

/*
 * All tokens that the round's pages have told so far, in their order, each with its NUL, and
 * their bytes together.  Both pointers live until the next page is added.
 */
extern const char *tuya_round_tokens(const TuyaRound *round, size_t *len);

/* What a round looks at in a page. */
typedef struct TuyaRoundPage
{
	bool		has_total;
	int64_t		total;			/* 0 if it has none */
	const char *const *ids;		/* of its rows, each with its NUL; the caller's */
	size_t		nrows;
	const char *token;			/* of a walk: the next page's; "": it is the last; NULL: none told */
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
 * known, as always in a walk.  For reading pages ahead.
 */
extern int64_t tuya_round_page_count(const TuyaRound *round);

extern const TuyaRoundReport *tuya_round_report(const TuyaRound *round);

/* Bytes held, for the memory budget. */
extern size_t tuya_round_memory(const TuyaRound *round);

#endif							/* TUYA_ROUND_H */
