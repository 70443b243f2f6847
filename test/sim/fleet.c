/*
 * fleet.c
 *		The fleet's numbers: from names to numbers, how many there are, who has which task.
 */
#include "fleet.h"

#include "jobs.h"
#include "md5.h"
#include "settings.h"

#define FIRMWARE_DIGITS 13		/* 7pppppp ffffff */
#define JOB_DIGITS 19			/* 8pppppp ffffff kkkkkk */

static const char *const task_statuses[TASK_STATUSES] = {
	"CONFIRM", "QUEUED", "NOTIFIED", "IN_PROGRESS", "SUCCEEDED", "FAILED", "CANCELED"
};

/* The decimal number that the whole text is, without leading zeros; 0 if it is none. */
static int64_t
decimal(Text text)
{
	int64_t		number = 0;

	if (text.len == 0 || text.len > 9 || text.data[0] == '0')
		return 0;
	for (size_t i = 0; i < text.len; i++)
	{
		if (text.data[i] < '0' || text.data[i] > '9')
			return 0;
		number = number * 10 + (text.data[i] - '0');
	}
	return number;
}

static Text
text_behind(Text text, size_t skip)
{
	return text_make(text.data + skip, text.len - skip);
}

/* A number from FLEET_FREE on that follows from eight digits of the text's MD5. */
static int64_t
free_number(Text text, int first)
{
	unsigned char h[MD5_BYTES];

	md5(text.data, text.len, h);
	return FLEET_FREE + (int64_t) (md5_digits(h, first, first + 7) % 900000);
}

int64_t
fleet_product(Text product_key)
{
	int64_t		p = 0;

	if (text_begins(product_key, FLEET_PREFIX))
		p = decimal(text_behind(product_key, strlen(FLEET_PREFIX)));
	return p > 0 && p < FLEET_FREE ? p : free_number(product_key, 1);
}

DeviceNumber
fleet_device(Text product_key, Text device_name)
{
	DeviceNumber device = {.p = fleet_product(product_key)};
	size_t		len = product_key.len;

	if (device.p <= settings.fleet_products && device_name.len > len + 1 &&
		memcmp(device_name.data, product_key.data, len) == 0 && device_name.data[len] == '-')
		device.d = decimal(text_behind(device_name, len + 1));
	if (device.d > settings.fleet_devices)
		device.d = 0;
	return device;
}

/* Six digits of a fixed form; -1 if they are none. */
static int64_t
six_digits(const char *digits)
{
	int64_t		number = 0;

	for (int i = 0; i < 6; i++)
	{
		if (digits[i] < '0' || digits[i] > '9')
			return -1;
		number = number * 10 + (digits[i] - '0');
	}
	return number;
}

JobNumber
fleet_id(Text id)
{
	bool		job = id.len == JOB_DIGITS && id.data[0] == '8';
	JobNumber	number = {-1, -1, 0};

	if (job || (id.len == FIRMWARE_DIGITS && id.data[0] == '7'))
	{
		number.p = six_digits(id.data + 1);
		number.f = six_digits(id.data + 7);
		number.k = job ? six_digits(id.data + 13) : 0;
	}
	if (number.p >= 0 && number.f >= 0 && number.k >= 0)
		return number;
	return (JobNumber) {free_number(id, 1), free_number(id, 9), free_number(id, 17)};
}

void
fleet_names_of_iot(Text iot_id, Text *product_key, Text *device_name)
{
	size_t		len;

	*device_name = text_begins(iot_id, "iot-") ? text_behind(iot_id, 4) : text_make("", 0);
	for (len = device_name->len; len > 0 && device_name->data[len - 1] != '-';)
		len--;
	*product_key = text_make(device_name->data, len > 0 ? len - 1 : 0);
}

static bool
is_in(int64_t number, int64_t many)
{
	return number >= 1 && number <= many;
}

/* Whether it is the fleet's, or free. */
static bool
exists(const JobNumber *number, int64_t k_many)
{
	return number->p >= FLEET_FREE ||
		(is_in(number->p, settings.fleet_products) && is_in(number->f, settings.fleet_firmware) &&
		 number->k <= k_many);
}

static int64_t
of_product(Text product_key, int64_t many)
{
	int64_t		p = fleet_product(product_key);

	if (p < FLEET_FREE)
		return is_in(p, settings.fleet_products) ? many : 0;
	return rule_count(product_key, many);
}

int64_t
fleet_devices(Text product_key)
{
	return of_product(product_key, settings.fleet_devices);
}

int64_t
fleet_firmware_of(Text product_key)
{
	return of_product(product_key, settings.fleet_firmware);
}

int64_t
fleet_modules(Text product_key)
{
	return of_product(product_key, settings.fleet_modules);
}

int64_t
fleet_jobs(Text firmware_id)
{
	JobNumber	number = fleet_id(firmware_id);

	return exists(&number, 0) ? rule_count(firmware_id, settings.fleet_jobs) : 0;
}

/* A device has at most one task of a job. */
static int64_t
tasks_a_job(void)
{
	return settings.fleet_tasks < settings.fleet_devices ?
		settings.fleet_tasks : settings.fleet_devices;
}

int64_t
fleet_tasks(Text job_id)
{
	JobNumber	number = fleet_id(job_id);

	return exists(&number, settings.fleet_jobs) && number.k > 0 ?
		rule_count(job_id, tasks_a_job()) : 0;
}

int
task_status_find(Text name)
{
	for (int i = 0; i < TASK_STATUSES; i++)
		if (text_is(name, task_statuses[i]))
			return i;
	return -1;
}

const char *
task_status_name(int status)
{
	return task_statuses[status];
}

int
task_status(const JobNumber *job, int64_t t)
{
	return (int) ((t + job->f + job->k) % TASK_STATUSES);
}

int64_t
task_first(const JobNumber *job, int status)
{
	int64_t		behind = status - task_status(job, 1);

	return 1 + (behind + TASK_STATUSES) % TASK_STATUSES;
}

/*
 * Where a job's devices begin, from 0: each batch goes on behind the one before, round
 * and round the product's devices.
 */
static int64_t
batch_offset(const JobNumber *job)
{
	int64_t		devices = settings.fleet_devices;
	int64_t		batch = (job->f - 1) * settings.fleet_jobs + job->k - 1;

	return batch % devices * tasks_a_job() % devices;
}

int64_t
task_device(const JobNumber *job, int64_t t)
{
	if (job->p >= FLEET_FREE || settings.fleet_devices == 0)
		return t;
	return (t - 1 + batch_offset(job)) % settings.fleet_devices + 1;
}

int64_t
task_of_device(const JobNumber *job, int64_t d)
{
	int64_t		devices = settings.fleet_devices;
	int64_t		t = (d - 1 - batch_offset(job) + devices) % devices + 1;

	return t <= tasks_a_job() ? t : 0;
}

int64_t
module_number(Text name)
{
	return text_begins(name, "module") ? decimal(text_behind(name, 6)) : 0;
}

int64_t
version_number(Text version)
{
	if (version.len < 5 || !text_begins(version, "1.") ||
		memcmp(version.data + version.len - 2, ".0", 2) != 0)
		return 0;
	return decimal(text_make(version.data + 2, version.len - 4));
}

int64_t
module_of_firmware(int64_t f)
{
	return settings.fleet_modules == 0 ? 1 : (f - 1) % settings.fleet_modules + 1;
}

int64_t
module_firmware(const DeviceNumber *device, int64_t m)
{
	JobNumber	job = {.p = device->p,.f = settings.fleet_firmware};

	for (; job.f > 0; job.f--)
		for (job.k = 1; module_of_firmware(job.f) == m && job.k <= settings.fleet_jobs; job.k++)
		{
			int64_t		t = task_of_device(&job, device->d);

			if (t > 0 && task_status(&job, t) == TASK_SUCCEEDED)
				return job.f;
		}
	return 0;
}
