/*
 * A plan in flight: its units are dispatched over the pool's connections as
 * their edges allow, and what they answer goes to a sink, each statement
 * tagged by its index.
 *
 *     plan ─► ready units ─► pool ─► run (fanout_run.c) ─► sink
 *                 ▲                        │
 *                 └──── a unit ended ──────┘
 *
 * Started by a door with a planned batch, which it owns from then on. It
 * frees itself and the batch after on_end. On the loop's thread; the sink is
 * never called from within fanout_start().
 *
 * Promises to the sink: on_done exactly once for every statement, nothing
 * about a statement after it; on_end exactly once, after the last on_done.
 */
#ifndef PROXY_FANOUT_H
#define PROXY_FANOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/macros.h"
#include "base/turn.h"
#include "pool/backend.h"
#include "proxy/batch.h"
#include "proxy/database.h"

enum stmt_status {
	STATUS_OK,
	STATUS_ERROR,
	STATUS_SKIPPED,
	STATUS_NOT_SENT,
	STATUS_CANCELLED,
	STATUS_UNKNOWN,
	N_STATUS,
};

enum tx_outcome { TX_NONE, TX_COMMITTED, TX_ROLLED_BACK, TX_UNKNOWN };

struct fanout_done {
	enum stmt_status status;
	const char *tag; /* or NULL */
	int64_t count; /* or -1 */
	const struct backend_error *error; /* or NULL */
	int conn; /* the connection's number; 0: it had none */
	int64_t queue_us, exec_us, total_us;
};

struct fanout_end {
	unsigned n[N_STATUS]; /* statements by status */
	int64_t wall_us, exec_us;
	unsigned peak_concurrency;
	enum tx_outcome transaction; /* TX_NONE unless it was one */
};

struct fanout_sink {
	void (*on_started)(void *ctx, unsigned stmt, int conn);
	void (*on_columns)(void *ctx, unsigned stmt,
	    const struct backend_column *columns, unsigned n);
	void (*on_row)(void *ctx, unsigned stmt,
	    const struct backend_value *values, unsigned n);
	void (*on_flush)(void *ctx, unsigned stmt);
	void (*on_copy_out)(
	    void *ctx, unsigned stmt, const char *data, size_t len);
	void (*on_notice)(void *ctx, unsigned stmt, const char *severity,
	    const char *message);
	void (*on_done)(
	    void *ctx, unsigned stmt, const struct fanout_done *done);
	/* The fanout and its batch are gone when this has returned. */
	void (*on_end)(void *ctx, const struct fanout_end *end);
	/* COPY data that waited has been taken: more may come. */
	void (*on_copy_room)(void *ctx);
	/* A COPY that runs has been given all there was and waits. */
	void (*on_copy_hungry)(void *ctx);
};

struct fanout;

/* On failure B stays the caller's. */
int fanout_start(struct turn *turn, struct database *db, struct batch *b,
    const struct fanout_sink *sink, void *ctx, struct fanout **out,
    struct err *e) must_check;

/*
 * Cancels statement I: not_sent when it waits, else the server is asked.
 * Without effect once it is done.
 */
void fanout_cancel(struct fanout *f, unsigned i);
void fanout_cancel_all(struct fanout *f);

/* The same for a reason of the daemon's own: shutdown. */
void fanout_shut_down(struct fanout *f);

/*
 * Nobody listens any more: drops what waits, cancels what runs; the sink is
 * told only on_end.
 */
void fanout_abandon(struct fanout *f);

/* Stops and goes on reading what a statement answers. */
void fanout_pause(struct fanout *f, unsigned i, bool paused);

/* Starts nothing more until HELD is false again. */
void fanout_hold(struct fanout *f, bool held);

/*
 * Data for a COPY … FROM STDIN; it may come before the statement runs.
 * Returns 0, or 1 when the statement has as much as it may hold: then no
 * more until on_copy_room. ERR_ when I takes no data.
 */
int fanout_copy_data(struct fanout *f, unsigned i, const char *data, size_t len,
    size_t limit, struct err *e) must_check;

/* Does statement I run, so that the engine is taking its data? */
bool fanout_is_running(const struct fanout *f, unsigned i);

/* Has a COPY of it taken all data there was, and waits for more? */
bool fanout_has_hungry_copy(const struct fanout *f);

/* The data is complete, or (REASON) given up. */
int fanout_copy_end(
    struct fanout *f, unsigned i, const char *reason, struct err *e) must_check;

/*
 * COPY statements still fed by lines give up, for REASON: nothing more can
 * come, or something of theirs may have been lost.
 */
void fanout_give_up_copies(struct fanout *f, const char *reason);
void fanout_give_up_copy(struct fanout *f, unsigned i, const char *reason);

/* For `show batches`. */
struct fanout_progress {
	unsigned waiting, running, done;
	int64_t age_us;
};
void fanout_read_progress(const struct fanout *f, struct fanout_progress *out);
const struct batch *fanout_batch(const struct fanout *f);
const struct database *fanout_database(const struct fanout *f);

const char *stmt_status_name(enum stmt_status status);

#endif
