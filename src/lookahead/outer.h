/*
 * outer.h
 *		Join conditions on the outer row alone, tested before the inner side is read.
 */
#ifndef TUYA_LOOKAHEAD_OUTER_H
#define TUYA_LOOKAHEAD_OUTER_H

#include "postgres.h"

#include "lookahead/node.h"

/*
 * Lets the loop read its inner side, if a foreign scan of ours is there, only for
 * outer rows that meet those join conditions which concern nothing else.
 */
extern void tuya_lookahead_gate_loop(NestLoop *nestloop, Rewrite *rewrite);

#endif							/* TUYA_LOOKAHEAD_OUTER_H */
