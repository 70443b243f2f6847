/*
 * test.c
 *		See test.h.
 */
#include "test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int	ntests;
static int	nfailed;

static long oom_countdown = -1; /* -1: never */
static bool oom_failed;

extern void *__real_malloc(size_t size);
extern void *__real_calloc(size_t n, size_t size);
extern void *__real_realloc(void *old, size_t size);
extern void *__wrap_malloc(size_t size);
extern void *__wrap_calloc(size_t n, size_t size);
extern void *__wrap_realloc(void *old, size_t size);

bool
ok(bool passed, const char *name,...)
{
	va_list		args;

	nfailed += !passed;
	printf("%sok %d - ", passed ? "" : "not ", ++ntests);
	va_start(args, name);
	vprintf(name, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	return passed;
}

bool
is_text(const char *got, const char *expected, const char *name)
{
	bool		same = got == expected ||
		(got != NULL && expected != NULL && strcmp(got, expected) == 0);

	ok(same, "%s", name);
	if (!same)
		printf("#      got: %s\n# expected: %s\n",
			   got != NULL ? got : "(null)", expected != NULL ? expected : "(null)");
	return same;
}

int
done_testing(void)
{
	printf("1..%d\n", ntests);
	return nfailed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

void
oom_arm(long n)
{
	oom_countdown = n;
	oom_failed = false;
}

bool
oom_disarm(void)
{
	oom_countdown = -1;
	return oom_failed;
}

bool
oom_now(void)
{
	if (oom_countdown < 0 || oom_countdown-- > 0)
		return false;
	oom_failed = true;
	return true;
}

#ifndef TEST_WITHOUT_WRAP

void *
__wrap_malloc(size_t size)
{
	return oom_now() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return oom_now() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return oom_now() ? NULL : __real_realloc(old, size);
}

#endif
