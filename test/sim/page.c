/*
 * page.c
 *		What a page shows: first the truth, then the lies about it.
 */
#include "page.h"

#include <stdio.h>
#include <string.h>

#include "counters.h"
#include "token.h"

uint64_t
mix64(uint64_t number)
{
	number += UINT64_C(0x9e3779b97f4a7c15);
	number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
	return number ^ number >> 31;
}

size_t
page_rows(const Page *page)
{
	return page->rows.len / sizeof(int64_t);
}

int64_t
page_row(const Page *page, size_t at)
{
	return ((int64_t *) (void *) buf_data(&page->rows))[at];
}

static void
add_row(Page *page, int64_t index)
{
	buf_append(&page->rows, &index, sizeof index);
}

static void
fill_rows(Page *page, int64_t first, const KeyState *state)
{
	int64_t		total = key_total(state);

	buf_clear(&page->rows);
	for (int64_t at = first; at < first + page->size && at < total; at++)
		add_row(page, key_row_at(state, at));
}

/* Without pages there is one, which is as large as it must be. */
static void
choose_size(Page *page, const ApiCall *call)
{
	int64_t		asked = call->page_size > 0 ? call->page_size : page->total + 1;
	bool		clamped = call->page_size > 0 && settings.clamp > 0 && asked > settings.clamp &&
		page->misbehaves;

	page->size = clamped ? settings.clamp : asked;
	page->told_size = settings.clamp_mode == CLAMP_SILENT ? asked : page->size;
	page->count = (page->total + page->size - 1) / page->size;
}

static void
make_token(Page *page, const ApiCall *call)
{
	size_t		rows = page_rows(page);

	page->token = NULL;
	if (call->action->paging != PAGES_TOKEN)
		return;
	page->token = "";
	if (rows > 0 && page->first + (int64_t) rows < page->total)
		page->token = token_make(call, page->number + 1, page_row(page, rows - 1));
}

void
page_make(Page *page, const ApiCall *call, const KeyState *state)
{
	page->call = call;
	page->lied = false;
	page->misbehaves = action_chosen(settings.lie_action, call->action);
	page->number = call->page;
	page->total = key_total(state);
	choose_size(page, call);
	page->past_end = page->number > 1 && page->number > page->count;
	page->omit = 0;
	if (call->action->paging == PAGES_TOKEN && !settings.token_total)
		page->omit = OMIT_TOTAL | OMIT_PAGE_COUNT;
	page->success = TRUTH_TRUE;
	page->first = call->after > 0 ? key_offset_behind(state, call->after) :
		(page->number - 1) * page->size;
	fill_rows(page, page->first, state);
	make_token(page, call);
	if (page->total == 0 && page->misbehaves)
	{
		page->count = settings.empty_page_count;
		if (!settings.empty_total)
			page->omit |= OMIT_TOTAL;
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

/* NULL: no such member.  What is no string is for the reply to put. */
static const char *
told_token(const char *truth, const ApiCall *call)
{
	static char sent[256];

	switch (settings.lie_token)
	{
		case TOKEN_ABSENT:
			return NULL;
		case TOKEN_EMPTY:
			return "";
		case TOKEN_REPEAT:
			snprintf(sent, sizeof sent, "%.*s", (int) call->token.len, call->token.data);
			return call->token.len > 0 ? sent : truth;
		case TOKEN_FOREIGN:
			return *truth ? "p2+1/0000000000000000=" : truth;
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
		settings.endless || settings.overlap_rows || settings.lie_token;
}

static bool
lies_now(const ApiCall *call)
{
	if (!lies_at_all() || !action_chosen(settings.lie_action, call->action) ||
		(settings.lie_page != 0 && settings.lie_page != call->page))
		return false;
	return settings.lie_rounds == 0 ||
		key_page_round(call) < (uint64_t) settings.lie_rounds;
}

/* Every page is full of jobs no other page has, and promises one more. */
static void
never_end(Page *page)
{
	page->total = (page->number + 1) * page->size;
	page->count = page->number + 1;
	page->omit = 0;
	buf_clear(&page->rows);
	for (int64_t i = 1; i <= page->size; i++)
		add_row(page, (page->number - 1) * page->size + i);
	if (page->token)
		page->token = token_make(page->call, page->number + 1, page->number * page->size);
}

static void
lie_about_rows(Page *page)
{
	size_t		drop = (size_t) settings.drop_rows;
	size_t		true_rows = page_rows(page) - (drop < page_rows(page) ? drop : page_rows(page));

	page->rows.len = true_rows * sizeof(int64_t);
	for (size_t i = 0; true_rows > 0 && i < (size_t) settings.extra_rows; i++)
		add_row(page, page_row(page, i % true_rows));
}

void
page_lie(Page *page, const ApiCall *call, const KeyState *state)
{
	if (!lies_now(call))
		return;
	count.lies++;
	page->lied = true;
	if (settings.endless)
		never_end(page);
	if (settings.overlap_rows && page->first > 0)
		fill_rows(page, page->first > settings.overlap_rows ? page->first - settings.overlap_rows : 0, state);
	if (page->token)
		page->token = told_token(page->token, call);
	if (settings.repeat_page)
		fill_rows(page, (settings.repeat_page - 1) * page->size, state);
	lie_about_rows(page);
	page->total = told(settings.lie_total, page->total);
	page->count = told(settings.lie_page_count, page->count);
	page->told_size = told(settings.lie_page_size, page->told_size);
	page->number = told(settings.lie_current_page, page->number);
	page->omit |= settings.omit;
	page->success = settings.lie_success;
}
