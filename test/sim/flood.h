/*
 * flood.h
 *		Header lines without meaning, some thousand bytes each, for heads that
 *		are too long or never end.
 */
#ifndef SIM_FLOOD_H
#define SIM_FLOOD_H

#include <stdint.h>

#include "buf.h"

#define FLOOD_NAME_BYTES 32
#define FLOOD_VALUE_BYTES 1000

/* The name of line i, from 0, in lower case. */
void		flood_name(char name[FLOOD_NAME_BYTES], int64_t i);

/* The value of every line. */
const char *flood_value(void);

/* Appends HTTP/1.1's line i. */
void		flood_line(Buf *out, int64_t i);

/*
 * Appends HTTP/2's frame i of a stream's head that never ends: HEADERS first,
 * then CONTINUATION.
 */
void		flood_frame(Buf *out, int32_t stream, int64_t i, int status);

#endif
