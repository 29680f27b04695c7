#include "base/bufq.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define GATHER_SIZE ((size_t)16 * 1024) /* small pieces share a segment */

struct segment {
	struct list link;
	struct buf buf;
	size_t start; /* what is before it was consumed */
};

void bufq_init(struct bufq *q)
{
	list_init(&q->segments);
	q->bytes = 0;
	q->failed = false;
}

static void segment_free(struct segment *s)
{
	list_remove(&s->link);
	buf_release(&s->buf);
	free(s);
}

static struct segment *segment_of(struct list *link)
{
	return container_of(link, struct segment, link);
}

void bufq_release(struct bufq *q)
{
	while (!list_is_empty(&q->segments))
		segment_free(segment_of(q->segments.next));
	bufq_init(q);
}

static struct segment *segment_new(struct bufq *q)
{
	struct segment *s = calloc(1, sizeof *s);

	if (!s) {
		q->failed = true;
		return NULL;
	}
	buf_init(&s->buf);
	list_append(&q->segments, &s->link);
	return s;
}

/* The last segment where LEN more bytes belong into it, else a new one. */
static struct segment *segment_for(struct bufq *q, size_t len)
{
	if (!list_is_empty(&q->segments)) {
		struct segment *last = segment_of(q->segments.prev);

		if (last->buf.len + len <= GATHER_SIZE)
			return last;
	}
	return segment_new(q);
}

void bufq_append(struct bufq *q, const void *data, size_t len)
{
	struct segment *s;

	if (q->failed || len == 0)
		return;
	s = segment_for(q, len);
	if (!s)
		return;
	buf_append(&s->buf, data, len);
	if (s->buf.failed) {
		q->failed = true;
		if (s->buf.len == 0)
			segment_free(s);
		return;
	}
	q->bytes += len;
}

void bufq_take(struct bufq *q, struct buf *b)
{
	struct segment *s;

	if (b->failed)
		q->failed = true;
	if (q->failed || b->len < GATHER_SIZE / 4) {
		bufq_append(q, b->data, b->len);
		buf_clear(b);
		return;
	}
	s = segment_new(q);
	if (!s)
		return;
	s->buf = *b;
	q->bytes += b->len;
	buf_init(b);
}

void bufq_move(struct bufq *dst, struct bufq *src)
{
	while (!list_is_empty(&src->segments)) {
		struct list *link = src->segments.next;

		list_remove(link);
		list_append(&dst->segments, link);
	}
	dst->bytes += src->bytes;
	dst->failed |= src->failed;
	src->bytes = 0;
}

int bufq_peek(const struct bufq *q, struct iovec *iov, int max)
{
	struct list *link;
	int n = 0;

	for (link = q->segments.next; link != &q->segments && n < max;
	     link = link->next) {
		const struct segment *s = segment_of(link);

		iov[n].iov_base = s->buf.data + s->start;
		iov[n].iov_len = s->buf.len - s->start;
		n++;
	}
	return n;
}

void bufq_consume(struct bufq *q, size_t n)
{
	assert(n <= q->bytes);
	q->bytes -= n;
	while (n > 0) {
		struct segment *s = segment_of(q->segments.next);
		size_t have = s->buf.len - s->start;

		if (n < have) {
			s->start += n;
			return;
		}
		n -= have;
		segment_free(s);
	}
}
