/*
 * internal.h
 *		How failures are made; for failure/ alone.
 */
#ifndef TUYA_FAILURE_INTERNAL_H
#define TUYA_FAILURE_INTERNAL_H

#include "failure/failure.h"

/* Palloc'd in the current context; the texts are kept as they are. */
extern TuyaFailure *tuya_failure_make(int sqlstate, const char *message, const char *detail,
									  const char *hint);

#endif							/* TUYA_FAILURE_INTERNAL_H */
