#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_tail(unsigned char c)
{
	return (c & 0xC0) == 0x80;
}

/* The length of the well-formed character at S, or 0. */
static size_t char_length(const unsigned char *s, size_t len)
{
	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xC2)
		return 0;
	if (s[0] < 0xE0)
		return len >= 2 && is_tail(s[1]) ? 2 : 0;
	if (s[0] < 0xF0) {
		if (len < 3 || !is_tail(s[1]) || !is_tail(s[2]))
			return 0;
		if (s[0] == 0xE0 && s[1] < 0xA0)
			return 0; /* overlong */
		if (s[0] == 0xED && s[1] > 0x9F)
			return 0; /* surrogate */
		return 3;
	}
	if (s[0] > 0xF4 || len < 4)
		return 0;
	if (!is_tail(s[1]) || !is_tail(s[2]) || !is_tail(s[3]))
		return 0;
	if ((s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
		return 0;
	return 4;
}

size_t utf8_valid_prefix(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t i = 0;

	while (i < len) {
		uint64_t word;
		size_t n;

		if (len - i >= sizeof word) {
			memcpy(&word, u + i, sizeof word);
			if (!(word & UINT64_C(0x8080808080808080))) {
				i += sizeof word;
				continue;
			}
		}
		n = char_length(u + i, len - i);
		if (n == 0)
			break;
		i += n;
	}
	return i;
}

size_t utf8_count(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += !is_tail((unsigned char)s[i]);
	return n;
}

size_t utf8_offset(const char *s, size_t len, size_t n)
{
	size_t i = 0;

	for (; i < len; i++) {
		if (is_tail((unsigned char)s[i]))
			continue;
		if (n-- == 0)
			break;
	}
	return i;
}
