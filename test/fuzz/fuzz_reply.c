/*
 * fuzz_reply.c
 *		From hostile bytes to rows, and whether the pages add up.
 *
 * The input is the body of a reply; several, for the pages of a lookup in the
 * order in which they are asked for, are separated by the byte 0x1E and come
 * again from the first on.  A first line as "#device" is not of them, but chooses the action
 * of that table; else it is the default one.  A first byte after that which is a space is read
 * as "read_to_end".
 * The rounds are held against a slow model, which compares all ids, and all tokens.
 */
#include "api/action.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "reply.h"
#include "retry.h"
#include "round.h"

#define SEPARATOR 0x1E

static const TuyaAction *action;

#define FORM (&action->reply)

/* Pages read for one input, so that an endless total takes no time. */
#define PAGES_MAX 12

typedef struct Model
{
	char	  **ids;			/* that any round showed */
	int		   *shown;			/* by which round last */
	size_t		nids;
	int			round;			/* the figures are of this one */
	int64_t		total;			/* of its first page */
	int64_t		full;			/* rows of its first page */
	int64_t		distinct;		/* ids */
	bool		same_total;
	bool		all_full;		/* all pages but the latest */
	int64_t		latest;			/* rows of the latest page */

	/* of a walk */
	int64_t		shown_rows;		/* of this round, each time that they came */
	int64_t		last_total;		/* of the latest page; -1: none */
	char	  **tokens;			/* told in this round */
	size_t		ntokens;
	bool		circle;			/* the latest was told before */
	bool		told_end;		/* by the empty token */
	bool		told_next;
} Model;

/*
 * ---- one reply ----
 */

/*
 * Whether the text stands in the body as a string or a number of its own.  json-c
 * makes 0 of -0.
 */
static bool
is_token(const char *body, size_t len, const char *text)
{
	const char *before = strcmp(text, "0") == 0 ? "\" \t\r\n:,[-" : "\" \t\r\n:,[";
	size_t		text_len = strlen(text);

	for (size_t i = 1; i + text_len < len; i++)
	{
		const char *found = memmem(body + i, len - i, text, text_len);

		if (found == NULL)
			return false;
		i = (size_t) (found - body);
		if (i + text_len < len && strchr(before, found[-1]) &&
			strchr("\" \t\r\n,}]", found[text_len]))
			return true;
	}
	return false;
}

static void
check_row(const TuyaRow *row, const char *body, size_t len, bool plain)
{
	const char *job_id = row->field[TUYA_FIELD_ID];

	CHECK(job_id != NULL && *job_id != '\0' && strlen(job_id) <= REPLY_ID_BYTES_MAX);
	for (int i = 0; i < FORM->nfields; i++)
	{
		const char *text = row->field[i];

		if (text == NULL)
			continue;
		CHECK(fuzz_is_utf8(text));
		CHECK(!plain || is_token(body, len, text));
	}
}

static void
check_reply(const TuyaReply *reply, TuyaReplyStatus status, const char *body, size_t len)
{
	bool		page = status == TUYA_REPLY_PAGE;
	bool		plain = page && memchr(body, '\\', len) == NULL;

	CHECK(reply->status == status && status != TUYA_REPLY_NO_MEMORY);
	CHECK((status == TUYA_REPLY_NOT_JSON || status == TUYA_REPLY_MALFORMED) == (reply->reason[0] != '\0'));
	CHECK((status == TUYA_REPLY_ERROR) == (reply->code != NULL));
	CHECK(page || (reply->nrows == 0 && reply->rows == NULL && reply->json == NULL));
	CHECK(reply->total >= 0 && (reply->has_total || reply->total == 0));
	CHECK(reply->has_total || reply->nrows == 0 || FORM->paging == TUYA_PAGING_TOKEN);
	CHECK(reply->token == NULL || (page && FORM->paging == TUYA_PAGING_TOKEN && fuzz_is_utf8(reply->token) &&
								   strlen(reply->token) <= REPLY_TOKEN_BYTES_MAX));
	CHECK(reply->nrows <= REPLY_ROWS_MAX);
	CHECK(reply->code == NULL || fuzz_is_utf8(reply->code));
	CHECK(reply->message == NULL || fuzz_is_utf8(reply->message));
	CHECK(reply->request_id == NULL || fuzz_is_utf8(reply->request_id));
	for (size_t i = 0; i < reply->nrows; i++)
		check_row(&reply->rows[i], body, len, plain);
}

/*
 * ---- the model ----
 */

/* Notes an id; whether it is the first of its kind in any round. */
static bool
note_id(Model *model, const char *id)
{
	size_t		i = 0;

	while (i < model->nids && strcmp(model->ids[i], id) != 0)
		i++;
	if (i < model->nids)
	{
		model->distinct += model->shown[i] != model->round;
		model->shown[i] = model->round;
		return false;
	}
	model->ids = realloc(model->ids, (i + 1) * sizeof(*model->ids));
	model->shown = realloc(model->shown, (i + 1) * sizeof(*model->shown));
	model->ids[i] = strdup(id);
	model->shown[i] = model->round;
	model->nids++;
	model->distinct++;
	return true;
}

static void
forget_tokens(Model *model)
{
	for (size_t i = 0; i < model->ntokens; i++)
		free(model->tokens[i]);
	free(model->tokens);
	model->tokens = NULL;
	model->ntokens = 0;
}

static void
note_token(Model *model, const char *token)
{
	model->told_end = token != NULL && *token == '\0';
	model->told_next = token != NULL && *token != '\0';
	model->circle = false;
	if (!model->told_next)
		return;
	for (size_t i = 0; i < model->ntokens; i++)
		model->circle |= strcmp(model->tokens[i], token) == 0;
	model->tokens = realloc(model->tokens, (model->ntokens + 1) * sizeof(*model->tokens));
	model->tokens[model->ntokens++] = strdup(token);
}

static void
note_page(Model *model, int round, int64_t page, const TuyaReply *reply)
{
	int64_t		nrows = (int64_t) reply->nrows;

	if (page == 1)
	{
		forget_tokens(model);
		model->shown_rows = 0;
	}
	model->shown_rows += nrows;
	model->last_total = reply->has_total ? reply->total : -1;
	note_token(model, reply->token);
	if (page == 1)
	{
		model->round = round;
		model->total = reply->has_total || FORM->paging != TUYA_PAGING_TOKEN ? reply->total : -1;
		model->full = nrows;
		model->distinct = 0;
		model->same_total = true;
		model->all_full = true;
	}
	else
	{
		model->same_total &= reply->has_total && reply->total == model->total;
		model->all_full &= model->latest == model->full;
	}
	model->latest = nrows;
}

static void
free_model(Model *model)
{
	for (size_t i = 0; i < model->nids; i++)
		free(model->ids[i]);
	free(model->ids);
	free(model->shown);
	forget_tokens(model);
}

/*
 * ---- rounds ----
 */

/* The round that the model knows did not add up: is that true, and as reported? */
static void
check_given_up(const Model *model, const TuyaRoundReport *report, int64_t page)
{
	if (FORM->paging == TUYA_PAGING_TOKEN)
		CHECK(report->total == -1 || report->total == model->total || report->total == model->last_total ||
			  report->page < page);
	else
		CHECK(report->total == model->total);
	CHECK(report->ids == model->distinct);
	switch (report->fault)
	{
		case TUYA_ROUND_TOTAL_CHANGED:
			CHECK(!model->same_total);
			break;
		case TUYA_ROUND_PAGE_NOT_FULL:
			CHECK(!model->all_full || model->latest != model->full || model->full == 0);
			break;
		case TUYA_ROUND_IDS_DIFFER:
			CHECK(model->distinct != model->total || model->distinct != model->last_total);
			break;
		case TUYA_ROUND_ID_REPEATED:
			CHECK(model->shown_rows > model->distinct);
			break;
		case TUYA_ROUND_TOKEN_MISSING:
			CHECK(!model->told_end && !model->told_next);
			break;
		case TUYA_ROUND_PAGE_REFUSED:
			CHECK(report->page > 1);
			break;
		default:
			CHECK(!"a round was given up without a reason");
	}
}

static bool
is_between(int64_t n, int64_t a, int64_t b)
{
	return (a <= n && n <= b) || (b <= n && n <= a);
}

static void
check_walk(const TuyaRound *round, TuyaRoundVerdict verdict, const Model *model)
{
	int64_t		last = model->last_total >= 0 ? model->last_total : model->total;
	int64_t		first = model->total >= 0 ? model->total : last;
	bool		same_round = tuya_round_number(round) == model->round;

	CHECK(tuya_round_page_count(round) == 0);
	if (verdict == TUYA_ROUND_COMPLETE)
	{
		CHECK(model->shown_rows == model->distinct && !model->told_next);
		CHECK(last < 0 || is_between(model->distinct, first, last));
		/* without a token only totals, or an empty list */
		CHECK(model->told_end || (last >= 0 && first == last && model->distinct == last) ||
			  (last < 0 && model->distinct == 0 && tuya_round_page(round) == 1));
	}
	if (verdict == TUYA_ROUND_ENDLESS)
		CHECK(model->circle && tuya_round_report(round)->fault == TUYA_ROUND_TOKEN_REPEATED);
	else
		CHECK(!model->circle || verdict == TUYA_ROUND_REFUSED);
	if (verdict == TUYA_ROUND_REFUSED)
		CHECK(model->total > ROUND_WALK_ROWS_MAX || (action->rows_max > 0 && model->total > action->rows_max));
	if (verdict == TUYA_ROUND_MORE && same_round)
		CHECK(model->told_next && strcmp(tuya_round_token(round), model->tokens[model->ntokens - 1]) == 0);
	if (verdict == TUYA_ROUND_MORE && !same_round)
		CHECK(tuya_round_token(round) == NULL);
}

static int64_t
pages_max(void)
{
	return action->page_size_max > 0 ? action->rows_max / action->page_size_max : 0;
}

static void
check_verdict(const TuyaRound *round, TuyaRoundVerdict verdict, const Model *model, int64_t page)
{
	bool		given_up = verdict == TUYA_ROUND_INCOMPLETE ||
		(verdict == TUYA_ROUND_MORE && tuya_round_number(round) != model->round);

	CHECK(verdict != TUYA_ROUND_NO_MEMORY);
	CHECK(tuya_round_memory(round) > model->nids);
	CHECK(tuya_round_number(round) <= ROUNDS_MAX);
	if (FORM->paging == TUYA_PAGING_TOKEN)
		check_walk(round, verdict, model);
	else if (verdict == TUYA_ROUND_COMPLETE)
		CHECK(model->same_total && model->all_full && model->distinct == model->total);
	else if (verdict == TUYA_ROUND_ENDLESS)
		CHECK(model->full > 0 && model->total / model->full >= ROUND_PAGES_MAX);
	else if (verdict == TUYA_ROUND_REFUSED)
		CHECK(page == 1 && model->full > 0 && action->rows_max > 0 && model->total / model->full >= pages_max());
	if (verdict == TUYA_ROUND_INCOMPLETE)
		CHECK(model->round == ROUNDS_MAX);
	if (given_up)
		check_given_up(model, tuya_round_report(round), page);
	if (verdict == TUYA_ROUND_MORE && given_up)
		CHECK(tuya_round_page(round) == 1 && tuya_round_number(round) == model->round + 1 &&
			  tuya_round_page_count(round) == 0);
	else if (verdict == TUYA_ROUND_MORE)
		CHECK(tuya_round_page(round) == page + 1 &&
			  (FORM->paging == TUYA_PAGING_TOKEN || page < tuya_round_page_count(round)));
}

static TuyaRoundVerdict
feed_page(TuyaRound *round, Model *model, const TuyaReply *reply)
{
	int64_t		page = tuya_round_page(round);
	bool	   *fresh = malloc(reply->nrows);	/* exactly as many */
	const char **ids = malloc(reply->nrows * sizeof(*ids));
	TuyaRoundPage due = {reply->has_total, reply->total, ids, reply->nrows, reply->token};
	TuyaRoundVerdict verdict;

	note_page(model, tuya_round_number(round), page, reply);
	for (size_t i = 0; i < reply->nrows; i++)
		ids[i] = reply->rows[i].field[TUYA_FIELD_ID];
	verdict = tuya_round_add_page(round, &due, fresh);
	free(ids);
	for (size_t i = 0; i < reply->nrows; i++)
		CHECK(fresh[i] == note_id(model, reply->rows[i].field[TUYA_FIELD_ID]));
	free(fresh);
	check_verdict(round, verdict, model, page);
	return verdict;
}

static bool
same_text(const char *a, const char *b)
{
	return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

/* The same comes of it when few fields are read, but for the others. */
static void
check_fields(const TuyaReply *all, FuzzInput piece, int64_t page)
{
	TuyaFields	fields = TUYA_FIELD(TUYA_FIELD_ID) | (TuyaFields) (piece.len * 0x9E3779B1u);
	char	   *body = fuzz_copy(piece);
	TuyaReply	few;

	CHECK(tuya_reply_parse(FORM, fields, body, piece.len, page, NULL, &few) == all->status);
	CHECK(strcmp(few.reason, all->reason) == 0 && same_text(few.code, all->code) && same_text(few.token, all->token));
	CHECK(few.nrows == all->nrows && few.has_total == all->has_total && few.total == all->total);
	for (size_t i = 0; i < few.nrows; i++)
	{
		for (int field = 0; field < FORM->nfields; field++)
			CHECK(same_text(few.rows[i].field[field],
							fields & TUYA_FIELD(field) ? all->rows[i].field[field] : NULL));
	}
	tuya_reply_free(&few);
	free(body);
}

/* Parses a body as the reply to the page that is due, and feeds the round; true to go on. */
static bool
feed(TuyaRound *round, Model *model, FuzzInput piece)
{
	char	   *body = fuzz_copy(piece);
	int64_t		page = tuya_round_page(round);
	TuyaReply	reply;
	TuyaReplyStatus status = tuya_reply_parse(FORM, TUYA_ALL_FIELDS, body, piece.len, page, NULL, &reply);
	TuyaRoundVerdict verdict = TUYA_ROUND_COMPLETE;

	check_reply(&reply, status, body, piece.len);
	check_fields(&reply, piece, page);
	if (status == TUYA_REPLY_PAGE)
		verdict = feed_page(round, model, &reply);
	else if (status == TUYA_REPLY_ERROR && page > 1 &&
			 tuya_retry_classify(reply.code, 200) == TUYA_ERROR_REQUEST)
	{
		verdict = tuya_round_add_refusal(round);
		check_verdict(round, verdict, model, page);
	}
	tuya_reply_free(&reply);
	free(body);
	return verdict == TUYA_ROUND_MORE;
}

/* Takes the line off by which the input chooses an action, if it has one. */
static void
choose(const uint8_t **data, size_t *size)
{
	const uint8_t *end = *size > 0 && **data == '#' ? memchr(*data, '\n', *size) : NULL;
	size_t		len = end != NULL ? (size_t) (end - *data) - 1 : 0;

	action = tuya_action_default();
	if (end == NULL)
		return;
	for (int i = 0; tuya_actions[i] != NULL; i++)
	{
		if (strlen(tuya_actions[i]->table) == len && memcmp(tuya_actions[i]->table, *data + 1, len) == 0)
			action = tuya_actions[i];
	}
	*size -= len + 2;
	*data = end + 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput	input;
	FuzzInput	piece;
	TuyaRoundRules rules = {0};
	TuyaRound  *round;
	Model		model = {0};
	bool		more = true;

	choose(&data, &size);
	input = (FuzzInput) {data, size};
	piece = (FuzzInput) {data, 0};
	rules.read_to_end = size > 0 && data[0] == ' ';
	rules.by_token = FORM->paging == TUYA_PAGING_TOKEN;
	rules.pages_max = pages_max();
	rules.rows_max = action->rows_max;
	round = tuya_round_create(&rules);
	CHECK(round != NULL);
	for (int pages = 0; more && pages < PAGES_MAX; pages++)
	{
		if (!fuzz_next(&input, SEPARATOR, &piece))
		{
			input = (FuzzInput) {data, size};
			fuzz_next(&input, SEPARATOR, &piece);
		}
		more = feed(round, &model, piece);
	}
	tuya_round_destroy(round);
	free_model(&model);
	return 0;
}
