/*
 * torrent.h
 *		What comes without end instead of a reply: the setting torrent.
 */
#ifndef SIM_TORRENT_H
#define SIM_TORRENT_H

#include "http.h"

/* True if a connection that was just accepted gets a torrent instead of a handshake. */
bool		torrent_replaces_handshake(void);

/* True if the request gets a torrent, which then has begun. */
bool		torrent_replaces_reply(Exchange *ex);

/* Begins it on a connection that has no request yet. */
void		torrent_begin(Conn *conn);

/* Puts more of it to conn->out, a bounded amount. */
void		torrent_pull(Conn *conn);

#endif
