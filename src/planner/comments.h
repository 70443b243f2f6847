/*
 * comments.h
 *		Comments on imported tables and their columns.
 */
#ifndef TUYA_COMMENTS_H
#define TUYA_COMMENTS_H

/* Once, when the library is loaded. */
extern void tuya_comments_install(void);

#endif							/* TUYA_COMMENTS_H */
