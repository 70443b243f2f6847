/*
 * found.c
 *		A device's tasks.
 */
#include "found.h"

#include "buf.h"
#include "jobs.h"
#include "settings.h"

static Buf	found;				/* array of FoundTask */

static int64_t
found_count(void)
{
	return (int64_t) (found.len / sizeof(FoundTask));
}

FoundTask
found_task(int64_t i)
{
	FoundTask  *tasks = (FoundTask *) (void *) buf_data(&found);
	int64_t		count = found_count();
	FoundTask	beyond = {{1, 1, i}, 1};

	return i <= count ? tasks[i - 1] : beyond;
}

static void
add(const JobNumber *job, int64_t t)
{
	FoundTask	task = {*job, t};

	buf_append(&found, &task, sizeof task);
}

int64_t
find_device_jobs(DeviceNumber device, int64_t f)
{
	JobNumber	job = {device.p, f, 1};

	buf_clear(&found);
	if (f <= settings.fleet_firmware)
		for (; job.k <= settings.fleet_jobs; job.k++)
		{
			int64_t		t = task_of_device(&job, device.d);

			if (t > 0)
				add(&job, t);
		}
	return found_count();
}

/* Whether it is open, and the one that is wanted, if one is. */
static bool
status_fits(int status, Text wanted)
{
	return status < TASK_STATUSES_OPEN &&
		(wanted.len == 0 || status == task_status_find(wanted));
}

static bool
module_fits(int64_t f, Text wanted)
{
	return wanted.len == 0 || module_of_firmware(f) == module_number(wanted);
}

static void
find_in_fleet(DeviceNumber device, Text status, Text module)
{
	JobNumber	job = {device.p, 1, 0};

	for (; job.f <= settings.fleet_firmware; job.f++)
		for (job.k = 1; module_fits(job.f, module) && job.k <= settings.fleet_jobs; job.k++)
		{
			int64_t		t = task_of_device(&job, device.d);

			if (t > 0 && status_fits(task_status(&job, t), status))
				add(&job, t);
		}
}

/* As many as the name says, of the statuses in turn, each the task of another job. */
static void
find_free(int64_t p, int64_t many, Text status, Text module)
{
	JobNumber	job = {p, 1, 1};

	for (; module_fits(1, module) && job.k <= many; job.k++)
	{
		int64_t		t = task_first(&job, (int) (job.k % TASK_STATUSES_OPEN));

		if (status_fits(task_status(&job, t), status))
			add(&job, t);
	}
}

int64_t
find_open_tasks(Text product_key, Text device_name, Text status, Text module)
{
	DeviceNumber device = fleet_device(product_key, device_name);

	buf_clear(&found);
	if (device.d > 0)
		find_in_fleet(device, status, module);
	else
		find_free(device.p, rule_count(device_name, 0), status, module);
	return found_count();
}
