/*
 * control.h
 *		The control port: HTTP GET requests with a percent-encoded query.
 *		control_exchange() itself is in http.h.
 */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

/* Puts everything into the state of a simulator just started. */
void		control_reset(void);

#endif
