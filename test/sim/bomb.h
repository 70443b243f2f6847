/*
 * bomb.h
 *		Compression bombs.
 */
#ifndef SIM_BOMB_H
#define SIM_BOMB_H

#include "http.h"

/* Replaces the body by gzip of it within so many megabytes of spaces. */
void		reply_bomb(Exchange *ex, int64_t megabytes);

#endif
