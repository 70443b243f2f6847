/*
 * unasked.h
 *		What a service sends though nobody has asked for it.
 */
#ifndef SIM_UNASKED_H
#define SIM_UNASKED_H

#include "conn.h"

/*
 * A whole reply was put to the connection, over HTTP/2 on that stream (else 0): now, or
 * later, comes another.
 */
void		unasked_follow(Conn *conn, int32_t stream);

/* Before the reply on that stream of HTTP/2: what can only be sent while it is open. */
void		unasked_precede(Conn *conn, int32_t stream);

/* The interim heads (103) that come before a reply's own. */
void		unasked_interim(Buf *out);

#endif
