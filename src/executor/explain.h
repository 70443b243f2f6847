/*
 * explain.h
 *		What EXPLAIN shows of a foreign scan.
 */
#ifndef TUYA_EXPLAIN_H
#define TUYA_EXPLAIN_H

#include "postgres.h"

#include "compat.h"

extern void tuya_ExplainForeignScan(ForeignScanState *node, ExplainState *es);

#endif							/* TUYA_EXPLAIN_H */
