/*
 * gather.h
 *		Keys of rows that a subquery reads, known before it does.
 */
#ifndef TUYA_LOOKAHEAD_GATHER_H
#define TUYA_LOOKAHEAD_GATHER_H

#include "postgres.h"

#include "nodes/plannodes.h"

#include "lookahead/search.h"

/* Rows that a subquery reads. */
typedef struct TuyaRows
{
	Plan	   *plan;			/* reads them */
	bool		own;			/* its expressions ask, else those of a plan above */
	int			nquals;			/* if own: how many of its quals a row has met by then */
} TuyaRows;

/*
 * Adds the targets, which are in columns of these rows, as such of the row of which the subquery
 * is: their only value is an array of the keys of all rows, if they are known ahead.  Else what
 * has to be computed for that is added, where it can be.
 */
extern void tuya_gather(TuyaSearch *search, const TuyaRows *rows, const List *targets);

#endif							/* TUYA_LOOKAHEAD_GATHER_H */
