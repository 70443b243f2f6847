/*
 * key_order.h
 *		Of several conditions that give one key its value: which one is asked by.
 */
#ifndef TUYA_KEY_ORDER_H
#define TUYA_KEY_ORDER_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "planner/key_own.h"

/*
 * The factors (TuyaKeyFactor) in the order in which those of one value are best taken, where one that
 * a key has leaves no need of others.  The list itself, or a new one.
 */
extern List *tuya_key_order(const TuyaKeyOwn *own, List *factors);

#endif							/* TUYA_KEY_ORDER_H */
