/*
 * member.h
 *		Members of an object of JSON, by names in any case.
 *
 * For reply.c and prune.c.
 */
#ifndef TUYA_MEMBER_H
#define TUYA_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

#define TUYA_MEMBER_NAMES_MAX 32

/*
 * In what order an object had its members, by the indexes of their names; the next one is
 * looked at in that order first.  Zeros at the beginning; any other content is as right.
 */
typedef struct TuyaMemberOrder
{
	unsigned char first;
	unsigned char next[TUYA_MEMBER_NAMES_MAX];	/* which came after each */
} TuyaMemberOrder;

/*
 * Which of these names, differing in case at most, is this; -1: none.  They are tried from the
 * given one on.
 */
extern int	tuya_member_find_name(const char *name, const void *names, size_t size, int nnames,
								  int from);

/*
 * Finds the members of these names, NULL for one that is null or absent.  names is an array
 * whose elements, of that size, begin with the name; or an array of names alone.  False if
 * two members match one name: which of "total" and "Total" is meant nobody knows.
 */
extern bool tuya_member_find_all(struct json_object *object, const void *names, size_t size,
								 int nnames, TuyaMemberOrder *order, struct json_object **values);
extern bool tuya_member_find(struct json_object *object, const char *const *names, int nnames,
							 struct json_object **values);

/* Whether there is one of that name, be it null. */
extern bool tuya_member_is_there(struct json_object *object, const char *wanted);

/* The one that is an array, whatever its name; NULL if there is none, or another. */
extern struct json_object *tuya_member_only_array(struct json_object *object);

/* Reads a whole number from 0 to 2^63 - 1, from a number or a string; false if it is none. */
extern bool tuya_member_count(struct json_object *value, int64_t *count);

#endif							/* TUYA_MEMBER_H */
