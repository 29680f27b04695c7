/*
 * One connection of a pool: a backend plus where it stands in its life.
 *
 * Made and freed by the pool; lent to one user at a time, who runs statements
 * on it one after another. On the loop's thread.
 *
 *               open                borrow           start
 *     OPENING ───────► IDLE ◄─────────────► BORROWED ──────► RUNNING
 *        │              │ ▲     return        │ │ ▲             │ │
 *        │              │ │                   │ │ └─────────────┘ │
 *        │              │ └─── RESETTING ◄────┘ │     ready       │
 *        │              │          │     return │                 │ lost
 *        │ failed       │ old      │ failed     │ lost            ▼
 *        └──────────────┴──────────┴──────────┬─┴───────────────LOST
 *                                             ▼       discard     │
 *                                          CLOSING ◄──────────────┘
 *
 * Invariants: 1. A statement runs only in RUNNING. 2. Only BORROWED, RUNNING
 * and LOST have a user. 3. A connection turns IDLE only when nothing runs, no
 * cancel is under way, no transaction is open and its session is untouched or
 * reset.
 */
#ifndef POOL_CONN_H
#define POOL_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"
#include "base/macros.h"
#include "pool/backend.h"

struct pool;

enum conn_state {
	CONN_OPENING,
	CONN_IDLE,
	CONN_BORROWED,
	CONN_RUNNING,
	CONN_RESETTING,
	CONN_LOST,
	CONN_CLOSING,
};

/* Told to whoever has borrowed it. */
struct conn_user {
	/* The statement that ran is over, the next may start. */
	void (*on_ready)(void *ctx);
	/* It is gone; pool_discard() is due. on_done came before. */
	void (*on_lost)(void *ctx, const struct err *error);
};

struct conn {
	struct pool *pool;
	int number; /* 1 … pool_size, unique among the living */
	enum conn_state state;
	struct list link; /* pool.conns */
	struct list idle; /* pool.idle, the most recently used first */
	struct backend *backend;
	const struct engine_ops *ops;
	const struct conn_user *user;
	void *user_ctx;
	int64_t opened_us, state_us; /* since when it is open; in its state */
	int64_t connected_wall_us;
	uint64_t n_statements;
	bool retiring; /* to be closed when it comes back: pool_reconnect() */
	bool cancelling; /* a cancel was asked for what runs */
};

/* "idle", "active" … as `show servers` tells it. */
const char *conn_state_name(enum conn_state state);

/* Asserts that the move is one of the diagram. */
void conn_move(struct conn *c, enum conn_state to);

/*
 * Runs one statement (BORROWED only). On failure the connection is as it was
 * and SINK hears nothing.
 */
int conn_start(struct conn *c, const struct backend_request *request,
    const struct statement_sink *sink, void *ctx, struct err *e) must_check;

/* Without effect unless a statement runs. */
void conn_cancel(struct conn *c);
void conn_pause(struct conn *c, bool paused);
int conn_copy_data(struct conn *c, const char *data, size_t len);
void conn_copy_end(struct conn *c, const char *abort_reason);

/* BORROWED only: what the last statement left. */
enum backend_tx conn_tx(const struct conn *c);

extern const struct backend_link conn_link;

#endif
