/*
 * reserve.h
 *		Memory set aside for libraries that must not run out of it.
 *
 * json-c crashes, or loses members without a word, when an allocation fails; libcurl
 * (7.88) goes on with an HTTP/2 session that nghttp2 has given up for want of memory,
 * for the other requests on the connection, and crashes; OpenSSL (3.2) crashes when what
 * SSL_set_connect_state() needs was not there.  None takes another allocator.  So memory for them is there before they begin: a block that is held
 * between their calls, and lent, which is freed, during one.  Nothing else runs
 * meanwhile but threads that resolve names, which take next to nothing.
 *
 * To free and to take the block for each reply would cost as much as a tenth of its
 * parsing.  So replies that have come together are read one after the other with the
 * block lent once: for as long as the loans add up to no more than it has.  That holds
 * as long as what is kept of a reply (its rows) takes no more than its parsing did, in
 * steps that are small beside the block.
 *
 * There is one for the process; only one thread may use it.
 */
#ifndef TUYA_RESERVE_H
#define TUYA_RESERVE_H

#include <stdbool.h>
#include <stddef.h>

/* What is held: enough for a page of a hundred jobs whose texts are of usual length. */
#define RESERVE_BYTES (1024 * 1024)

/* Takes RESERVE_BYTES, unless they are held; false if there is no such memory. */
extern bool tuya_reserve_hold(void);

/*
 * Frees what is held, so that as many bytes can be allocated, in many small blocks;
 * beyond RESERVE_BYTES after having taken as many.  False if there is no such
 * memory.  Another loan may follow when those blocks are free again, or
 * tuya_reserve_hold(), which has to before anything else goes on.  A loan of RESERVE_BYTES
 * or more is made of memory that was held.
 */
extern bool tuya_reserve_lend(size_t bytes);

#endif							/* TUYA_RESERVE_H */
