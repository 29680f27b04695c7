/*
 * A growable byte buffer for text that is being written.
 *
 * Owned by whoever embeds it; one thread at a time. When memory runs out the
 * buffer turns `failed` and further appends do nothing, so a writer checks
 * once, at its end, instead of at every call.
 *
 * Invariants: 1. len <= cap. 2. data is NULL only while cap is 0.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct buf {
	char *data;
	size_t len, cap;
	bool failed;
};

void buf_init(struct buf *b);
void buf_release(struct buf *b);

/* Forgets the contents and a failure, keeps the memory. */
void buf_clear(struct buf *b);

/* Room for EXTRA more bytes: where to write them, or NULL when failed. */
char *buf_reserve(struct buf *b, size_t extra);

void buf_append(struct buf *b, const void *data, size_t len);
void buf_append_str(struct buf *b, const char *s);
void buf_append_char(struct buf *b, char c);
void buf_append_i64(struct buf *b, int64_t v);
void buf_appendf(struct buf *b, const char *fmt, ...) printf_like(2, 3);

/* Takes the first N bytes away. */
void buf_consume(struct buf *b, size_t n);

/* The contents with a NUL behind them (not counted in len), or NULL. */
const char *buf_cstr(struct buf *b);

#endif
