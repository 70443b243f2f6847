/*
 * unasked.h
 *		What a service sends over HTTP/1.1 though nobody has asked for it.
 */
#ifndef SIM_UNASKED_H
#define SIM_UNASKED_H

#include "conn.h"

/* A whole reply was put to the connection: now, or later, comes another. */
void		unasked_follow(Conn *conn);

/* The interim heads (103) that come before a reply's own. */
void		unasked_interim(Buf *out);

#endif
