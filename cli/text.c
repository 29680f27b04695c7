#include "cli/text.h"

#include <langinfo.h>
#include <locale.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

#include "base/utf8.h"

#define WIDEST 10000 /* a larger COLUMNS is a mistake */
#define LONGEST_LABEL ((size_t)8 * WIDEST)

void text_init_locale(void)
{
	setlocale(LC_CTYPE, "");
	/* Containers often have none set, and wcwidth() needs one. */
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

size_t text_terminal_width(int fd)
{
	const char *env = getenv("COLUMNS");
	long n = env ? strtol(env, NULL, 10) : 0;
	struct winsize size;

	if (n <= 0 && ioctl(fd, TIOCGWINSZ, &size) == 0)
		n = size.ws_col;
	return n > 0 && n <= WIDEST ? (size_t)n : TEXT_DEFAULT_WIDTH;
}

/* The character at S and, as result, its length in bytes. */
static size_t decode(const char *s, size_t len, uint32_t *c)
{
	unsigned char lead = (unsigned char)s[0];
	size_t n = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

	*c = n == 1 ? lead : lead & (0xFFu >> (n + 1));
	if (n > len)
		n = len;
	for (size_t i = 1; i < n; i++)
		*c = *c << 6 | ((unsigned char)s[i] & 0x3F);
	return n;
}

static size_t char_width(uint32_t c)
{
	int w;

	if (c < 0x20 || (c >= 0x7F && c < 0xA0))
		return 0;
	w = c < 0x80 ? 1 : wcwidth((wchar_t)c);
	/* Newer than the C library's table. */
	return w < 0 ? 1 : (size_t)w;
}

size_t text_width(const char *s, size_t len)
{
	size_t width = 0;
	uint32_t c;

	for (size_t i = 0; i < len;) {
		i += decode(s + i, len - i, &c);
		width += char_width(c);
	}
	return width;
}

size_t text_fit(const char *s, size_t len, size_t width)
{
	size_t i = 0;
	uint32_t c;

	while (i < len) {
		size_t n = decode(s + i, len - i, &c);

		if (char_width(c) > width)
			break;
		width -= char_width(c);
		i += n;
	}
	return i;
}

size_t text_control_length(const char *s, size_t len)
{
	unsigned char c = (unsigned char)s[0];

	if (c < 0x20 || c == 0x7F)
		return 1;
	if (c == 0xC2 && len > 1 && (unsigned char)s[1] < 0xA0)
		return 2;
	return 0;
}

void text_put_control(struct buf *out, unsigned c)
{
	if (c == '\n')
		buf_append_str(out, "\\n");
	else if (c == '\r')
		buf_append_str(out, "\\r");
	else if (c == '\t')
		buf_append_str(out, "\\t");
	else
		buf_appendf(out, "\\u%04x", c);
}

void text_put_escaped(
    struct buf *out, const char *s, size_t len, const char *keep)
{
	size_t start = 0;

	if (len == 0)
		return;
	for (size_t i = 0; i < len;) {
		size_t n = text_control_length(s + i, len - i);
		uint32_t c;

		if (n == 0 || (s[i] && strchr(keep, s[i]))) {
			i++;
			continue;
		}
		buf_append(out, s + start, i - start);
		decode(s + i, n, &c);
		text_put_control(out, c);
		i += n;
		start = i;
	}
	buf_append(out, s + start, len - start);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Each run of white space becomes one blank, none at the ends. */
static void put_collapsed(struct buf *out, const char *s, size_t len)
{
	bool gap = false;
	size_t first = out->len;

	for (size_t i = 0; i < len; i++) {
		if (is_space(s[i])) {
			gap = out->len > first;
			continue;
		}
		if (gap)
			buf_append_char(out, ' ');
		gap = false;
		buf_append_char(out, s[i]);
	}
}

void text_put_label(struct buf *out, const char *s, size_t len, size_t width)
{
	struct buf line, shown;

	buf_init(&line);
	buf_init(&shown);
	/* No label is longer: what follows would be cut anyway. */
	if (len > LONGEST_LABEL)
		len = utf8_valid_prefix(s, LONGEST_LABEL);
	put_collapsed(&line, s, len);
	text_put_escaped(&shown, line.data, line.len, "");
	if (line.failed || shown.failed) {
		out->failed = true;
	} else if (text_width(shown.data, shown.len) <= width) {
		buf_append(out, shown.data, shown.len);
	} else if (width > 0) {
		buf_append(out, shown.data,
		    text_fit(shown.data, shown.len, width - 1));
		buf_append_str(out, "…");
	}
	buf_release(&line);
	buf_release(&shown);
}

void text_put_blanks(struct buf *out, size_t n)
{
	char *p = buf_reserve(out, n);

	if (!p)
		return;
	memset(p, ' ', n);
	out->len += n;
}

void text_put_count(struct buf *out, int64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%" PRId64, n);
	int first = digits[0] == '-' ? 1 : 0;

	for (int i = 0; i < len; i++) {
		if (i > first && (len - i) % 3 == 0)
			buf_append_char(out, ',');
		buf_append_char(out, digits[i]);
	}
}

void text_put_quantity(struct buf *out, int64_t n, const char *noun)
{
	text_put_count(out, n);
	buf_appendf(out, " %s%s", noun, n == 1 ? "" : "s");
}

void text_format_duration(int64_t us, char out[TEXT_DURATION_SIZE])
{
	double ms = (double)us / 1e3;
	int64_t s = us / 1000000 + (us % 1000000 >= 500000);

	if (ms < 9.95)
		snprintf(out, TEXT_DURATION_SIZE, "%.1f ms", ms);
	else if (ms < 999.5)
		snprintf(out, TEXT_DURATION_SIZE, "%.0f ms", ms);
	else if (ms < 59950)
		snprintf(out, TEXT_DURATION_SIZE, "%.1f s", ms / 1e3);
	else
		snprintf(out, TEXT_DURATION_SIZE,
		    "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
}
