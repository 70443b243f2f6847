/*
 * connections.c
 *		The connections of this backend, and how to close them.
 *
 * Nothing here looks into catalogs, which may retire fetchers while their list is read.
 */
#include "postgres.h"

#include "fetch/connections.h"

#include "fetch/internal.h"

/* Those that an idle minute has ended are only to be tidied up. */
static int
count_open(const TuyaFetcher *fetcher)
{
	return fetcher->shut_down ? 0 : tuya_http_open_connections(fetcher->http);
}

List *
tuya_connections_list(void)
{
	List	   *list = NIL;
	dlist_iter	iter;

	dlist_foreach(iter, tuya_registry_fetchers())
	{
		const TuyaFetcher *fetcher = dlist_container(TuyaFetcher, node, iter.cur);
		TuyaConnections *one;

		if (count_open(fetcher) == 0)
			continue;
		one = palloc(sizeof(TuyaConnections));
		one->remote = fetcher->remote;
		one->open = count_open(fetcher);
		one->valid = fetcher->state == TUYA_FETCHER_KEPT;
		one->in_use = fetcher->pins > 0;
		list = lappend(list, one);
	}
	return list;
}

bool
tuya_connections_close(Oid server_id, List **in_use)
{
	bool		closed = false;
	dlist_mutable_iter iter;

	*in_use = NIL;
	dlist_foreach_modify(iter, tuya_registry_fetchers())
	{
		TuyaFetcher *fetcher = dlist_container(TuyaFetcher, node, iter.cur);

		if (count_open(fetcher) == 0 ||
			(OidIsValid(server_id) && fetcher->remote.server_id != server_id))
			continue;
		if (fetcher->pins > 0)
			*in_use = lappend_oid(*in_use, fetcher->remote.server_id);
		else
		{
			tuya_registry_give_up(fetcher);
			closed = true;
		}
	}
	return closed;
}
