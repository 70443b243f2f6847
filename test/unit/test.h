/*
 * test.h
 *		TAP for the unit tests, and allocations that fail on demand.
 */
#ifndef TEST_H
#define TEST_H

#include <stdbool.h>
#include <stddef.h>

/* Prints "ok N - name" or "not ok N - name"; returns passed. */
extern bool ok(bool passed, const char *name,...) __attribute__((format(printf, 2, 3)));

/* As ok(), for NUL-terminated texts; says what differs. */
extern bool is_text(const char *got, const char *expected, const char *name);

/* Prints the plan; returns what main() returns. */
extern int	done_testing(void);

/*
 * Makes the n-th allocation from now on fail, n from 0, and none after it.
 * The linker's --wrap sends the malloc(), calloc() and realloc() of what is
 * linked statically, the modules under test, through this.
 */
extern void oom_arm(long n);

/* No allocation fails any more.  Returns whether one did. */
extern bool oom_disarm(void);

/* For libraries that let their allocator be replaced. */
extern bool oom_now(void);

#endif							/* TEST_H */
