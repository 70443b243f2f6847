/*
 * statistics.h
 *		What PostgreSQL's estimates are told of the columns of foreign tables.
 */
#ifndef TUYA_STATISTICS_H
#define TUYA_STATISTICS_H

/* Once, when the library is loaded. */
extern void tuya_statistics_install(void);

#endif							/* TUYA_STATISTICS_H */
