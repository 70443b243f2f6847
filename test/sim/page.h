/*
 * page.h
 *		What a page shows: first the truth, then the lies about it.
 */
#ifndef SIM_PAGE_H
#define SIM_PAGE_H

#include "keys.h"
#include "settings.h"

typedef struct Page
{
	const ApiCall *call;
	int64_t		number;
	int64_t		size;			/* rows a full page has */
	int64_t		first;			/* offset of its first row in the list */
	int64_t		told_size;
	int64_t		total;
	int64_t		count;			/* of pages */
	bool		past_end;
	bool		lied;
	bool		misbehaves;		/* by settings.lie_action */
	int64_t		omit;			/* bits of enum Omit */
	int64_t		success;		/* enum Truth */
	const char *token;			/* of the next page; empty at the end; NULL: no such member */
	Buf			rows;			/* array of int64_t: their indices */
} Page;

/* The page's rows are the caller's to keep from call to call, at first zero. */
void		page_make(Page *page, const ApiCall *call, const KeyState *state);
void		page_lie(Page *page, const ApiCall *call, const KeyState *state);

size_t		page_rows(const Page *page);
int64_t		page_row(const Page *page, size_t at);

/* A fixed permutation of 64-bit numbers that looks random (splitmix64). */
uint64_t	mix64(uint64_t number);

#endif
