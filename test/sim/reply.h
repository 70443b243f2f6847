/*
 * reply.h
 *		Replies: a page of rows with its lies, errors of both shapes.
 *
 * Each function fills status, type and body of the exchange.
 */
#ifndef SIM_REPLY_H
#define SIM_REPLY_H

#include "api.h"
#include "keys.h"

void		reply_page(Exchange *ex, const ApiCall *call, KeyState *state);
void		reply_service_error(Exchange *ex, int status, const char *code, const char *message);
void		reply_gateway_error(Exchange *ex, int status, const char *code, const char *message);

/* What the settings fail_... say. */
void		reply_failure(Exchange *ex);

/* What the settings throttle_... say. */
void		reply_throttled(Exchange *ex);

/* Replaces the body by its gzip form and adds the header. */
void		reply_gzip(Exchange *ex);

/* Adds "Name: value|Name: value" of a setting to the reply's headers. */
void		reply_add_headers(Exchange *ex, const char *list);

/* For settings and tests that start anew: the same request ids again. */
void		reply_reseed(void);

#endif
