/*
 * hook.h
 *		Rewrites plans when they are started.
 */
#ifndef TUYA_LOOKAHEAD_HOOK_H
#define TUYA_LOOKAHEAD_HOOK_H

/* Once, when the module is loaded. */
extern void tuya_lookahead_install(void);

#endif							/* TUYA_LOOKAHEAD_HOOK_H */
