/*
 * api.h
 *		What a request asks for, and whether it may: parameters, strict
 *		checks, signature.
 */
#ifndef SIM_API_H
#define SIM_API_H

#include <stdbool.h>
#include <stdint.h>

#include "actions.h"
#include "http.h"

typedef struct Credentials
{
	const char *access_key_id;
	const char *access_key_secret;
} Credentials;

extern Credentials credentials;

/* Why a request was refused. */
typedef struct Refusal
{
	int			status;
	const char *code;
	bool		service;		/* the service's shape, else the gateway's */
	const char *message;		/* lives until the next request */
} Refusal;

/*
 * Checks a request; every check is made on every request, in a fixed order,
 * and the first that fails refuses it and counts.  call->action is NULL where the
 * request has none.
 */
bool		api_check(const Exchange *ex, ApiCall *call, Refusal *refusal);

void		api_forget_nonces(void);

/* Percent-encoding as the signature wants it. */
void		url_encode(Buf *out, const char *text, size_t len);

#endif
