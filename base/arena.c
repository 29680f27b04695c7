#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first block is small, since most batches are; later ones double. */
#define ARENA_FIRST_BLOCK 1024
#define ARENA_LARGEST_BLOCK (256 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t size, used; /* of data */
	_Alignas(max_align_t) char data[];
};

void arena_init(struct arena *a)
{
	a->blocks = NULL;
	a->total = 0;
}

void arena_release(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	arena_init(a);
}

static struct arena_block *arena_grow(struct arena *a, size_t need)
{
	size_t size = ARENA_FIRST_BLOCK;
	struct arena_block *b;

	if (a->blocks && a->blocks->size < ARENA_LARGEST_BLOCK)
		size = a->blocks->size * 2;
	else if (a->blocks)
		size = ARENA_LARGEST_BLOCK;
	if (size < need)
		size = need;
	b = malloc(sizeof *b + size);
	if (!b)
		return NULL;
	b->size = size;
	b->used = 0;
	b->next = a->blocks;
	a->blocks = b;
	a->total += sizeof *b + size;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct arena_block *b = a->blocks;
	size_t need;
	void *p;

	if (size > SIZE_MAX / 4)
		return NULL;
	need = (size + align - 1) / align * align;
	if (!b || b->size - b->used < need)
		b = arena_grow(a, need);
	if (!b)
		return NULL;
	p = b->data + b->used;
	b->used += need;
	return memset(p, 0, size);
}

void *arena_alloc_n(struct arena *a, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		return NULL;
	return arena_alloc(a, n * size);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *copy;

	if (len == SIZE_MAX)
		return NULL;
	copy = arena_alloc(a, len + 1);
	if (copy)
		memcpy(copy, s, len);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	s = arena_alloc(a, (size_t)n + 1);
	if (!s)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}
