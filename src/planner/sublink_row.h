/*
 * sublink_row.h
 *		Values for several columns of ours from one IN subquery.
 */
#ifndef TUYA_SUBLINK_ROW_H
#define TUYA_SUBLINK_ROW_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/*
 * In place of IN, in a condition of that query: the same condition, as one for each column
 * of ours; or the link, which may be another test.
 */
extern Node *tuya_sublink_row(SubLink *link, const Query *outer);

#endif							/* TUYA_SUBLINK_ROW_H */
