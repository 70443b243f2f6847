/*
 * found.h
 *		A device's tasks, which are found by looking through its product's jobs.
 */
#ifndef SIM_FOUND_H
#define SIM_FOUND_H

#include "fleet.h"

typedef struct FoundTask
{
	JobNumber	job;
	int64_t		t;
} FoundTask;

/*
 * Each looks through the jobs and returns how many tasks there are: a device's in a
 * firmware's jobs; those that are not finished, of a status and a module if these have
 * a length.
 */
int64_t		find_device_jobs(DeviceNumber device, int64_t f);
int64_t		find_open_tasks(Text product_key, Text device_name, Text status, Text module);

/* The i-th, from 1, that was found last; behind the last, tasks of jobs that there are not. */
FoundTask	found_task(int64_t i);

#endif
