/*
 * token.h
 *		NextToken: where a walk through a list goes on.
 *
 * A token holds for the key and page size that it was given for, and for nothing else.
 */
#ifndef SIM_TOKEN_H
#define SIM_TOKEN_H

#include "actions.h"

/* For the page of that number, behind the row of that index; lives until the next one. */
const char *token_make(const ApiCall *call, int64_t page, int64_t after);

/* Reads call->token into page and after; false if it is none of this call's. */
bool		token_read(ApiCall *call);

#endif
