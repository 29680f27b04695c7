#include "base/nearest.h"

#include <ctype.h>
#include <string.h>

#define LONGEST 48 /* longer words are nobody's typo */

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

static int same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Optimal string alignment distance, case folded. */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned d[LONGEST + 1][LONGEST + 1];

	for (size_t i = 0; i <= na; i++)
		d[i][0] = (unsigned)i;
	for (size_t j = 0; j <= nb; j++)
		d[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		for (size_t j = 1; j <= nb; j++) {
			unsigned cost = same(a[i - 1], b[j - 1]) ? 0 : 1;

			d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1,
			    d[i - 1][j - 1] + cost);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]) &&
			    d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[na][nb];
}

const char *nearest_word(const char *word, const char *const words[], size_t n)
{
	size_t len = strlen(word);
	unsigned best = len <= 3 ? 1 : len <= 6 ? 2 : 3;
	const char *found = NULL;

	if (len == 0 || len > LONGEST)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t wlen = words[i] ? strlen(words[i]) : 0;
		unsigned d;

		if (wlen == 0 || wlen > LONGEST)
			continue;
		d = distance(word, len, words[i], wlen);
		if (d < best || (d == best && !found)) {
			best = d;
			found = words[i];
		}
	}
	return found;
}
