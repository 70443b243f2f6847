/*
 * round.c
 *		Do the pages of a lookup add up?  See round.h.
 *
 * Two parts.  The set of ids is exact: it keeps every id's bytes, in one arena,
 * because two ids taken for one would be a row lost in silence.  Each id
 * remembers the last round that showed it, so that a new round begins without
 * touching the set.  The round above it knows pages and totals, and counts.
 *
 * What always holds: round->ids is the number of ids in the set whose round is
 * round->number; an id is in the set exactly if its row was handed out.
 */
#include "round.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define ID_SLOTS_MIN 16			/* a power of two, as all sizes */
#define ID_ARENA_BYTES_MIN 512	/* ids of 19 digits for that many slots */

typedef struct IdSlot
{
	uint64_t	hash;
	size_t		offset;			/* of the bytes in the arena */
	uint32_t	len;
	int			round;			/* last round that showed the id; 0: free slot */
} IdSlot;

/* Open addressing, linear probing, at most three quarters full. */
typedef struct IdSet
{
	uint64_t	key[2];			/* of the hash */
	IdSlot	   *slots;
	size_t		nslots;			/* 0 or a power of two */
	size_t		nids;
	char	   *arena;
	size_t		arena_len;
	size_t		arena_alloc;
} IdSet;

struct TuyaRound
{
	bool		read_to_end;
	int			number;			/* of the round, from 1 */
	int64_t		page;			/* to ask for next, from 1 */
	int64_t		npages;			/* of this round; 0 before its first page */
	int64_t		total;			/* of this round's first page */
	int64_t		page_rows;		/* rows of this round's first page */
	int64_t		ids;			/* different ids that this round showed */
	bool		faulty;			/* this round cannot add up any more */
	TuyaRoundReport report;
	IdSet		set;
};

/*
 * SipHash-1-3, the length in the last word's free byte.  The ids come from the network: with a hash that can be foreseen,
 * a hostile server could send ids that all collide, and each page would take
 * minutes in which a cancel is not seen.
 */
static inline uint64_t
rotate_left(uint64_t x, int bits)
{
	return (x << bits) | (x >> (64 - bits));
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate_left(v[1], 13) ^ v[0];
	v[0] = rotate_left(v[0], 32);
	v[2] += v[3];
	v[3] = rotate_left(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate_left(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate_left(v[1], 17) ^ v[2];
	v[2] = rotate_left(v[2], 32);
}

static uint64_t
hash_id(const uint64_t key[2], const char *id, size_t len)
{
	uint64_t	v[4] = {
		key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
		key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)
	};
	size_t		i = 0;

	for (bool last = false; !last; i += sizeof(uint64_t))
	{
		size_t		left = len - i;
		uint64_t	word = 0;

		last = left < sizeof(word);
		memcpy(&word, id + i, last ? left : sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		word = __builtin_bswap64(word); /* the last byte is the free one */
#endif
		if (last)
			word ^= (uint64_t) len << 56;
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	for (int n = 0; n < 3; n++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/*
 * The slot that holds the id, or else the free one where it belongs.  There is
 * always a free one.
 */
static IdSlot *
find_slot(const IdSet *set, uint64_t hash, const char *id, size_t len)
{
	size_t		mask = set->nslots - 1;

	for (size_t i = (size_t) hash & mask;; i = (i + 1) & mask)
	{
		IdSlot	   *slot = &set->slots[i];

		if (slot->round == 0 ||
			(slot->hash == hash && slot->len == len &&
			 memcmp(set->arena + slot->offset, id, len) == 0))
			return slot;
	}
}

/* Makes room for one more id. */
static bool
grow_slots(IdSet *set)
{
	size_t		nslots = set->nslots > 0 ? set->nslots * 2 : ID_SLOTS_MIN;
	IdSlot	   *old = set->slots;
	size_t		nold = set->nslots;
	IdSlot	   *slots;

	if (set->nids + 1 <= nold / 4 * 3)
		return true;
	slots = calloc(nslots, sizeof(*slots));
	if (slots == NULL)
		return false;
	for (size_t i = 0; i < nold; i++)
	{
		size_t		j = (size_t) old[i].hash & (nslots - 1);

		if (old[i].round == 0)
			continue;
		while (slots[j].round != 0)
			j = (j + 1) & (nslots - 1);
		slots[j] = old[i];
	}
	free(old);
	set->slots = slots;
	set->nslots = nslots;
	return true;
}

/* Makes room for len more bytes. */
static bool
grow_arena(IdSet *set, size_t len)
{
	size_t		alloc = set->arena_alloc > 0 ? set->arena_alloc : ID_ARENA_BYTES_MIN;
	char	   *arena;

	if (len <= set->arena_alloc - set->arena_len)
		return true;
	while (alloc - set->arena_len < len)
		alloc *= 2;
	arena = realloc(set->arena, alloc);
	if (arena == NULL)
		return false;
	set->arena = arena;
	set->arena_alloc = alloc;
	return true;
}

/*
 * Notes that the round showed an id.  Sets *fresh if it is the first to do so in
 * any round, *counts if it is in this one.
 */
static bool
note_id(IdSet *set, const char *id, int round, bool *fresh, bool *counts)
{
	size_t		len = strlen(id);
	uint64_t	hash = hash_id(set->key, id, len);
	IdSlot	   *slot;

	if (!grow_slots(set) || !grow_arena(set, len))
		return false;

	slot = find_slot(set, hash, id, len);
	*fresh = slot->round == 0;
	*counts = slot->round != round;
	if (*fresh)
	{
		memcpy(set->arena + set->arena_len, id, len);
		slot->hash = hash;
		slot->offset = set->arena_len;
		slot->len = (uint32_t) len;
		set->arena_len += len;
		set->nids++;
	}
	slot->round = round;
	return true;
}

/* One for all rounds of a process: a system call for each lookup would cost more. */
static const uint64_t *
process_key(const TuyaRound *round)
{
	static uint64_t key[2];
	static bool made = false;

	/* Without random bytes, early at boot, addresses have to do. */
	if (!made && getrandom(key, sizeof(key), GRND_NONBLOCK) != (ssize_t) sizeof(key))
		key[0] = (uint64_t) (uintptr_t) round;
	made = true;
	return key;
}

TuyaRound *
tuya_round_create(bool read_to_end)
{
	TuyaRound  *round = calloc(1, sizeof(*round));

	if (round == NULL)
		return NULL;
	round->read_to_end = read_to_end;
	round->number = 1;
	round->page = 1;
	memcpy(round->set.key, process_key(round), sizeof(round->set.key));
	return round;
}

void
tuya_round_destroy(TuyaRound *round)
{
	if (round == NULL)
		return;
	free(round->set.slots);
	free(round->set.arena);
	free(round);
}

int64_t
tuya_round_page(const TuyaRound *round)
{
	return round->page;
}

int
tuya_round_number(const TuyaRound *round)
{
	return round->number;
}

int64_t
tuya_round_page_count(const TuyaRound *round)
{
	return round->npages;
}

const TuyaRoundReport *
tuya_round_report(const TuyaRound *round)
{
	return &round->report;
}

size_t
tuya_round_memory(const TuyaRound *round)
{
	return sizeof(*round) + round->set.nslots * sizeof(IdSlot) + round->set.arena_alloc;
}

/* Notes a page's ids. */
static bool
note_rows(TuyaRound *round, const TuyaRoundPage *page, bool *fresh)
{
	for (size_t i = 0; i < page->nrows; i++)
	{
		bool		counts;

		if (!note_id(&round->set, page->ids[i], round->number, &fresh[i], &counts))
			return false;
		round->ids += counts;
	}
	return true;
}

/*
 * How many pages a total needs.  A first page without rows shows nothing but
 * that there is no second one to ask for.
 */
static int64_t
count_pages(int64_t total, int64_t page_rows)
{
	if (page_rows == 0 || page_rows >= total)
		return 1;
	return total / page_rows + (total % page_rows != 0 ? 1 : 0);
}

/* What is wrong with the page just read, or, if it is the last, the round. */
static TuyaRoundFault
find_fault(const TuyaRound *round, const TuyaRoundPage *page)
{
	bool		last = round->page >= round->npages;
	int64_t		nrows = (int64_t) page->nrows;

	if (round->page > 1 && (!page->has_total || page->total != round->total))
		return TUYA_ROUND_TOTAL_CHANGED;
	if (round->page == 1 && nrows == 0 && round->total > 0)
		return TUYA_ROUND_PAGE_NOT_FULL;
	if (!last && nrows != round->page_rows)
		return TUYA_ROUND_PAGE_NOT_FULL;
	if (last && round->ids != round->total)
		return TUYA_ROUND_IDS_DIFFER;
	return TUYA_ROUND_FAULT_NONE;
}

/* Keeps the round's first fault; page is NULL if it was refused. */
static void
report_fault(TuyaRound *round, TuyaRoundFault fault, const TuyaRoundPage *page)
{
	TuyaRoundReport *report = &round->report;

	if (round->faulty)
		return;
	round->faulty = true;
	report->fault = fault;
	report->page = round->page;
	report->total = round->total;
	report->page_rows = page != NULL ? (int64_t) page->nrows : 0;
	report->ids = round->ids;
}

/* Ends a round that did not add up: another one, if there is one left. */
static TuyaRoundVerdict
give_up_round(TuyaRound *round)
{
	if (round->number >= ROUNDS_MAX)
		return TUYA_ROUND_INCOMPLETE;
	round->number++;
	round->page = 1;
	round->npages = 0;
	round->total = 0;
	round->page_rows = 0;
	round->ids = 0;
	round->faulty = false;
	return TUYA_ROUND_MORE;
}

/* After a page whose fault, if it has one, is reported. */
static TuyaRoundVerdict
advance(TuyaRound *round)
{
	bool		last = round->page >= round->npages;
	bool		read_on = round->read_to_end && round->number == ROUNDS_MAX && !last;

	if (round->faulty)
		round->report.ids = round->ids;
	if (round->faulty && !read_on)
		return give_up_round(round);
	if (last)
		return TUYA_ROUND_COMPLETE;
	round->page++;
	return TUYA_ROUND_MORE;
}

TuyaRoundVerdict
tuya_round_add_page(TuyaRound *round, const TuyaRoundPage *page, bool *fresh)
{
	TuyaRoundFault fault;

	if (!note_rows(round, page, fresh))
		return TUYA_ROUND_NO_MEMORY;

	if (round->page == 1)
	{
		/* An empty list without a total says as much as a total of 0. */
		round->total = page->has_total ? page->total : 0;
		round->page_rows = (int64_t) page->nrows;
		round->npages = count_pages(round->total, round->page_rows);
		if (round->npages > ROUND_PAGES_MAX)
		{
			report_fault(round, TUYA_ROUND_FAULT_NONE, page);
			return TUYA_ROUND_ENDLESS;
		}
	}

	fault = find_fault(round, page);
	if (fault != TUYA_ROUND_FAULT_NONE)
		report_fault(round, fault, page);
	return advance(round);
}

TuyaRoundVerdict
tuya_round_add_refusal(TuyaRound *round)
{
	report_fault(round, TUYA_ROUND_PAGE_REFUSED, NULL);
	round->report.ids = round->ids;
	return give_up_round(round);
}
