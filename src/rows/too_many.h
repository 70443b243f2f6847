/*
 * too_many.h
 *		Why a list cannot be read whole, by what its first page tells, and how it can.
 */
#ifndef TUYA_TOO_MANY_H
#define TUYA_TOO_MANY_H

#include "postgres.h"

#include "api/query.h"
#include "core/round.h"
#include "failure/failure.h"

/*
 * The failure of a lookup whose round was TUYA_ROUND_REFUSED, in the current context; the
 * query's, and no other's.
 */
extern TuyaFailure *tuya_too_many_failure(const TuyaQuery *query, const TuyaRoundReport *report);

#endif							/* TUYA_TOO_MANY_H */
