/*
 * private.h
 *		What the plan of a foreign scan keeps for the executor.
 *
 * It is in ForeignScan.fdw_private, a list that can be copied; ForeignScan.fdw_exprs
 * has the values to which keys are compared.  No credentials, and no options: a plan
 * may outlive them.
 */
#ifndef TUYA_PRIVATE_H
#define TUYA_PRIVATE_H

#include "postgres.h"

#include "nodes/plannodes.h"

typedef struct TuyaPrivate
{
	List	   *keys;			/* factors, as tuya_key_encode() makes them */
	List	   *attributes;		/* integer list: attribute numbers that are read */
	int			limit;			/* this many rows are enough; 0: all */
	bool		counts;			/* rows are only counted */
	List	   *missing;		/* as tuya_missing_explain() makes it: NIL if no key is missing */
	List	   *gates;			/* as tuya_gate_choose() makes them; NIL: none */
} TuyaPrivate;

/* The list for fdw_private, and back: the parts are the list's. */
extern List *tuya_private_make(const TuyaPrivate *parts);
extern TuyaPrivate tuya_private_get(const ForeignScan *scan);

#endif							/* TUYA_PRIVATE_H */
