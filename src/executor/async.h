/*
 * async.h
 *		A foreign scan below an Append that reads several at the same time.
 */
#ifndef TUYA_ASYNC_H
#define TUYA_ASYNC_H

#include "postgres.h"

#include "nodes/execnodes.h"

extern void tuya_ForeignAsyncRequest(AsyncRequest *request);
extern void tuya_ForeignAsyncConfigureWait(AsyncRequest *request);
extern void tuya_ForeignAsyncNotify(AsyncRequest *request);

#endif							/* TUYA_ASYNC_H */
