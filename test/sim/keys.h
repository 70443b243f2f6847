/*
 * keys.h
 *		What is remembered of each key that was asked for: how often, and what churn did
 *		to its list.  A key is an action and the values of its parameters.
 */
#ifndef SIM_KEYS_H
#define SIM_KEYS_H

#include <stdint.h>

#include "actions.h"
#include "buf.h"

/* Consecutive indices of rows. */
typedef struct Range
{
	int64_t		first;
	int64_t		last;
} Range;

typedef struct KeyState
{
	uint64_t	requests;		/* since epoch, which is the last clear */
	uint64_t	epoch;
	int64_t		base;			/* the rule's number of rows */
	int64_t		churned;		/* how often churn changed the list */
	int64_t		next;			/* index of the next row created */
	Buf			ranges;			/* array of Range, ascending; once churned */
} KeyState;

/* Values joined, in a buffer that the next call reuses. */
Buf		   *key_bytes(const ApiCall *call);

/* The key's state, with base as the settings have it now. */
KeyState   *key_state(const ApiCall *call);
uint64_t	key_requests(const ApiCall *call);
void		key_count_request(KeyState *state);

/* The key's list: its length, and the index of the row at an offset. */
int64_t		key_total(const KeyState *state);
int64_t		key_row_at(const KeyState *state, int64_t offset);

/* How many rows of the list come up to the one of that index, which may be gone. */
int64_t		key_offset_behind(const KeyState *state, int64_t index);

/* To be called when a page was served: churns when the settings say so. */
void		key_served(KeyState *state, int64_t page);

/* How often this page of this key was asked before; counts this time. */
uint64_t	key_page_round(const ApiCall *call);
void		key_forget_rounds(void);

void		keys_clear_counts(void);
void		keys_reset(void);

#endif
