/*
 * The contract of an engine: what the pool and the front end ask of
 * PostgreSQL, SQLite and the scripted test engine, and what they are told.
 *
 *     engine   one per [database]: where and how to connect
 *     backend  one connection of an engine; runs one statement at a time
 *
 * Everything here is called, and calls back, on the thread of the backend's
 * event loop. Nothing blocks: an engine whose library blocks has threads of
 * its own and comes back by ev_async.
 *
 * A backend's life, and what is told (link = struct backend_link):
 *
 *     connect() ──► on_open(NULL) ──► start() … on_done, on_ready ──► close()
 *         │                             │  ▲                            │
 *         │                             └──┘ again and again            ▼
 *         └──► on_open(error) ────────────────────────────► close() ► on_closed
 *
 *  1. connect(), start(), reset(), cancel() and close() never call back before
 *     they have returned.
 *  2. When start() returned 0, on_done comes exactly once, after everything
 *     else about that statement; when it returned an error, nothing comes and
 *     the backend is as it was. reset() likewise, with on_ready or on_lost
 *     as its only answer.
 *  3. After on_done exactly one of on_ready or on_lost follows: on_ready when
 *     the backend is provably at rest (result stream at its end, no cancel
 *     under way), so the next start() is allowed from within it; on_lost when
 *     it can never be used again. They may follow at once or much later.
 *  4. on_lost comes at most once, at any time after on_open(NULL), also while
 *     the backend is idle. A statement that runs gets its on_done first.
 *     After on_lost, or on_open(error), only close() may be called.
 *  5. close() is allowed at any time after connect(), also from within a
 *     callback. Afterwards on_closed is the only callback: it comes exactly
 *     once, when the server side of the connection is known to be gone (or a
 *     bound has passed), so that whoever counts connections is never above
 *     the server's own count. The backend frees itself; the pointer is dead
 *     once close() was called.
 *  6. Pointers in callbacks are valid until the callback returns.
 *  7. A statement starts unpaused. While paused, no on_row, on_flush or
 *     on_copy_out comes; a bounded amount is buffered and the server is left
 *     waiting. on_done may come only when everything before it was delivered.
 *  8. cancel() asks the server to end what runs. It may be too late: on_done
 *     tells what happened. It changes nothing when nothing runs. A paused
 *     statement must be unpaused as well, or its on_done cannot come.
 *  9. on_open's and on_lost's error has code ERR_IO or ERR_TIMEOUT where it may
 *     pass by itself (nobody listens, too many connections, starting up), else
 *     ERR_ENGINE or ERR_INVALID (wrong password, no such database or file).
 */
#ifndef POOL_BACKEND_H
#define POOL_BACKEND_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/executor.h"
#include "base/macros.h"

struct engine;
struct backend;

/* How a value can be written natively without losing anything. */
enum value_kind {
	VALUE_NULL,
	VALUE_TEXT,
	VALUE_NUMBER, /* the text is a JSON number that any double reader keeps
			 exactly */
	VALUE_BOOL, /* the text begins with t or f */
	VALUE_JSON, /* the text is JSON */
};

struct backend_value {
	const char *text; /* the engine's text; NULL only for VALUE_NULL */
	size_t len;
	enum value_kind kind;
};

struct backend_column {
	const char *name;
	const char *type; /* the engine's name of it, such as "int4" */
	uint32_t oid; /* PostgreSQL's; 0 elsewhere */
};

/* What the server said of a failure; NULL or 0 where it said nothing. */
struct backend_error {
	bool from_server; /* otherwise the proxy's own word */
	const char *severity, *sqlstate, *message, *detail, *hint;
	size_t position; /* 1-based, in characters of the statement's text */
	const char *internal_query, *where;
	const char *schema, *table, *column, *datatype, *constraint;
};

enum backend_verdict {
	BACKEND_OK, /* the engine confirmed it */
	BACKEND_ERROR, /* the engine refused it */
	BACKEND_CANCELLED, /* the engine confirmed a cancel (57014) */
	BACKEND_NOT_SENT, /* never reached the engine */
	BACKEND_UNKNOWN, /* handed over, lost before a verdict */
};

struct backend_done {
	enum backend_verdict verdict;
	const char *tag; /* "INSERT 0 3"; NULL unless OK */
	int64_t count; /* rows returned or affected, or -1 */
	const struct backend_error *error; /* NULL when OK */
};

/* Told about one statement. Every member must be set. */
struct statement_sink {
	void (*on_columns)(
	    void *ctx, const struct backend_column *columns, unsigned n);
	/* Only when rows are wanted; N as in on_columns. */
	void (*on_row)(
	    void *ctx, const struct backend_value *values, unsigned n);
	/* No more rows for now: what is gathered may go out. */
	void (*on_flush)(void *ctx);
	void (*on_copy_out)(void *ctx, const char *data, size_t len);
	/*
	 * The engine takes COPY data: first after start(), then each time
	 * copy_data() had returned 1 and there is room again.
	 */
	void (*on_copy_in)(void *ctx);
	void (*on_notice)(void *ctx, const char *severity, const char *message);
	void (*on_done)(void *ctx, const struct backend_done *done);
};

/* Told about the connection itself. Every member must be set. */
struct backend_link {
	void (*on_open)(void *ctx, const struct err *error); /* NULL: open */
	void (*on_ready)(void *ctx);
	void (*on_lost)(void *ctx, const struct err *error);
	void (*on_closed)(void *ctx);
};

/* Borrowed until start() has returned. */
struct backend_request {
	const char *sql; /* one statement, NUL-terminated */
	const char *const *params; /* $1 …; a NULL entry is null; or NULL */
	unsigned n_params;
	bool want_rows; /* otherwise rows are counted and not delivered */
	/* COPY … FROM STDIN, as far as the planner can tell. */
	bool copy_in;
	bool writes; /* the planner could not prove that it only reads */
};

enum backend_tx {
	BACKEND_TX_NONE, /* no transaction open */
	BACKEND_TX_OPEN, /* inside one */
	BACKEND_TX_FAILED, /* inside one that can only be rolled back */
};

/* What one [database NAME] says; the strings outlive the engine. */
struct engine_conf {
	const char *name;
	const char *conninfo; /* PostgreSQL: libpq's */
	const char *path; /* SQLite: the file */
	bool read_only;
	int64_t connect_timeout_us; /* 0: none */
};

struct engine_env {
	struct ev_loop *loop;
	struct executor *executor; /* for name look-ups and the like */
};

struct engine_ops {
	const char *name; /* as in the config: "postgres", "sqlite" */

	/* Can this conf be right? Reaches no server, blocks on nothing. */
	int (*check)(const struct engine_conf *conf, struct err *e) must_check;
	int (*open)(const struct engine_conf *conf,
	    const struct engine_env *env, struct engine **out,
	    struct err *e) must_check;
	/* After every backend of it has told on_closed. */
	void (*shut)(struct engine **engine);
	/* Where it connects to, for people, without secrets. */
	void (*describe)(const struct engine *engine, struct buf *out);

	int (*connect)(struct engine *engine, const struct backend_link *link,
	    void *ctx, struct backend **out, struct err *e) must_check;
	int (*start)(struct backend *b, const struct backend_request *request,
	    const struct statement_sink *sink, void *ctx,
	    struct err *e) must_check;
	/*
	 * Brings the session back to how it was after on_open; RESET_QUERY is
	 * the config's. Also ends a transaction that was left open.
	 */
	int (*reset)(struct backend *b, const char *reset_query,
	    struct err *e) must_check;
	void (*cancel)(struct backend *b);
	void (*pause)(struct backend *b, bool paused);
	/*
	 * Between on_copy_in and on_done. 0: taken whole; 1: taken whole, wait
	 * for on_copy_in before the next. Ignored once the statement failed
	 * (on_done is on its way).
	 */
	int (*copy_data)(struct backend *b, const char *data, size_t len);
	/* ABORT_REASON NULL: the data is complete; else give it up. */
	void (*copy_end)(struct backend *b, const char *abort_reason);
	enum backend_tx (*tx)(const struct backend *b);
	/*
	 * Has it grown so much that a new one is better? May be NULL: never.
	 */
	bool (*is_worn)(const struct backend *b);
	/* The server's process id for people, or 0. */
	int (*remote_pid)(const struct backend *b);
	void (*close)(struct backend *b);
};

/*
 * To be called first in main(), while there is one thread: removes the PG*
 * variables, so that they cannot leak into a configured connection.
 */
void engine_postgres_forget_environment(void);

extern const struct engine_ops engine_postgres;
extern const struct engine_ops engine_sqlite;

#endif
