/*
 * reserve.c
 *		Memory set aside for a library that must not run out of it; see reserve.h.
 */
#include "reserve.h"

#include <stdlib.h>

/*
 * Blocks of different sizes leave holes, heaps grow by some 130 kB at a time, and
 * resolver threads may take a little.
 */
#define SLACK_BYTES (256 * 1024)

/* volatile, or a compiler may find that a block is of no use and leave it out */
static void *volatile block;
static size_t block_bytes;		/* 0: there is no block */
static size_t left;				/* of the block that is lent, for more loans */

static void
drop(void)
{
	free(block);
	block = NULL;
	block_bytes = 0;
}

/*
 * glibc gives a large block pages of its own, which its free() returns to the
 * system, where a limit may forbid to have them back.  But having freed one so, it
 * takes the next of that size from the heap, and there it stays.
 */
static void
teach_heap(size_t bytes)
{
	static size_t taught = 0;

	if (bytes <= taught)
		return;
	block = malloc(bytes);
	drop();
	taught = bytes;
}

static bool
hold(size_t bytes)
{
	if (block_bytes >= bytes)
		return true;
	drop();
	teach_heap(bytes);
	block = malloc(bytes);
	if (block != NULL)
		block_bytes = bytes;
	return block != NULL;
}

bool
tuya_reserve_hold(void)
{
	left = 0;
	return hold(RESERVE_BYTES + SLACK_BYTES);
}

bool
tuya_reserve_lend(size_t bytes)
{
	size_t		wanted = bytes > RESERVE_BYTES ? bytes : RESERVE_BYTES;
	bool		held;

	if (bytes < left)
	{
		left -= bytes;
		return true;
	}
	held = hold(wanted + SLACK_BYTES);
	drop();
	left = held ? wanted - bytes : 0;
	return held;
}
