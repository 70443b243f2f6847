/*
 * lookup.c
 *		One key: which page is wanted, which rows are here, how it ended.
 *
 *		NEW ---> QUEUED ---> READING --- pages add up -----------------------> DONE
 *		          |  ^        |   \-- they do not, on_incomplete warning ---> DONE, with a warning
 *		          v  |        \------ they do not, or any error ------------> FAILED
 *		       TAKEN_BACK
 *
 * One whose key cannot be asked for is NEW, then FAILED.
 *
 * One that nobody wants now may be ARCHIVED, if nothing is under way for it.
 *
 * What must always hold: rows are only ever added, at the end; a lookup that
 * has ended never changes; nothing of an earlier round is parked.
 */
#include "postgres.h"

#include "rows/internal.h"
#include "rows/too_many.h"

#include "utils/memutils.h"

static TuyaRound *
create_round(const TuyaQuery *query)
{
	const TuyaAction *action = query->action;
	TuyaRoundRules rules = {
		.read_to_end = query->on_incomplete == TUYA_INCOMPLETE_WARNING,
		.by_token = action->reply.paging == TUYA_PAGING_TOKEN,
		.pages_max = action->rows_max / Max(query->page_size, 1),
		.rows_max = action->rows_max
	};

	return tuya_round_create(&rules);
}

TuyaLookup *
tuya_lookup_create(TuyaStore *store, const TuyaQuery *query)
{
	TuyaLookup *lookup = palloc0(sizeof(TuyaLookup));

	lookup->query = tuya_query_copy(query, palloc(tuya_query_size(query)));
	lookup->store = store;
	lookup->all_fresh = true;
	dlist_init(&lookup->parked);
	lookup->adding_up = create_round(query);
	if (lookup->adding_up == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	tuya_store_charge(store, sizeof(TuyaLookup));
	return lookup;
}

void
tuya_lookup_destroy(TuyaLookup *lookup)
{
	if (lookup->adding_up)
		tuya_round_destroy(lookup->adding_up);
	lookup->adding_up = NULL;
}

void
tuya_lookup_become(TuyaLookup *lookup, TuyaLookupState state)
{
	Assert(tuya_lookup_may_become(lookup->state, state));
	lookup->state = state;
}

TuyaLookupState
tuya_lookup_state(const TuyaLookup *lookup)
{
	return lookup->state;
}

const TuyaQuery *
tuya_lookup_query(const TuyaLookup *lookup)
{
	return lookup->query;
}

bool
tuya_lookup_goes_on(const TuyaLookup *lookup)
{
	return lookup->state <= TUYA_LOOKUP_READING;
}

bool
tuya_lookup_is_unasked(const TuyaLookup *lookup)
{
	return lookup->state == TUYA_LOOKUP_NEW || lookup->state == TUYA_LOOKUP_TAKEN_BACK;
}

int
tuya_lookup_round(const TuyaLookup *lookup)
{
	return tuya_round_number(lookup->adding_up);
}

int64
tuya_lookup_wanted_page(const TuyaLookup *lookup)
{
	return tuya_round_page(lookup->adding_up);
}

int64
tuya_lookup_last_page(const TuyaLookup *lookup)
{
	return Max(tuya_round_page_count(lookup->adding_up), tuya_round_page(lookup->adding_up));
}

const char *
tuya_lookup_token(const TuyaLookup *lookup)
{
	return tuya_round_token(lookup->adding_up);
}

int
tuya_lookup_pages_left(const TuyaLookup *lookup, int wanted)
{
	return tuya_store_pages_left(lookup->store, wanted);
}

bool
tuya_lookup_has_room_for(const TuyaLookup *lookup, int pages)
{
	return tuya_store_has_room_for(lookup->store, pages);
}

bool
tuya_lookup_is_crowded(const TuyaLookup *lookup)
{
	return tuya_store_is_crowded(lookup->store, false);
}

int
tuya_lookup_pages_read(const TuyaLookup *lookup)
{
	return lookup->nchunks;
}

const TuyaFailure *
tuya_lookup_failure(const TuyaLookup *lookup)
{
	return lookup->state == TUYA_LOOKUP_FAILED ? lookup->failure : NULL;
}

bool
tuya_lookup_is_refused(const TuyaLookup *lookup)
{
	return lookup->is_refused;
}

bool
tuya_lookup_tell_failure(TuyaLookup *lookup)
{
	bool		first = !lookup->failure_told;

	lookup->failure_told = true;
	return first;
}

const char *
tuya_lookup_take_ignored(TuyaLookup *lookup)
{
	const char *code = lookup->ignored;

	lookup->ignored = NULL;
	return code;
}

const TuyaFailure *
tuya_lookup_take_warning(TuyaLookup *lookup)
{
	const TuyaFailure *warning = lookup->state == TUYA_LOOKUP_DONE ? lookup->failure : NULL;

	if (warning)
		lookup->failure = NULL;
	return warning;
}

/*
 * ---- end ----
 */

static void
end(TuyaLookup *lookup, TuyaLookupState state, TuyaFailure *failure)
{
	tuya_lookup_become(lookup, state);
	lookup->failure = failure;
	tuya_parked_free_all(lookup);
	tuya_lookup_destroy(lookup);
	tuya_store_charge(lookup->store, -(int64) lookup->charged);
	lookup->charged = 0;
}

void
tuya_lookup_abandon(TuyaLookup *lookup)
{
	static TuyaFailure abandoned = {
		.sqlstate = ERRCODE_FDW_ERROR,
		.message = "lookup was abandoned because of an earlier error"
	};

	if (!tuya_lookup_goes_on(lookup))
		return;
	tuya_lookup_become(lookup, TUYA_LOOKUP_FAILED);
	lookup->failure = &abandoned;
}

/*
 * ---- feeding ----
 */

static void
charge_ids(TuyaLookup *lookup)
{
	Size		now = tuya_round_memory(lookup->adding_up);

	tuya_store_charge(lookup->store, (int64) now - (int64) lookup->charged);
	lookup->charged = now;
}

static void
take_verdict(TuyaLookup *lookup, TuyaRoundVerdict verdict, const char *refusal)
{
	TuyaFailure *failure;
	bool		soften;

	if (verdict == TUYA_ROUND_MORE)
	{
		/* a new round has begun: what was read ahead belongs to the old one */
		if (tuya_lookup_wanted_page(lookup) == 1)
		{
			tuya_parked_free_all(lookup);
			lookup->chunks_before = lookup->nchunks;
		}
		charge_ids(lookup);
		return;
	}
	if (verdict == TUYA_ROUND_COMPLETE)
	{
		/* what another round repeats may show rows that are gone by now */
		lookup->proved = tuya_lookup_round(lookup) == 1;
		end(lookup, TUYA_LOOKUP_DONE, NULL);
		return;
	}
	soften = verdict == TUYA_ROUND_INCOMPLETE &&
		lookup->query->on_incomplete == TUYA_INCOMPLETE_WARNING;
	lookup->is_refused = verdict == TUYA_ROUND_REFUSED;
	failure = lookup->is_refused ?
		tuya_too_many_failure(lookup->query, tuya_round_report(lookup->adding_up)) :
		tuya_failure_of_round(&lookup->query->action->reply,
							  tuya_round_report(lookup->adding_up), verdict, refusal);
	end(lookup, soften ? TUYA_LOOKUP_DONE : TUYA_LOOKUP_FAILED, failure);
}

static size_t
count_true(const bool *flags, size_t n)
{
	size_t		count = 0;

	for (size_t i = 0; i < n; i++)
		count += flags[i];
	return count;
}

static void
add_chunk(TuyaLookup *lookup, TuyaChunk *chunk)
{
	if (lookup->chunks == NULL)
	{
		lookup->chunks_allocated = 1;
		lookup->chunks = palloc(sizeof(TuyaChunk *));
	}
	else if (lookup->nchunks == lookup->chunks_allocated)
	{
		lookup->chunks_allocated *= 2;
		lookup->chunks = repalloc_huge(lookup->chunks,
									   lookup->chunks_allocated * sizeof(TuyaChunk *));
	}
	lookup->chunks[lookup->nchunks++] = chunk;
	lookup->keeps_bytes = Max(lookup->keeps_bytes - (int64) tuya_store_len(chunk), 0);
}

/* The round takes the page: which of its rows are fresh. */
static TuyaRoundVerdict
add_up(TuyaLookup *lookup, const TuyaReply *reply, bool *fresh)
{
	const char **ids = palloc(sizeof(char *) * (reply->nrows + 1));
	TuyaRoundPage page = {reply->has_total, reply->total, ids, reply->nrows, reply->token};
	TuyaRoundVerdict verdict;

	for (size_t i = 0; i < reply->nrows; i++)
		ids[i] = reply->rows[i].field[TUYA_FIELD_ID];
	verdict = tuya_round_add_page(lookup->adding_up, &page, fresh);
	pfree(ids);
	return verdict;
}

/*
 * Feeds the wanted page; *packed is a chunk of all its rows, or NULL, and becomes NULL if
 * the lookup takes it over.
 */
static void
feed_page(TuyaLookup *lookup, const TuyaReply *reply, TuyaChunk **packed)
{
	bool	   *fresh = palloc0(sizeof(bool) * (reply->nrows + 1));
	bool		first = tuya_lookup_round(lookup) == 1 && tuya_lookup_wanted_page(lookup) == 1;
	TuyaRoundVerdict verdict = add_up(lookup, reply, fresh);
	size_t		nfresh = verdict == TUYA_ROUND_NO_MEMORY ? 0 : count_true(fresh, reply->nrows);

	if (first)
	{
		lookup->total = reply->has_total ? reply->total : -1;
		lookup->first_page_rows = nfresh;
	}
	if (nfresh == 0 || nfresh < reply->nrows)
		lookup->all_fresh = false;
	if (nfresh > 0 && nfresh == reply->nrows && *packed)
	{
		add_chunk(lookup, *packed);
		*packed = NULL;
	}
	else if (nfresh > 0)
		add_chunk(lookup, tuya_store_add(lookup->store, reply, fresh));
	lookup->nrows += (int64) nfresh;
	pfree(fresh);
	take_verdict(lookup, verdict, NULL);
}

static void
feed_refusal(TuyaLookup *lookup, const char *code)
{
	take_verdict(lookup, tuya_round_add_refusal(lookup->adding_up), code);
}

/* Feeds a page that is no longer in the list of the parked, and frees it. */
static void
feed_parked(TuyaLookup *lookup, TuyaParkedPage *parked)
{
	if (parked->failure)
		end(lookup, TUYA_LOOKUP_FAILED, parked->failure);
	else if (parked->refusal)
		feed_refusal(lookup, parked->refusal);
	else
	{
		TuyaChunkReader reader;
		TuyaReply	reply;

		tuya_parked_read(lookup, parked, &reader, &reply);
		feed_page(lookup, &reply, &parked->chunk);
		tuya_parked_end_reading(&reader, &reply);
	}
	tuya_parked_free(lookup, parked);
}

/* Feeds what is parked and has its turn now. */
static void
feed_all_parked(TuyaLookup *lookup)
{
	TuyaParkedPage *parked;

	while (tuya_lookup_goes_on(lookup) &&
		   (parked = tuya_parked_find(lookup, tuya_lookup_wanted_page(lookup))) != NULL)
	{
		dlist_delete(&parked->node);
		feed_parked(lookup, parked);
	}
}

void
tuya_lookup_put_page(TuyaLookup *lookup, int64 page, const TuyaReply *reply)
{
	if (page == tuya_lookup_wanted_page(lookup))
	{
		TuyaChunk  *none = NULL;

		feed_page(lookup, reply, &none);
		feed_all_parked(lookup);
	}
	else
	{
		TuyaParkedPage *parked = tuya_parked_add(lookup, page);

		parked->has_total = reply->has_total;
		parked->total = reply->total;
		parked->nrows = reply->nrows;
		if (reply->nrows > 0)
			parked->chunk = tuya_store_add(lookup->store, reply, NULL);
	}
}

void
tuya_lookup_put_refusal(TuyaLookup *lookup, int64 page, const char *code)
{
	char	   *shown = tuya_failure_quote(code);

	if (page == tuya_lookup_wanted_page(lookup))
	{
		feed_refusal(lookup, shown);
		feed_all_parked(lookup);
	}
	else
		tuya_parked_add(lookup, page)->refusal = shown;
}

void
tuya_lookup_put_failure(TuyaLookup *lookup, int64 page, TuyaFailure *failure)
{
	if (page == tuya_lookup_wanted_page(lookup))
		end(lookup, TUYA_LOOKUP_FAILED, failure);
	else
		tuya_parked_add(lookup, page)->failure = failure;
}

void
tuya_lookup_put_ignored(TuyaLookup *lookup, const char *code)
{
	lookup->ignored = tuya_failure_quote(code);
	end(lookup, TUYA_LOOKUP_DONE, NULL);
}

/* Whether the total of the first page is good for all, as far as the rest goes. */
static bool
is_total_known(const TuyaLookup *lookup)
{
	if (lookup->query->on_incomplete != TUYA_INCOMPLETE_ERROR)
		return false;
	return lookup->is_refused || (tuya_lookup_goes_on(lookup) && tuya_lookup_round(lookup) == 1 &&
								  tuya_lookup_wanted_page(lookup) > 1);
}

bool
tuya_lookup_count(const TuyaLookup *lookup, int64 *count)
{
	size_t		page_size = (size_t) lookup->query->page_size;

	if (lookup->state == TUYA_LOOKUP_DONE)
	{
		*count = lookup->nrows;
		return true;
	}
	*count = lookup->total;
	return is_total_known(lookup) && lookup->first_page_rows == page_size &&
		lookup->total > (int64) page_size;
}

void
tuya_lookup_keep_whole(TuyaLookup *lookup, Size len_max)
{
	lookup->keeps_bytes = (int64) len_max;
}

/*
 * ---- archive ----
 */

void
tuya_lookup_restore_chunk(TuyaLookup *lookup, TuyaChunk *chunk)
{
	add_chunk(lookup, chunk);
}

/*
 * Makes the round again from the pages, each of which is a chunk.  The round was
 * not complete with them, so it is not now.
 */
static void
replay(TuyaLookup *lookup, const TuyaLookupRest *rest)
{
	const char *token = rest->tokens;

	lookup->total = rest->total;
	for (int i = 0; i < lookup->nchunks; i++)
	{
		TuyaParkedPage page = {
			.has_total = rest->total >= 0,.total = rest->total,.chunk = lookup->chunks[i]
		};
		TuyaChunkReader reader;
		TuyaReply	reply;
		bool	   *fresh;

		page.nrows = tuya_store_count(lookup->store, page.chunk);
		if (i == 0)
			lookup->first_page_rows = page.nrows;
		tuya_parked_read(lookup, &page, &reader, &reply);
		reply.token = token;
		fresh = palloc(sizeof(bool) * page.nrows);
		if (add_up(lookup, &reply, fresh) != TUYA_ROUND_MORE)
			elog(ERROR, "archived pages do not add up as they did");
		tuya_parked_end_reading(&reader, &reply);
		pfree(fresh);
		if (token)
			token += strlen(token) + 1;
	}
	charge_ids(lookup);
}

void
tuya_lookup_restore(TuyaLookup *lookup, const TuyaLookupRest *rest)
{
	lookup->nrows = rest->nrows;
	if (rest->done)
	{
		end(lookup, TUYA_LOOKUP_DONE, NULL);
		return;
	}
	/* one that was taken back has no pages, and is as if new */
	if (lookup->nchunks > 0)
		tuya_lookup_become(lookup, TUYA_LOOKUP_READING);
	replay(lookup, rest);
}

void
tuya_lookup_restore_failure(TuyaLookup *lookup, TuyaFailure *failure)
{
	end(lookup, TUYA_LOOKUP_FAILED, failure);
}

void
tuya_lookup_free(TuyaLookup *lookup)
{
	const TuyaFailure *failure = tuya_lookup_failure(lookup);

	/* any other is the statement's end, and may be constant */
	if (failure && failure->of_key)
		pfree(lookup->failure);
	tuya_lookup_become(lookup, TUYA_LOOKUP_ARCHIVED);
	for (int i = 0; i < lookup->nchunks; i++)
		if (lookup->chunks[i])
			tuya_store_drop(lookup->store, lookup->chunks[i]);
	if (lookup->chunks)
		pfree(lookup->chunks);
	tuya_store_charge(lookup->store, -(int64) (lookup->charged + sizeof(TuyaLookup)));
	tuya_lookup_destroy(lookup);
	pfree(lookup->query);
	pfree(lookup);
}
