/*
 * rows.c
 *		The fleet's rows: what follows from the numbers.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "buf.h"
#include "fleet.h"
#include "md5.h"
#include "settings.h"
#include "times.h"

#define TEXTS_BYTES 1048576		/* no request has names as long as that */

static char texts[TEXTS_BYTES];
static size_t texts_used;

/* Prints a text of the row that is being made. */
static const char *say(const char *format,...)
			__attribute__((format(printf, 1, 2)));

static const char *
say(const char *format,...)
{
	char	   *text = texts + texts_used;
	va_list		arguments;
	int			len;

	va_start(arguments, format);
	len = vsnprintf(text, TEXTS_BYTES - texts_used, format, arguments);
	va_end(arguments);
	if (len < 0 || (size_t) len >= TEXTS_BYTES - texts_used)
		abort();
	texts_used += (size_t) len + 1;
	return text;
}

static const char *
say_text(Text text)
{
	return say("%.*s", (int) text.len, text.data);
}

static void
begin_row(void)
{
	texts_used = 0;
}

static const char *
say_product_key(int64_t p)
{
	return say("%s%" PRId64, p < FLEET_FREE ? "fleet" : "free", p);
}

static const char *
say_product_name(int64_t p)
{
	return say("Product %" PRId64, p);
}

static const char *
say_firmware_id(int64_t p, int64_t f)
{
	return say("7%06" PRId64 "%06" PRId64, p, f);
}

static const char *
say_job_id(const JobNumber *job)
{
	return say("8%06" PRId64 "%06" PRId64 "%06" PRId64, job->p, job->f, job->k);
}

static const char *
say_module(int64_t m)
{
	return say("module%" PRId64, m);
}

static const char *
say_version(int64_t f)
{
	return f > 0 ? say("1.%" PRId64 ".0", f) : "1.0.0";
}

/* The version that a firmware replaces: the one before of the same module. */
static const char *
say_source_version(int64_t f)
{
	int64_t		modules = settings.fleet_modules;

	return say_version(modules > 0 && f > modules ? f - modules : 0);
}

void
product_make(int64_t p, Product *row)
{
	static const char *const auth_types[] = {"id2", "x509"};

	begin_row();
	row->key = say_product_key(p);
	row->name = say_product_name(p);
	row->auth_type = auth_types[p % 2];
	row->data_format = p % 2;
	row->description = p % 3 == 0 ? NULL : say("product number %" PRId64, p);
	row->device_count = settings.fleet_devices;
	row->created = MS_2024 + p * MS_HOUR + p % 1000;
	row->node_type = p / 2 % 2;
}

void
device_make(Text product_key, int64_t d, Device *row)
{
	static const char *const statuses[] = {"ONLINE", "OFFLINE", "UNACTIVE", "DISABLE"};
	static const char *const types[] = {"DIRECT", "GATEWAY", "SUBSET"};

	begin_row();
	row->product_key = say_text(product_key);
	row->name = say("%s-%" PRId64, row->product_key, d);
	row->iot_id = say("iot-%s", row->name);
	row->secret = say("S3CR3T-of-%s", row->name);
	row->status = statuses[d % 4];
	row->type = types[d % 3];
	row->nickname = d % 5 == 0 ? NULL : say("device number %" PRId64, d);
	row->created = MS_2024 + fleet_product(product_key) * MS_HOUR + d * MS_MINUTE + d % 1000;
	row->modified = row->created + d % 24 * MS_HOUR;
}

static int64_t
firmware_created(int64_t p, int64_t f)
{
	return MS_2024 + p * MS_HOUR + f * MS_HOUR + f % 1000;
}

static const char *
say_md5(const char *text)
{
	unsigned char h[MD5_BYTES];

	md5(text, strlen(text), h);
	return say("%016" PRIx64 "%016" PRIx64, md5_digits(h, 1, 16), md5_digits(h, 17, 32));
}

void
firmware_make(Text product_key, int64_t p, int64_t f, Firmware *row)
{
	static const char *const sign_methods[] = {"MD5", "SHA256"};

	begin_row();
	row->version = say_version(f);
	row->description = say("firmware %" PRId64 " of product %" PRId64, f, p);
	row->id = say_firmware_id(p, f);
	row->name = say("firmware-%" PRId64 "-%" PRId64, p, f);
	row->sign = say_md5(row->id);
	row->size = 1000000 + f * 1024 + p;
	row->module = say_module(module_of_firmware(f));
	row->product_key = product_key.len > 0 ? say_text(product_key) : say_product_key(p);
	row->product_name = say_product_name(p);
	row->sign_method = sign_methods[f % 2];
	row->source_version = say_source_version(f);
	row->status = f % 5 - 1;
	row->type = f % 2;
	row->created = firmware_created(p, f);
	row->modified = row->created + f % 24 * MS_HOUR;
}

static int64_t
job_created(const JobNumber *job)
{
	return firmware_created(job->p, job->f) + job->k * MS_MINUTE + job->k;
}

void
fleet_job_make(const JobNumber *job, FleetJob *row)
{
	static const char *const statuses[] = {"PLANNED", "IN_PROGRESS", "COMPLETED", "CANCELED"};
	static const char *const types[] = {"VERIFY_FIRMWARE", "UPGRADE_FIRMWARE"};
	static const char *const selections[] = {"STATIC", "DYNAMIC"};
	static const char *const targets[] = {"ALL", "SPECIFIC", "GRAY"};
	int			status = (int) ((job->f + job->k) % 4);

	begin_row();
	row->version = say_version(job->f);
	row->firmware_id = say_firmware_id(job->p, job->f);
	row->id = say_job_id(job);
	row->status = statuses[status];
	row->type = types[job->k % 2];
	row->product_key = say_product_key(job->p);
	row->selection = selections[(job->f + job->k) % 2];
	row->target = targets[job->k % 3];
	row->created = job_created(job);
	row->modified = row->created + job->k % 24 * MS_HOUR;
	row->tags = job->k % 2 == 0 ? say("wave=%" PRId64, job->k) : NULL;
	row->started = row->created + MS_MINUTE;
	row->ended = status < 2 ? 0 : row->modified + MS_DAY;
}

static const char *
say_task_id(const JobNumber *job, int64_t t)
{
	char		source[64];
	unsigned char h[MD5_BYTES];

	snprintf(source, sizeof source, "%" PRId64 "|%" PRId64 "|%" PRId64 "|%" PRId64,
			 job->p, job->f, job->k, t);
	md5(source, strlen(source), h);
	return say("1%012" PRIu64 "%06" PRId64, md5_digits(h, 1, 12) % UINT64_C(1000000000000), t);
}

static const char *
say_progress(int status, int64_t t)
{
	if (status == TASK_SUCCEEDED)
		return "100";
	return status < TASK_SUCCEEDED - 1 ? "0" : say("%" PRId64, t * 13 % 100);
}

/* What went wrong, in words with quotes; NULL where nothing did. */
static const char *
say_task_description(int status, int64_t t)
{
	static const char *const errors[] = {
		"Error -1: timed out", "Error -2: \"download\" was cut off", "Error -4: the device's flash is full"
	};

	if (status == TASK_CANCELED)
		return "canceled by the operator";
	return status == TASK_FAILED ? errors[t % 3] : NULL;
}

void
task_make(const JobNumber *job, int64_t t, Task *row)
{
	int			status = task_status(job, t);

	begin_row();
	row->version = say_version(job->f);
	row->firmware_id = say_firmware_id(job->p, job->f);
	row->job_id = say_job_id(job);
	row->module = say_module(module_of_firmware(job->f));
	row->product_key = say_product_key(job->p);
	row->product_name = say_product_name(job->p);
	row->device_name = say("%s-%" PRId64, row->product_key, task_device(job, t));
	row->iot_id = say("iot-%s", row->device_name);
	row->progress = say_progress(status, t);
	row->source_version = say_source_version(job->f);
	row->description = say_task_description(status, t);
	row->id = say_task_id(job, t);
	row->status = task_status_name(status);
	row->timeout = "60";
	row->created = job_created(job) + t * MS_SECOND;
	row->modified = row->created + t % 24 * MS_HOUR;
}

void
task_rename(Task *row, Text product_key, Text device_name)
{
	row->product_key = say_text(product_key);
	row->device_name = say_text(device_name);
	row->iot_id = say("iot-%s", row->device_name);
}

/* ISO 8601 without seconds; of every second module with a blank before the T. */
static const char *
say_minutes(int64_t ms, bool spaced)
{
	static Buf	time;

	buf_clear(&time);
	time_minutes(&time, ms);
	return say("%.10s%s%s", buf_cstr(&time), spaced ? " " : "", buf_cstr(&time) + 10);
}

void
module_make(Text product_key, int64_t m, Module *row)
{
	begin_row();
	row->alias = say("alias of module %" PRId64, m);
	row->name = say_module(m);
	row->product_key = say_text(product_key);
	row->description = m % 3 == 0 ? NULL : say("module %" PRId64 " of %s", m, row->product_key);
	row->created = MS_2024 + fleet_product(product_key) * MS_HOUR + m * MS_MINUTE;
	row->modified = say_minutes(row->created + m % 24 * MS_HOUR, m % 2 == 0);
}

void
module_version_make(Text product_key, Text device_name, int64_t m, ModuleVersion *row)
{
	DeviceNumber device = fleet_device(product_key, device_name);

	begin_row();
	row->product_key = say_text(product_key);
	row->device_name = say_text(device_name);
	row->iot_id = say("iot-%s", row->device_name);
	row->module = say_module(m);
	row->version = say_version(device.d > 0 ? module_firmware(&device, m) : 0);
}
