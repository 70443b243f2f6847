/*
 * page.c
 *		What a page shows: first the truth, then the lies about it.
 */
#include "page.h"

#include <string.h>

#include "counters.h"

uint64_t
mix64(uint64_t number)
{
	number += UINT64_C(0x9e3779b97f4a7c15);
	number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
	return number ^ number >> 31;
}

static void
fill_rows(Page *page, int64_t number, const KeyState *state)
{
	int64_t		total = key_total(state);
	int64_t		first = (number - 1) * page->size;

	page->rows = 0;
	for (int64_t at = first; at < first + page->size && at < total; at++)
		page->row[page->rows++] = key_job_at(state, at);
}

void
page_make(Page *page, const ApiCall *call, const KeyState *state)
{
	bool		clamped = settings.clamp > 0 && call->page_size > settings.clamp;

	page->key = &call->key;
	page->number = call->page;
	page->size = clamped ? settings.clamp : call->page_size;
	page->told_size = settings.clamp_mode == CLAMP_SILENT ? call->page_size : page->size;
	page->total = key_total(state);
	page->count = (page->total + page->size - 1) / page->size;
	page->past_end = page->number > 1 && page->number > page->count;
	page->omit = 0;
	page->success = TRUTH_TRUE;
	fill_rows(page, page->number, state);
	if (page->total == 0)
	{
		page->count = settings.empty_page_count;
		if (!settings.empty_total)
			page->omit = OMIT_TOTAL;
	}
}

static int64_t
told(Lie lie, int64_t truth)
{
	switch (lie.mode)
	{
		case '=':
			return lie.by;
		case '+':
			return truth + lie.by;
		case '-':
			return truth - lie.by;
	}
	return truth;
}

static bool
lies_at_all(void)
{
	return settings.lie_total.mode || settings.lie_page_count.mode ||
		settings.lie_page_size.mode || settings.lie_current_page.mode ||
		settings.omit || settings.lie_success != TRUTH_TRUE ||
		settings.drop_rows || settings.extra_rows || settings.repeat_page ||
		settings.endless;
}

static bool
lies_now(const ApiCall *call)
{
	if (!lies_at_all() ||
		(settings.lie_page != 0 && settings.lie_page != call->page))
		return false;
	return settings.lie_rounds == 0 ||
		key_page_round(&call->key, call->page) < (uint64_t) settings.lie_rounds;
}

/* Every page is full of jobs no other page has, and promises one more. */
static void
never_end(Page *page)
{
	page->total = (page->number + 1) * page->size;
	page->count = page->number + 1;
	page->omit = 0;
	page->rows = 0;
	while ((int64_t) page->rows < page->size)
	{
		page->row[page->rows] = (page->number - 1) * page->size + (int64_t) page->rows + 1;
		page->rows++;
	}
}

static void
lie_about_rows(Page *page)
{
	size_t		drop = (size_t) settings.drop_rows;
	size_t		true_rows;

	page->rows -= drop < page->rows ? drop : page->rows;
	true_rows = page->rows;
	for (size_t i = 0; true_rows > 0 && i < (size_t) settings.extra_rows; i++)
		page->row[page->rows++] = page->row[i % true_rows];
}

void
page_lie(Page *page, const ApiCall *call, const KeyState *state)
{
	if (!lies_now(call))
		return;
	count.lies++;
	if (settings.endless)
		never_end(page);
	if (settings.repeat_page)
		fill_rows(page, settings.repeat_page, state);
	lie_about_rows(page);
	page->total = told(settings.lie_total, page->total);
	page->count = told(settings.lie_page_count, page->count);
	page->told_size = told(settings.lie_page_size, page->told_size);
	page->number = told(settings.lie_current_page, page->number);
	page->omit |= settings.omit;
	page->success = settings.lie_success;
}
