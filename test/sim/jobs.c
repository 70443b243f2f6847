/*
 * jobs.c
 *		Which jobs a key has.
 *
 * A job follows from the key and its index alone, so nothing is stored, and a page
 * costs its own rows only, however many jobs the key has.
 */
#include "jobs.h"

#include <inttypes.h>
#include <stdio.h>

#include "buf.h"
#include "md5.h"
#include "settings.h"
#include "times.h"

#define COUNT_DIGITS_MAX 7

/* pk|dn|fw|i in a buffer that the next call reuses. */
static Buf *
job_bytes(const Key *key, int64_t i)
{
	static Buf	bytes;

	buf_clear(&bytes);
	buf_append(&bytes, key->product_key.data, key->product_key.len);
	buf_putc(&bytes, '|');
	buf_append(&bytes, key->device_name.data, key->device_name.len);
	buf_putc(&bytes, '|');
	buf_append(&bytes, key->firmware_id.data, key->firmware_id.len);
	buf_printf(&bytes, "|%" PRId64, i);
	return &bytes;
}

static void
name_job(Job *job, const unsigned char h[MD5_BYTES], int64_t i)
{
	static char id[32];
	static char product_key[12];
	static char firmware_id[12];

	snprintf(id, sizeof id, "1%012" PRIu64 "%06" PRId64,
			 md5_digits(h, 1, 12) % UINT64_C(1000000000000), i);
	snprintf(product_key, sizeof product_key, "pkg%08" PRIx64, md5_digits(h, 21, 28));
	snprintf(firmware_id, sizeof firmware_id, "%" PRIu64, md5_digits(h, 29, 32));
	job->id = id;
	job->package_product_key = product_key;
	job->package_firmware_id = firmware_id;
}

void
job_make(const Key *key, int64_t i, Job *job)
{
	static const char *const statuses[] = {"PLANNED", "IN_PROGRESS", "COMPLETED", "CANCELED"};
	static const char *const types[] = {"VERIFY_FIRMWARE", "UPGRADE_FIRMWARE"};
	static const char *const selections[] = {"STATIC", "DYNAMIC"};
	static const char *const targets[] = {"ALL", "SPECIFIC", "GRAY"};
	Buf		   *bytes = job_bytes(key, i);
	unsigned char h[MD5_BYTES];

	md5(buf_data(bytes), bytes->len, h);
	name_job(job, h, i);
	job->status = statuses[md5_digits(h, 13, 13) % 4];
	job->type = types[md5_digits(h, 14, 14) % 2];
	job->selection = selections[md5_digits(h, 15, 15) % 2];
	job->target = targets[md5_digits(h, 16, 16) % 3];
	job->created = MS_2024 + i * MS_MINUTE + (int64_t) (md5_digits(h, 17, 19) % 1000);
	job->modified = job->created + (int64_t) md5_digits(h, 20, 20) * MS_HOUR;
}

int64_t
rule_count(Text name, int64_t otherwise)
{
	int64_t		n = 0;
	int64_t		unit = 1;
	size_t		at = name.len;

	while (at > 0 && name.data[at - 1] >= '0' && name.data[at - 1] <= '9')
	{
		if (name.len - at == COUNT_DIGITS_MAX)
			return otherwise;
		n += unit * (name.data[--at] - '0');
		unit *= 10;
	}
	if (at == name.len || at == 0 || name.data[at - 1] != ':')
		return otherwise;
	return n;
}
