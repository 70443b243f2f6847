/*
 * fuzz_reply.c
 *		From hostile bytes to rows, and whether the pages add up.
 *
 * The input is the body of a reply; several, for the pages of a lookup in the
 * order in which they are asked for, are separated by the byte 0x1E and come
 * again from the first on.  A first byte that is a space is read as "read_to_end".
 * The rounds are held against a slow model, which compares all ids.
 */
#include "api/action.h"
#include "fuzz.h"

#define FORM (&tuya_ota_job.reply)

#include <stdlib.h>
#include <string.h>

#include "reply.h"
#include "retry.h"
#include "round.h"

#define SEPARATOR 0x1E

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
	CHECK(reply->has_total || reply->nrows == 0);
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
note_page(Model *model, int round, int64_t page, const TuyaReply *reply)
{
	int64_t		nrows = (int64_t) reply->nrows;

	if (page == 1)
	{
		model->round = round;
		model->total = reply->total;
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
}

/*
 * ---- rounds ----
 */

/* The round that the model knows did not add up: is that true, and as reported? */
static void
check_given_up(const Model *model, const TuyaRoundReport *report)
{
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
			CHECK(model->distinct != model->total);
			break;
		case TUYA_ROUND_PAGE_REFUSED:
			CHECK(report->page > 1);
			break;
		default:
			CHECK(!"a round was given up without a reason");
	}
}

static void
check_verdict(const TuyaRound *round, TuyaRoundVerdict verdict, const Model *model, int64_t page)
{
	bool		given_up = verdict == TUYA_ROUND_INCOMPLETE ||
		(verdict == TUYA_ROUND_MORE && tuya_round_number(round) != model->round);

	CHECK(verdict != TUYA_ROUND_NO_MEMORY);
	CHECK(tuya_round_memory(round) > model->nids);
	CHECK(tuya_round_number(round) <= ROUNDS_MAX);
	if (verdict == TUYA_ROUND_COMPLETE)
		CHECK(model->same_total && model->all_full && model->distinct == model->total);
	if (verdict == TUYA_ROUND_ENDLESS)
		CHECK(model->full > 0 && model->total / model->full >= ROUND_PAGES_MAX);
	if (verdict == TUYA_ROUND_INCOMPLETE)
		CHECK(model->round == ROUNDS_MAX);
	if (given_up)
		check_given_up(model, tuya_round_report(round));
	if (verdict == TUYA_ROUND_MORE && given_up)
		CHECK(tuya_round_page(round) == 1 && tuya_round_number(round) == model->round + 1 &&
			  tuya_round_page_count(round) == 0);
	else if (verdict == TUYA_ROUND_MORE)
		CHECK(tuya_round_page(round) == page + 1 && page < tuya_round_page_count(round));
}

static TuyaRoundVerdict
feed_page(TuyaRound *round, Model *model, const TuyaReply *reply)
{
	int64_t		page = tuya_round_page(round);
	bool	   *fresh = malloc(reply->nrows);	/* exactly as many */
	const char **ids = malloc(reply->nrows * sizeof(*ids));
	TuyaRoundPage due = {reply->has_total, reply->total, ids, reply->nrows};
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

/* Parses a body as the reply to the page that is due, and feeds the round; true to go on. */
static bool
feed(TuyaRound *round, Model *model, FuzzInput piece)
{
	char	   *body = fuzz_copy(piece);
	int64_t		page = tuya_round_page(round);
	TuyaReply	reply;
	TuyaReplyStatus status = tuya_reply_parse(FORM, body, piece.len, page, NULL, &reply);
	TuyaRoundVerdict verdict = TUYA_ROUND_COMPLETE;

	check_reply(&reply, status, body, piece.len);
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput	input = {data, size};
	FuzzInput	piece = {data, 0};
	TuyaRound  *round = tuya_round_create(&(TuyaRoundRules) {.read_to_end = size > 0 && data[0] == ' '});
	Model		model = {0};
	bool		more = true;

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
