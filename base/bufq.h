/*
 * A queue of bytes on their way out: large buffers are handed over whole,
 * small pieces are gathered, and the front is offered to writev().
 *
 * Owned by whoever embeds it; one thread at a time. Like a buf it turns
 * `failed` when memory runs out: what was lost then is not known, so the
 * queue must be given up.
 *
 * Invariants: 1. bytes is the sum of what the segments hold. 2. No segment
 * is empty.
 */
#ifndef BASE_BUFQ_H
#define BASE_BUFQ_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "base/buf.h"
#include "base/list.h"

struct bufq {
	struct list segments;
	size_t bytes;
	bool failed;
};

void bufq_init(struct bufq *q);
void bufq_release(struct bufq *q);

/* Copies. */
void bufq_append(struct bufq *q, const void *data, size_t len);

/*
 * Takes the contents of B, which is empty afterwards: the memory itself where
 * it is large, a copy where it is small. A failed B makes Q fail.
 */
void bufq_take(struct bufq *q, struct buf *b);

/* Moves everything from SRC to the end of DST. */
void bufq_move(struct bufq *dst, struct bufq *src);

/* The front of Q as at most MAX pieces; returns how many. */
int bufq_peek(const struct bufq *q, struct iovec *iov, int max);
void bufq_consume(struct bufq *q, size_t n);

#endif
