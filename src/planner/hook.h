/*
 * hook.h
 *		What is different when a statement with tables of ours is planned.
 */
#ifndef TUYA_PLANNER_H
#define TUYA_PLANNER_H

/* Once, when the module is loaded. */
extern void tuya_planner_install(void);

#endif							/* TUYA_PLANNER_H */
