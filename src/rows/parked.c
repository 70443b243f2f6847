/*
 * parked.c
 *		Pages of a lookup that came before their turn.
 */
#include "postgres.h"

#include "rows/internal.h"

void
tuya_parked_free(TuyaLookup *lookup, TuyaParkedPage *parked)
{
	if (parked->chunk)
		tuya_store_drop(lookup->store, parked->chunk);
	if (parked->refusal)
		pfree(parked->refusal);
	pfree(parked);
}

void
tuya_parked_free_all(TuyaLookup *lookup)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &lookup->parked)
	{
		dlist_delete(iter.cur);
		tuya_parked_free(lookup, dlist_container(TuyaParkedPage, node, iter.cur));
	}
}

TuyaParkedPage *
tuya_parked_add(TuyaLookup *lookup, int64 page)
{
	TuyaParkedPage *parked = palloc0(sizeof(TuyaParkedPage));

	parked->page = page;
	dlist_push_tail(&lookup->parked, &parked->node);
	return parked;
}

TuyaParkedPage *
tuya_parked_find(TuyaLookup *lookup, int64 page)
{
	dlist_iter	iter;

	dlist_foreach(iter, &lookup->parked)
	{
		TuyaParkedPage *parked = dlist_container(TuyaParkedPage, node, iter.cur);

		if (parked->page == page)
			return parked;
	}
	return NULL;
}

void
tuya_parked_read(TuyaLookup *lookup, const TuyaParkedPage *parked, TuyaChunkReader *reader,
				 TuyaReply *reply)
{
	memset(reply, 0, sizeof(*reply));
	reply->status = TUYA_REPLY_PAGE;
	reply->has_total = parked->has_total;
	reply->total = parked->total;
	reply->nrows = parked->nrows;
	reply->nfields = lookup->query->action->reply.nfields;
	reply->rows = palloc(sizeof(TuyaRow) * (parked->nrows + 1));
	tuya_store_init_reader(reader);
	tuya_store_open(reader, parked->chunk);
	for (size_t i = 0; i < parked->nrows; i++)
		(void) tuya_store_read(lookup->store, reader, &reply->rows[i]);
	reply->fetched_us = reader->page.fetched_us;
	reply->request_id = unconstify(char *, reader->page.request_id);
}

void
tuya_parked_end_reading(TuyaChunkReader *reader, TuyaReply *reply)
{
	tuya_store_open(reader, NULL);
	pfree(reader->copy.data);
	pfree(reply->rows);
}
