/*
 * The pool of one database: never more than pool_size connections, and one
 * fair queue of those who wait for one.
 *
 *     pool_want(waiter, n) ─► queue ─► on_conn ─► conn_start … ─► pool_return
 *                                                             └─► pool_discard
 *
 * A waiter stands in the queue once and says how many connections it could
 * use. Whoever gets one goes to the end, so that turns are shared among
 * waiters, however much each wants. A higher priority goes first.
 *
 * Connections are opened when somebody waits and the bound allows it, at once
 * as many as are wanted; after a failure one at a time, with a pause that
 * doubles. A failure that cannot pass by itself is told to all who wait while
 * no connection is left; with any other they go on waiting (their deadline is
 * their own).
 *
 * On the loop's thread. The pool calls back only at the end of a turn, never
 * from within a call to it.
 *
 * Invariants: 1. n_conns <= pool_size, and a closing connection counts until
 * the server has let it go (unless the bound was lowered meanwhile; then
 * connections retire as they come back). 2. Every connection is on `conns`,
 * the IDLE ones and no others on `idle`. 3. wanted is the sum of the waiters'
 * wants.
 */
#ifndef POOL_POOL_H
#define POOL_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/heap.h"
#include "base/macros.h"
#include "base/turn.h"
#include "pool/backend.h"
#include "pool/conn.h"

struct pool_conf {
	const char *name; /* the database's, for messages */
	int pool_size, min_pool_size;
	int64_t login_retry_us; /* the first pause after a failure */
	int64_t idle_timeout_us; /* 0: none */
	int64_t lifetime_us; /* 0: none */
	const char *reset_query;
};

struct pool_waiter {
	/* C is BORROWED and the waiter's until it gives it back. */
	void (*on_conn)(struct pool_waiter *w, struct conn *c);
	/* Nothing can be had; the waiter has left the queue. */
	void (*on_refused)(struct pool_waiter *w, const struct err *error);
	/* The pool's: */
	struct heap_node node;
	int64_t priority, since_us;
	uint64_t seq;
	unsigned wants;
};

struct pool_stats {
	int n_conns, active, idle, login, tested, closing, cancelling;
	unsigned waiters, wanted;
	int64_t longest_wait_us;
	/* The last failure to connect: 0 where there is none since the last
	   success. */
	int64_t failed_wall_us;
	const struct err *last_error;
	bool failing, paused;
};

/*
 * CONF's strings must outlive the pool. The engine is opened by the caller
 * and must outlive the pool, too.
 */
int pool_new(struct turn *turn, const struct engine_ops *ops,
    struct engine *engine, const struct pool_conf *conf, struct pool **out,
    struct err *e) must_check;

/* Every connection must be gone: see pool_close(). */
void pool_free(struct pool **pool);

/* New bounds and times; the engine stays. */
void pool_configure(struct pool *pool, const struct pool_conf *conf);

/*
 * Opens nothing more, closes what is idle and the rest as it comes back;
 * ON_EMPTY (at the end of a turn) when the last connection is gone.
 */
void pool_close(struct pool *pool, void (*on_empty)(void *ctx), void *ctx);

/*
 * Paused, the pool gives nothing away and closes what comes back; who waits
 * goes on waiting. Statements that run are not touched.
 */
void pool_pause(struct pool *pool, bool paused);

/* Replaces every connection there is now, each when it is not in use. */
void pool_reconnect(struct pool *pool);

void pool_waiter_init(struct pool_waiter *w,
    void (*on_conn)(struct pool_waiter *w, struct conn *c),
    void (*on_refused)(struct pool_waiter *w, const struct err *error));

/*
 * W stands in the queue for N connections (at least 1). Changing the number
 * keeps its place; a new priority or coming in anew does not.
 */
int pool_want(struct pool *pool, struct pool_waiter *w, unsigned n,
    int64_t priority) must_check;

/* W wants nothing any more. */
void pool_leave(struct pool *pool, struct pool_waiter *w);

/* Who hears of the connection, from on_conn until it is given back. */
void pool_attach(struct conn *c, const struct conn_user *user, void *ctx);

/*
 * Gives C (BORROWED) back. TOUCHED: session state may have changed. It is
 * reset or closed where it is not provably clean.
 */
void pool_return(struct conn *c, bool touched);

/* Gives C back to be closed, whatever it is doing. */
void pool_discard(struct conn *c);

/* Connections that could be had at once: free ones and room for new ones. */
int pool_available(const struct pool *pool);

void pool_read_stats(const struct pool *pool, struct pool_stats *out);
void pool_each_conn(const struct pool *pool,
    void (*each)(void *ctx, const struct conn *c), void *ctx);

#endif
