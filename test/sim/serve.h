/*
 * serve.h
 *		What becomes of an API request.  serve_exchange() itself is in http.h,
 *		for the protocols to call.
 */
#ifndef SIM_SERVE_H
#define SIM_SERVE_H

/* Starts all that is pseudo-random anew from settings.seed. */
void		serve_reseed(void);

#endif
