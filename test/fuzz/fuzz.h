/*
 * fuzz.h
 *		What the fuzzers share.
 *
 * Each target is a function of bytes: it takes them apart, feeds what it tests,
 * and holds the outcome against what the header promises.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise; ends the process if it does not hold. */
#define CHECK(promise) \
	((promise) ? (void) 0 : fuzz_fail(__FILE__, __LINE__, #promise))

extern void fuzz_fail(const char *file, int line, const char *promise) __attribute__((noreturn));

/* What is left of the input. */
typedef struct FuzzInput
{
	const uint8_t *data;
	size_t		len;
} FuzzInput;

/*
 * Takes the bytes up to the next separator, which is dropped, or all that are
 * left.  False if there are none.
 */
extern bool fuzz_next(FuzzInput *input, uint8_t separator, FuzzInput *piece);

/* Takes one byte; 0 if there is none. */
extern uint8_t fuzz_byte(FuzzInput *input);

/*
 * A copy that ends where the piece does, so that the sanitizer sees a read past
 * its end; the other has a NUL there.  To be freed.
 */
extern char *fuzz_copy(FuzzInput piece);
extern char *fuzz_text(FuzzInput piece);

/*
 * Whether the text has that form, an extended regular expression, the same in each call of a
 * process; with these flags of regcomp() beside.  Tells where its parts are.
 */
extern bool fuzz_match(const char *form, int flags, const char *text, regmatch_t *part, size_t nparts);

/* The number that is such a part, of digits; 0 if that is not there. */
extern int	fuzz_number(const char *text, const regmatch_t *part);

/* Whether a text is a time, and which; as core's. */
typedef bool (*FuzzTime) (const char *text, int64_t *us);

/* Holds what one says of the input against what the other does; returns that. */
extern bool fuzz_time(FuzzInput input, FuzzTime parse, FuzzTime slow_parse, int64_t *us);

extern bool fuzz_is_utf8(const char *text);

#endif							/* FUZZ_H */
