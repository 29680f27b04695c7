/*
 * What the fuzz targets share. Each target is a file fuzz_<name>.c with one
 * LLVMFuzzerTestOneInput(), which feeds the input to a parser of ours and
 * checks what must hold of the answer, whatever the input. Inputs worth
 * keeping, those of every crash that was found among them, are in
 * corpus/<name>/; they are text that one can read and write by hand.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An assertion that no NDEBUG takes away. */
#define must(condition)                                                     \
	do {                                                                \
		if (!(condition)) {                                         \
			fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, \
			    __LINE__, #condition);                          \
			abort();                                            \
		}                                                           \
	} while (0)

/*
 * A copy with a NUL behind it and nothing more, so that reading past either
 * is seen. The caller frees it.
 */
char *fuzz_copy(const void *data, size_t size);

/* Takes the first line of [*TEXT, *LEN) off it; it ends with a NUL then. */
char *fuzz_take_line(char **text, size_t *len);

/* Up to the byte END, or all, in the same way. */
char *fuzz_take_until(char **text, size_t *len, char end);

#endif
