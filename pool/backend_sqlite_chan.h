/*
 * What passes between the loop and the thread of one SQLite backend.
 *
 *     loop   ── command, stop, close ──►  thread
 *     loop   ◄── columns, rows, end ────  thread
 *
 * Commands go one at a time: the next only after the `end` of the last, or
 * `close`, which may come at any time. Messages queue, and an ev_async tells
 * the loop, which takes them all. Chunks of rows are bounded: while
 * CHAN_ROWS_BYTES of them are with the loop, the thread waits.
 *
 * Owned by the backend. Functions say on whose side they are called; one
 * mutex guards everything that both touch, and is never held across a call
 * that can take long.
 *
 * Invariants: 1. `bytes` is the size of all chunks posted and not yet freed
 * by the loop. 2. `stop` is set while `closing` is. 3. `db` is what may be
 * interrupted: the thread takes it back before it closes it.
 */
#ifndef POOL_BACKEND_SQLITE_CHAN_H
#define POOL_BACKEND_SQLITE_CHAN_H

#include <ev.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/macros.h"
#include "pool/backend.h"

#define CHAN_CHUNK_BYTES ((size_t)64 * 1024) /* a chunk this large goes out */
#define CHAN_ROWS_BYTES (4 * CHAN_CHUNK_BYTES)

struct sqlite3;

enum chan_command {
	CHAN_NONE,
	CHAN_OPEN,
	CHAN_RUN,
	CHAN_RESET,
	CHAN_CLOSE,
};

enum chan_msg_kind {
	CHAN_COLUMNS,
	CHAN_ROWS,
	CHAN_END, /* the command is done; its outcome is in the backend */
	CHAN_GONE, /* the thread's last word */
};

struct chan_msg {
	struct list link;
	enum chan_msg_kind kind;
	bool posted; /* its rows count in `bytes` */
	/* Of COLUMNS; `values` is room for one row. */
	struct arena arena;
	struct backend_column *columns;
	struct backend_value *values;
	unsigned n;
	/* Of ROWS: encoded by backend_sqlite_rows.c, read up to `at`. */
	struct buf rows;
	size_t at;
};

struct chan {
	struct ev_loop *loop;
	struct ev_async news;
	pthread_mutex_t lock;
	pthread_cond_t wake; /* the thread: something below has changed */
	struct list msgs;
	size_t bytes, peak_bytes;
	enum chan_command command;
	bool closing;
	atomic_bool stop; /* what runs is to end */
	struct sqlite3 *db;
	/* Two messages that must not fail for want of memory. */
	struct chan_msg end, gone;
};

/* On the loop. */
void chan_init(struct chan *c, struct ev_loop *loop,
    void (*on_news)(struct ev_loop *, struct ev_async *, int));
void chan_release(struct chan *c);
void chan_send(struct chan *c, enum chan_command command);
void chan_stop(struct chan *c); /* what runs, and nothing after it */
void chan_close(struct chan *c);
struct chan_msg *chan_take(struct chan *c); /* NULL: none */
/* Calls on_news again on the loop's next turn. */
void chan_again(struct chan *c);

/* On either side. */
struct chan_msg *chan_msg_new(enum chan_msg_kind kind) must_check;
void chan_msg_free(struct chan *c, struct chan_msg **m);

/* On the thread. */
enum chan_command chan_next(struct chan *c); /* waits */
void chan_post(struct chan *c, struct chan_msg *m); /* never waits */
/* Waits until a chunk may be posted; false when told to stop instead. */
bool chan_wait_room(struct chan *c) must_check;
bool chan_has_room(struct chan *c);
/* Sleeps; false when told to stop before the time was over. */
bool chan_sleep(struct chan *c, int64_t us);
bool chan_is_stopped(const struct chan *c);
void chan_set_db(struct chan *c, struct sqlite3 *db);

#endif
