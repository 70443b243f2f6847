/*
 * faults.h
 *		Random faults of otherwise good requests.
 */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include "http.h"

/* As the bits of the setting "fault_kinds". */
typedef enum Fault
{
	FAULT_ERROR, FAULT_RESET, FAULT_TRUNCATE, FAULT_TIMEOUT, FAULT_THROTTLE,
	FAULT_NONE
} Fault;

/* Draws, and counts, the fault of the next request. */
Fault		fault_draw(void);

/* Ends the reply early, as the fault (reset, truncate, timeout) wants it. */
void		fault_end(Exchange *ex, Fault fault);

/* The next request is the first one. */
void		faults_begin(void);

#endif
