/*
 * Memory that is freed all at once: everything of one batch, one config, one
 * plan.
 *
 * Owned by whoever embeds it; used by one thread at a time. Every function
 * returns NULL when memory runs out; what was given out stays valid until
 * arena_release().
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/macros.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	size_t total; /* bytes taken from malloc */
};

void arena_init(struct arena *a);
void arena_release(struct arena *a);

/* SIZE bytes, aligned for any type, zeroed. */
void *arena_alloc(struct arena *a, size_t size) must_check;

/* N elements of SIZE bytes, zeroed; NULL also where N * SIZE overflows. */
void *arena_alloc_n(struct arena *a, size_t n, size_t size) must_check;

/* Copies with a NUL behind them. */
char *arena_strdup(struct arena *a, const char *s) must_check;
char *arena_strndup(struct arena *a, const char *s, size_t len) must_check;
char *arena_printf(struct arena *a, const char *fmt, ...)
    printf_like(2, 3) must_check;

#endif
