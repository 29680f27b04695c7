/*
 * What a client has yet to be sent: the bytes on their way out, those that
 * are held back for order's sake, and the bound on both.
 *
 *     response_merge ─► outbox ─► session ─► socket
 *
 * Owned by its session; responses point to it while the session lives. On
 * the loop's thread.
 */
#ifndef PROXY_OUTBOX_H
#define PROXY_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bufq.h"
#include "base/turn.h"

struct outbox {
	struct bufq q;
	size_t held; /* bytes that responses hold back */
	size_t limit; /* client_buffer */
	struct turn *turn;
	struct turn_task *flush; /* the session's: put off when bytes come */
};

/* Takes the frame in B, which is empty afterwards. */
static inline void outbox_put(struct outbox *o, struct buf *b)
{
	bufq_take(&o->q, b);
	turn_defer(o->turn, o->flush);
}

/* The client does not keep up: who feeds it should stop. */
static inline bool outbox_is_full(const struct outbox *o)
{
	return o->q.bytes >= o->limit;
}

/* It caught up: who stopped may go on. */
static inline bool outbox_has_room(const struct outbox *o)
{
	return o->q.bytes <= o->limit / 2;
}

#endif
