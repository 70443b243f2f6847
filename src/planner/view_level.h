/*
 * view_level.h
 *		Whether a query with grouping and the like may be filtered before it does that.
 *
 * Each function tells what is in the way, in words that go on after "Keys do not get
 * through"; NULL: nothing.
 */
#ifndef TUYA_VIEW_LEVEL_H
#define TUYA_VIEW_LEVEL_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/* Of the query as a whole. */
extern const char *tuya_view_level_refusal(PlannerInfo *level);

/* Of that relation of it. */
extern const char *tuya_view_relation_refusal(const PlannerInfo *level, const RelOptInfo *rel);

/* Whether a text that is equal to the output is so byte by byte. */
extern bool tuya_view_is_text(const TargetEntry *output);

/*
 * Of a condition that compares that output, an expression over a single row, to a text.
 * windows: the query's before it was planned, since PostgreSQL 17 takes what is redundant, such
 * as a constant, out of PARTITION BY.
 */
extern const char *tuya_view_output_refusal(const Query *query, const List *windows,
											const TargetEntry *output);

/* Of such a condition on the result of set operations, of which that relation is an arm. */
extern const char *tuya_view_set_refusal(const Query *query, Index arm, AttrNumber output);

/* Why the query has no such output as would be one of its relation's columns. */
extern const char *tuya_view_absence(const Query *query, Index relid, AttrNumber column);

#endif							/* TUYA_VIEW_LEVEL_H */
