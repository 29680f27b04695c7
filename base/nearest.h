/*
 * "Did you mean …?": the known word nearest to a mistyped one. Pure.
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/*
 * The one of WORDS[0..n) that is nearest to WORD by insertions, deletions,
 * replacements and swaps of neighbours, or NULL where none is near enough to
 * be meant. NULL entries are passed over.
 */
const char *nearest_word(const char *word, const char *const words[], size_t n);

#endif
