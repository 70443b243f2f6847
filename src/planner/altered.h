/*
 * altered.h
 *		Which table's columns get options.
 */
#ifndef TUYA_ALTERED_H
#define TUYA_ALTERED_H

/* From _PG_init(). */
extern void tuya_altered_install(void);

#endif							/* TUYA_ALTERED_H */
