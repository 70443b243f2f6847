/*
 * lookup.c
 *		One key: which page is wanted, which rows are here, how it ended.
 *
 *		READING --- pages add up ------------------------> DONE
 *		   |    \-- they do not, on_incomplete warning --> DONE, with a warning
 *		   \------- they do not, or any error -----------> FAILED
 *
 * What must always hold: rows are only ever added, at the end; a lookup that
 * is not READING never changes.
 */
#include "postgres.h"

#include "lookup.h"

#include "utils/memutils.h"

TuyaLookup *
tuya_lookup_create(TuyaStore *store, const TuyaRequest *request)
{
	TuyaLookup *lookup = palloc0(sizeof(TuyaLookup));

	lookup->request = *request;
	for (int key = 0; key < TUYA_KEY_COUNT; key++)
	{
		lookup->request.parameter[key] = pstrdup(request->parameter[key]);
		lookup->request.value[key] = pstrdup(request->value[key]);
	}
	lookup->store = store;
	lookup->round = tuya_round_create(request->on_incomplete == TUYA_INCOMPLETE_WARNING);
	if (lookup->round == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	return lookup;
}

void
tuya_lookup_destroy(TuyaLookup *lookup)
{
	if (lookup->round)
		tuya_round_destroy(lookup->round);
	lookup->round = NULL;
}

int64
tuya_lookup_page(const TuyaLookup *lookup)
{
	return tuya_round_page(lookup->round);
}

static void
end(TuyaLookup *lookup, TuyaLookupState state, TuyaFailure *failure)
{
	lookup->state = state;
	lookup->failure = failure;
	tuya_lookup_destroy(lookup);
	tuya_store_charge(lookup->store, -(int64) lookup->round_charged);
	lookup->round_charged = 0;
}

void
tuya_lookup_fail(TuyaLookup *lookup, TuyaFailure *failure)
{
	end(lookup, TUYA_LOOKUP_FAILED, failure);
}

void
tuya_lookup_abandon(TuyaLookup *lookup)
{
	static TuyaFailure abandoned = {
		.sqlstate = ERRCODE_FDW_ERROR,
		.message = "lookup was abandoned because of an earlier error"
	};

	lookup->state = TUYA_LOOKUP_FAILED;
	lookup->failure = &abandoned;
}

static void
charge_round(TuyaLookup *lookup)
{
	Size		now = tuya_round_memory(lookup->round);

	tuya_store_charge(lookup->store, (int64) now - (int64) lookup->round_charged);
	lookup->round_charged = now;
}

static void
take_verdict(TuyaLookup *lookup, TuyaRoundVerdict verdict, const char *refusal)
{
	switch (verdict)
	{
		case TUYA_ROUND_MORE:
			charge_round(lookup);
			return;
		case TUYA_ROUND_COMPLETE:
			end(lookup, TUYA_LOOKUP_DONE, NULL);
			return;
		case TUYA_ROUND_INCOMPLETE:
		case TUYA_ROUND_ENDLESS:
		case TUYA_ROUND_NO_MEMORY:
			{
				TuyaFailure *failure =
				tuya_failure_of_round(tuya_round_report(lookup->round), verdict, refusal);
				bool		soften = verdict == TUYA_ROUND_INCOMPLETE &&
				lookup->request.on_incomplete == TUYA_INCOMPLETE_WARNING;

				end(lookup, soften ? TUYA_LOOKUP_DONE : TUYA_LOOKUP_FAILED, failure);
				return;
			}
	}
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
}

void
tuya_lookup_add_page(TuyaLookup *lookup, const TuyaReply *reply)
{
	bool	   *fresh = palloc0(sizeof(bool) * (reply->nrows + 1));
	TuyaRoundVerdict verdict = tuya_round_add_page(lookup->round, reply, fresh);

	if (verdict != TUYA_ROUND_NO_MEMORY && memchr(fresh, true, reply->nrows) != NULL)
		add_chunk(lookup, tuya_store_add(lookup->store, reply, fresh));
	pfree(fresh);
	take_verdict(lookup, verdict, NULL);
}

void
tuya_lookup_add_refusal(TuyaLookup *lookup, const char *code)
{
	take_verdict(lookup, tuya_round_add_refusal(lookup->round), tuya_failure_quote(code));
}

bool
tuya_lookup_read(TuyaReader *reader, TuyaRow *row)
{
	TuyaLookup *lookup = reader->lookup;

	while (!tuya_store_read(lookup->store, &reader->rows, row))
	{
		if (reader->next_chunk >= lookup->nchunks)
			return false;
		tuya_store_open(&reader->rows, lookup->chunks[reader->next_chunk++]);
	}
	return true;
}
