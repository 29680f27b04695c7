#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 256

void buf_init(struct buf *b)
{
	memset(b, 0, sizeof *b);
}

void buf_release(struct buf *b)
{
	free(b->data);
	buf_init(b);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

static void buf_grow(struct buf *b, size_t need)
{
	size_t cap = b->cap ? b->cap : BUF_FIRST;
	char *data;

	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	data = realloc(b->data, cap);
	if (!data) {
		b->failed = true;
		return;
	}
	b->data = data;
	b->cap = cap;
}

char *buf_reserve(struct buf *b, size_t extra)
{
	assert(b->len <= b->cap); /* invariant 1 */
	if (!b->failed && b->cap - b->len < extra) {
		if (extra > SIZE_MAX - b->len)
			b->failed = true;
		else
			buf_grow(b, b->len + extra);
	}
	return b->failed ? NULL : b->data + b->len;
}

void buf_append(struct buf *b, const void *data, size_t len)
{
	char *p;

	if (len == 0)
		return;
	p = buf_reserve(b, len);
	if (!p)
		return;
	memcpy(p, data, len);
	b->len += len;
}

void buf_append_str(struct buf *b, const char *s)
{
	buf_append(b, s, strlen(s));
}

void buf_append_char(struct buf *b, char c)
{
	char *p = buf_reserve(b, 1);

	if (!p)
		return;
	*p = c;
	b->len++;
}

void buf_append_i64(struct buf *b, int64_t v)
{
	char digits[20];
	size_t n = sizeof digits;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		digits[--n] = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (v < 0)
		digits[--n] = '-';
	buf_append(b, digits + n, sizeof digits - n);
}

void buf_appendf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}
	p = buf_reserve(b, (size_t)n + 1);
	if (!p)
		return;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void buf_consume(struct buf *b, size_t n)
{
	assert(n <= b->len);
	b->len -= n;
	if (b->len)
		memmove(b->data, b->data + n, b->len);
}

const char *buf_cstr(struct buf *b)
{
	char *p = buf_reserve(b, 1);

	if (!p)
		return NULL;
	*p = '\0';
	return b->data;
}
