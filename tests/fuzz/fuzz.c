#include "tests/fuzz/fuzz.h"

#include <string.h>

char *fuzz_copy(const void *data, size_t size)
{
	char *copy = malloc(size + 1);

	must(copy);
	if (size)
		memcpy(copy, data, size);
	copy[size] = '\0';
	return copy;
}

char *fuzz_take_until(char **text, size_t *len, char end)
{
	char *taken = *text;
	char *stop = *len ? memchr(taken, end, *len) : NULL;
	size_t n = stop ? (size_t)(stop - taken) : *len;

	taken[n] = '\0'; /* there is one behind the whole at least */
	*text += n + (stop ? 1 : 0);
	*len -= n + (stop ? 1 : 0);
	return taken;
}

char *fuzz_take_line(char **text, size_t *len)
{
	return fuzz_take_until(text, len, '\n');
}
