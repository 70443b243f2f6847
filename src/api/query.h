/*
 * query.h
 *		What a lookup asks for: all that two lookups of the same result have in common.
 *
 * Whatever changes a result is in here, so that two queries of the same bytes have
 * the same rows, in any session.  What changes with each sending (page, nonce, time) is
 * not.  Plain C, and never throws.
 */
#ifndef TUYA_QUERY_H
#define TUYA_QUERY_H

#include "api/action.h"
#include "api/list_path.h"

/* on_incomplete: what to do when a lookup's pages do not add up. */
typedef enum TuyaOnIncomplete
{
	TUYA_INCOMPLETE_ERROR,
	TUYA_INCOMPLETE_WARNING
} TuyaOnIncomplete;

/* Of a hash of the service's address, the credentials and what goes with them. */
#define TUYA_ASKER_BYTES 32

typedef struct TuyaQuery
{
	unsigned char asker[TUYA_ASKER_BYTES];	/* whom the service answers: a hash */
	const TuyaAction *action;
	const char *parameter[TUYA_KEYS_MAX];	/* by key: names to send, ASCII */
	const char *value[TUYA_KEYS_MAX];	/* UTF-8; NULL: it is optional, and not sent */
	int			page_size;
	TuyaOnIncomplete on_incomplete;
	const char *ignored_codes;	/* as the option has it; NULL: none */
	const char *list_path;		/* likewise: list_path.h; NULL: the action's own */
	TuyaFields	fields;			/* that rows have, beside their id; others are NULL */
	int			cache_ttl;		/* ms; how old what is cached may be; 0: it is not cached */
} TuyaQuery;

/* How many bytes a copy takes, its strings included. */
extern size_t tuya_query_size(const TuyaQuery *query);

/*
 * Makes a copy at that place, which has tuya_query_size() bytes and is aligned for a
 * TuyaQuery; there is nothing else to free.
 */
extern TuyaQuery *tuya_query_copy(const TuyaQuery *query, void *place);

/*
 * Returns how many bytes the query's identity has: they are the same for queries that
 * ask for the same.  Writes them there; what is there is of no use if there is less room.
 */
extern size_t tuya_query_bytes(const TuyaQuery *query, char *bytes, size_t room);

/* The form of its replies: the action's, or the one made there with the list elsewhere. */
extern const TuyaReplyForm *tuya_query_form(const TuyaQuery *query, TuyaListForm *place);

#endif							/* TUYA_QUERY_H */
