/*
 * UTF-8: is it valid, and how many characters is it. Pure; any thread.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/*
 * The offset of the first byte that is not part of a well-formed character
 * (overlong forms, surrogates and values past U+10FFFF are not), or LEN.
 */
size_t utf8_valid_prefix(const char *s, size_t len);

/* Characters in well-formed S. */
size_t utf8_count(const char *s, size_t len);

/* The byte offset of character N (from 0) in well-formed S, at most LEN. */
size_t utf8_offset(const char *s, size_t len, size_t n);

#endif
