/*
 * address.h
 *		What is asked for when a key is: its lookup's address.
 */
#ifndef TUYA_ADDRESS_H
#define TUYA_ADDRESS_H

#include "postgres.h"

#include "utils/rel.h"

#include "api/column.h"
#include "fetch/fetcher.h"
#include "util/bytes.h"

/* Of a scan, which owns them. */
typedef struct TuyaAddressing
{
	Relation	relation;
	const TuyaColumns *columns;
	const TuyaSettings *settings;
	/* the fetcher's and the execution's; NULL: nothing is asked for */
	const unsigned char *asker;
	const TuyaFields *fields;	/* that are read */
} TuyaAddressing;

/*
 * Makes the query of a key, of text Datums; its strings are the settings', the columns'
 * or palloc'ed.  Returns the position of the first part of the key that may not be sent,
 * or -1.
 */
extern int	tuya_address_make(const TuyaAddressing *from, const Datum key[TUYA_KEYS_MAX],
							  TuyaQuery *query);

/* Room for a query's identity, which grows; nothing at first. */
typedef struct TuyaAddressRoom
{
	char	   *bytes;			/* palloc'ed; NULL while size is 0 */
	size_t		size;
} TuyaAddressRoom;

/*
 * The query's identity, which is good until the next is made there.  Room for it is in the
 * current memory context.
 */
extern TuyaBytes tuya_address_of(const TuyaQuery *query, TuyaAddressRoom *room);

/* Why that part of the key, as the query has it, may not be sent; palloc'ed. */
extern TuyaFailure *tuya_address_failure(const TuyaAddressing *from, const Datum key[TUYA_KEYS_MAX],
										 int part, const char *utf8);

/* "(product_key, ...) = ("...", ...)", to find the row by; NULL: it has no values. */
extern const char *tuya_address_describe(const TuyaAddressing *from,
										 const Datum key[TUYA_KEYS_MAX]);

#endif							/* TUYA_ADDRESS_H */
