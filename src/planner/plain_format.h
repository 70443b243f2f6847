/*
 * plain_format.h
 *		The text of format() that has nothing but %s and %%.
 */
#ifndef TUYA_PLAIN_FORMAT_H
#define TUYA_PLAIN_FORMAT_H

#include "postgres.h"

#include "nodes/primnodes.h"

/* The constant that it is; NULL: it is not known, has something else, or puts in more than so many values. */
extern char *tuya_plain_format(const Expr *format, int nvalues);

#endif							/* TUYA_PLAIN_FORMAT_H */
