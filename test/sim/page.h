/*
 * page.h
 *		What a page shows: first the truth, then the lies about it.
 */
#ifndef SIM_PAGE_H
#define SIM_PAGE_H

#include "api.h"
#include "settings.h"

#define PAGE_ROWS_MAX 1100		/* PageSize's and extra_rows' limits */

typedef struct Page
{
	const Key  *key;
	int64_t		number;
	int64_t		size;			/* rows a full page has */
	int64_t		told_size;
	int64_t		total;
	int64_t		count;			/* of pages */
	bool		past_end;
	int64_t		omit;			/* bits of enum Omit */
	int64_t		success;		/* enum Truth */
	size_t		rows;
	int64_t		row[PAGE_ROWS_MAX]; /* indices of jobs */
} Page;

void		page_make(Page *page, const ApiCall *call, const KeyState *state);
void		page_lie(Page *page, const ApiCall *call, const KeyState *state);

/* A fixed permutation of 64-bit numbers that looks random (splitmix64). */
uint64_t	mix64(uint64_t number);

#endif
