/*
 * table.h
 *		Two hash tables: a set of 128-bit digests (nonces), and a map from
 *		byte strings to storage that the map owns (keys).
 */
#ifndef SIM_TABLE_H
#define SIM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Digest
{
	uint64_t	high;
	uint64_t	low;
} Digest;

typedef struct DigestSet
{
	Digest	   *slots;			/* open addressing; all zero means free */
	size_t		size;			/* a power of two, or 0 */
	size_t		used;
} DigestSet;

/* False if it was there already. */
bool		digests_add(DigestSet *set, Digest digest);
void		digests_clear(DigestSet *set);

typedef struct MapEntry MapEntry;

typedef struct Map
{
	MapEntry  **buckets;
	size_t		size;
	size_t		used;
	size_t		value_size;		/* bytes of each value, zeroed at first */
	void		(*release) (void *value);	/* or NULL */
} Map;

/* The value of name; NULL if there is none and create is false. */
void	   *map_get(Map *map, const void *name, size_t len, bool create);
void		map_clear(Map *map);

#endif
