/*
 * harmless.h
 *		Expressions that may be evaluated where they would not be otherwise.
 */
#ifndef TUYA_HARMLESS_H
#define TUYA_HARMLESS_H

#include "postgres.h"

#include "nodes/nodes.h"

/*
 * Whether the expression has no effect, throws nothing, and has no subquery.  May be
 * a list of such.  Whether it is leaky is another question.
 */
extern bool tuya_harmless(Node *expr);

/* The same, where even what depends on no row is to throw nothing. */
extern bool tuya_harmless_in_planning(Node *expr);

#endif							/* TUYA_HARMLESS_H */
