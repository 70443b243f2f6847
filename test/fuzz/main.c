/*
 * main.c
 *		Runs a target over files, where there is no libFuzzer.
 *
 * A broken promise ends the process; the last line says with which file.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

static bool
run(const char *path)
{
	FILE	   *file = fopen(path, "rb");
	uint8_t    *data = NULL;
	size_t		len = 0;
	size_t		got = 1;
	bool		readable = file != NULL;

	fprintf(stderr, "Running: %s\n", path);
	while (readable && got > 0)
	{
		data = realloc(data, len + 4096);
		CHECK(data != NULL);
		got = fread(data + len, 1, 4096, file);
		len += got;
		readable = ferror(file) == 0;
	}
	if (readable)
	{
		/* the very bytes, so that reading past them is seen */
		char	   *exact = fuzz_copy((FuzzInput) {data, len});

		LLVMFuzzerTestOneInput((uint8_t *) exact, len);
		free(exact);
	}
	else
		perror(path);
	free(data);
	if (file != NULL)
		fclose(file);
	return readable;
}

int
main(int argc, char **argv)
{
	bool		all = true;

	for (int i = 1; i < argc; i++)
		all &= run(argv[i]);
	return all ? EXIT_SUCCESS : EXIT_FAILURE;
}
