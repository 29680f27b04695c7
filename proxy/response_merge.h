/*
 * An open batch of a client: what its fanout tells becomes frames in the
 * client's outbox, in completion order or in statement order.
 *
 *     fanout ─► response ─┬──────────────────────► outbox
 *                         └─► held, until its turn ─┘
 *
 * In statement order the frames of a statement are held back until those
 * before it are done. A statement whose client does not keep up, or that has
 * nothing but held frames while client_buffer of them are held, is paused:
 * the engine stops reading from its backend, and no other's.
 *
 * Made by a session with a planned batch; frees itself after the batch's end
 * (on_over). On the loop's thread.
 */
#ifndef PROXY_RESPONSE_MERGE_H
#define PROXY_RESPONSE_MERGE_H

#include <stdbool.h>

#include "base/list.h"
#include "base/macros.h"
#include "proxy/fanout.h"
#include "proxy/outbox.h"

struct response;

/* What a session hears of its responses; nothing after response_detach(). */
struct response_owner {
	/* The end was written; R is about to be freed. */
	void (*on_over)(void *ctx, struct response *r);
	/* COPY data that waited was taken. */
	void (*on_copy_room)(void *ctx);
	/* A COPY that runs has no data left and waits for more. */
	void (*on_copy_hungry)(void *ctx);
};

struct answer;

struct response {
	struct list link; /* the session's */
	const struct response_owner *owner;
	void *owner_ctx;
	struct outbox *out; /* NULL: nobody listens any more */
	struct fanout *fanout;
	const struct batch *batch;
	struct answer **answers; /* by statement; NULL: none yet, or over */
	struct list active; /* answers whose statement is not done */
	unsigned current; /* statement order: whose turn it is */
};

/* Writes `accepted`. On failure B stays the caller's and R is not made. */
int response_start(struct turn *turn, struct database *db, struct batch *b,
    struct outbox *out, const struct response_owner *owner, void *ctx,
    struct response **r, struct err *e) must_check;

/* The client is gone: forget it, cancel what runs. */
void response_detach(struct response *r);

/* The outbox has room again: go on with what was paused. */
void response_resume(struct response *r);

/*
 * How many of its statements stand still for the client's sake, and in *US
 * (only ever raised) for how long the longest does.
 */
unsigned response_stalled(const struct response *r, int64_t *us);

#endif
