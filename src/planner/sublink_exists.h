/*
 * sublink_exists.h
 *		EXISTS of other tables' rows, which gives values to columns of ours, as IN.
 */
#ifndef TUYA_SUBLINK_EXISTS_H
#define TUYA_SUBLINK_EXISTS_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/*
 * "x IN (SELECT y ...)" of "EXISTS (SELECT ... WHERE x = y)", a condition of that query, to
 * whose tables of ours x belongs; the link itself, which is changed, or as it was.
 */
extern SubLink *tuya_sublink_exists_as_in(SubLink *link, const Query *outer);

#endif							/* TUYA_SUBLINK_EXISTS_H */
