/*
 * Inside the SQLite engine: what its files share. The only includer of
 * sqlite3.h; no one but pool/backend_sqlite*.c includes this.
 *
 *     backend_sqlite.c         the contract's operations; all on the loop
 *       _tell                  the thread's messages to callbacks
 *       _chan                  what passes between the loop and the thread
 *       _thread                the thread: one command after another
 *         _open                opening a file, and why it could not be
 *         _guard               what a client's SQL may do
 *         _wait                waiting on the thread, ended by cancel
 *         _run                 one statement
 *           _text              the little that is read from SQL text
 *           _params            $1, $2 …
 *           _rows              rows to bytes, and back on the loop
 *           _error             result codes to SQLSTATEs
 *         _lock                writers of this process, in order
 *
 * A backend has one thread and one connection for life (reset() opens a new
 * connection on the same thread). The pool bounds the backends, and so the
 * threads. Members of struct backend say who may touch them: what crosses
 * goes through `chan`, or is handed over by a command and its end.
 */
#ifndef POOL_BACKEND_SQLITE_H
#define POOL_BACKEND_SQLITE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "pool/backend.h"
#include "pool/backend_sqlite_chan.h"
#include "pool/backend_sqlite_lock.h"

struct engine {
	struct engine_conf conf;
	struct ev_loop *loop;
	struct sqlite_lock write_lock;
	/*
	 * One closes at a time: of two at once neither might see that it is
	 * the last, which moves the write-ahead log into the database.
	 */
	pthread_mutex_t closing;
	unsigned n_backends;
};

enum sqlite_state {
	SQLITE_STATE_OPENING,
	SQLITE_STATE_IDLE,
	SQLITE_STATE_RUNNING,
	SQLITE_STATE_RESETTING,
	SQLITE_STATE_LOST, /* never opened, or told on_lost */
	SQLITE_STATE_CLOSING,
};

/* A copy of struct backend_request in the backend's arena. */
struct sqlite_request {
	const char *sql;
	const char *begin; /* of the statement in it, past blanks */
	const char *const *params;
	unsigned n_params;
	bool want_rows;
};

/* How a command ended. */
struct sqlite_outcome {
	enum backend_verdict verdict;
	char tag[64];
	int64_t count;
	struct err error; /* code 0: none */
	bool from_server;
	bool lost; /* the connection is of no more use */
	const char *detail, *hint; /* static text or NULL */
	size_t position;
	enum backend_tx tx;
};

struct backend {
	/* Set once. */
	struct engine *engine;
	const struct backend_link *link;
	void *link_ctx;
	pthread_t thread;
	struct chan chan;

	/* The loop's. */
	enum sqlite_state state;
	struct ev_timer connect_timer;
	const struct statement_sink *sink;
	void *sink_ctx;
	bool paused, unflushed;
	enum backend_tx tx;
	struct chan_msg *columns; /* of the statement that runs */
	struct chan_msg *current; /* taken, not yet told whole */

	/* The loop's, but the thread's from a command to its end. */
	struct arena arena;
	struct sqlite_request request;
	struct sqlite_outcome outcome;

	/* The thread's. */
	sqlite3 *db;
	struct sqlite_claim claim;
	struct chan_msg *chunk; /* rows that were not posted yet */
	int64_t chunk_us; /* when the last one was */
	int64_t busy_us; /* since when another process is in the way */
	bool executing; /* in sqlite3_step() */
	bool tx_lost; /* SQLite rolled an open transaction back by itself */
	char denied[160]; /* what the authorizer refused last, or "" */
};

/* Asserts that the move is one of the diagram in backend_sqlite.c. */
void sqlite_move(struct backend *b, enum sqlite_state to);

/* _tell: the callback of chan.news. */
void sqlite_tell(struct ev_loop *loop, struct ev_async *w, int revents);

/* _thread */
void *sqlite_thread_main(void *backend);

/* _open: b->db and everything that is set on it. */
int sqlite_connection_open(struct backend *b, struct err *e) must_check;
void sqlite_connection_close(struct backend *b);

/* _guard: limits and the authorizer, on a connection that is set up. */
int sqlite_guard_install(struct backend *b) must_check;

/* _wait: busy and progress handlers, sleep() and pg_sleep(). */
int sqlite_wait_install(struct backend *b) must_check;

/* _run: b->request to b->outcome. */
void sqlite_run(struct backend *b);

/* Posts the rows gathered so far. */
void sqlite_post_chunk(struct backend *b);

/* _params: false, with the outcome filled, when they do not fit. */
bool sqlite_params_bind(struct backend *b, sqlite3_stmt *stmt) must_check;

/* _rows, on the thread. False: out of memory. */
struct chan_msg *sqlite_columns_new(
    struct backend *b, sqlite3_stmt *stmt, bool has_row);
bool sqlite_row_encode(struct buf *out, sqlite3_stmt *stmt) must_check;

/* _rows, on the loop: the next row into VALUES; false: there is none. */
bool sqlite_row_decode(
    struct chan_msg *m, struct backend_value *values, unsigned n);

/* _error: what SQLite says of its last failure. */
const char *sqlite_error_state(int rc, const char *message);
void sqlite_outcome_fail(struct backend *b, int rc);
/* What the engine itself refuses; SQLite has no part in it. */
void sqlite_outcome_refuse(struct sqlite_outcome *o, const char *sqlstate,
    const char *fmt, ...) printf_like(3, 4);

#endif
