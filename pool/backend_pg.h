/*
 * What the parts of the PostgreSQL engine share. Private to
 * pool/backend_pg*.c, and the one place that includes libpq's header.
 *
 *     conninfo ─► lookup ─► connect ─► run ─► result, copy ─► the sink
 *                              │        ▲
 *                           socket ─► step ◄─ cancel, reset, close
 *
 * Input comes from libpq on the backend's loop and from the contract's calls
 * (pool/backend.h); output goes to the statement's sink and the link. Nothing
 * here blocks: names are looked up, and with libpq before 17 cancels are
 * sent, on the executor's threads, by jobs that own all they touch.
 *
 * The contract's calls only note what is wanted and kick the timer; all
 * callbacks come from pg_step(), on a later turn of the loop. So a caller may
 * do anything from within a callback, and whatever told the sink something
 * only has to look again at the phase, and at `paused`, afterwards.
 *
 * Invariants:
 *  1. conn is NULL only while RESOLVING, CLOSING, or after a failure to
 *     allocate it.
 *  2. st.sink is set from start() until on_done, and then only.
 *  3. No sink or link callback comes once the phase is CLOSING, but the last
 *     on_closed.
 */
#ifndef POOL_BACKEND_PG_H
#define POOL_BACKEND_PG_H

#include <ev.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/macros.h"
#include "pool/backend.h"

/* The diagram and the allowed moves are in backend_pg_step.c. */
enum pg_phase {
	PG_RESOLVING,
	PG_CONNECTING,
	PG_IDLE,
	PG_RUNNING,
	PG_COPY_IN,
	PG_COPY_OUT,
	PG_SETTLING,
	PG_RESETTING,
	PG_LOST,
	PG_CLOSING,
};

/* How a type's text can become a value_kind. */
enum pg_rule {
	PG_AS_TEXT,
	PG_AS_NUMBER, /* always */
	PG_AS_INT8, /* a number where a double keeps it */
	PG_AS_FLOAT, /* a number unless NaN or infinite */
	PG_AS_BOOL,
	PG_AS_JSON,
};

#define PG_TYPE_NAME_SIZE 24
#define PG_REASON_SIZE 200

struct pg_columns {
	unsigned n;
	enum pg_rule *rules; /* n of them */
	struct backend_value *values; /* n of them: the row being told */
};

/* The statement that runs. */
struct pg_statement {
	const struct statement_sink *sink;
	void *ctx;
	bool want_rows;
	bool cancel_asked; /* so a 57014 is ours */
	double cancel_delay; /* seconds before it is sent again */
	bool columns_told;
	bool unflushed; /* told rows since the last on_flush */
	struct pg_columns columns;
	PGresult *rows; /* being told; NULL: none at hand */
	int next_row;
	PGresult *error; /* the first */
	bool unclear; /* libpq cannot tell how it ended */
	char tag[64]; /* libpq's own limit */
	int64_t count; /* rows seen, or affected, or -1 */
	struct buf copy; /* COPY OUT: gathered, not told yet */
	bool extended; /* sent by the extended protocol */
	bool copied_in; /* and took COPY data */
	size_t copy_unsent; /* COPY IN: since the last flush */
	bool copy_wanted; /* COPY IN: on_copy_in is due */
	bool copy_ending; /* COPY IN: end it at the next step */
	bool copy_abort; /* … by giving up */
	char copy_reason[PG_REASON_SIZE];
};

struct pg_reset {
	char *query;
	unsigned next; /* the step to send next */
	bool in_flight;
};

struct pg_lookup;
struct pg_cancel;

struct engine {
	struct engine_conf conf;
	struct engine_env env;
	PQconninfoOption *options; /* what to connect with, complete */
};

struct backend {
	struct engine *engine;
	const struct backend_link *link;
	void *ctx;
	enum pg_phase phase;
	PGconn *conn;
	int fd; /* a copy of libpq's socket, or -1; see backend_pg_socket.c */
	struct ev_io io; /* of fd */
	struct ev_timer kick; /* pg_step() soon */
	struct ev_timer bound; /* to connect, settle or close at most, or
				  until a cancel is sent again */
	int connect_wants; /* CONNECTING: EV_READ or EV_WRITE */
	struct pg_lookup *lookup; /* under way or with its result */
	struct pg_cancel *cancel; /* of what runs, if it was cancelled */
	bool paused;
	bool flushing; /* libpq holds bytes that are not sent yet */
	bool worn; /* a row was so large that libpq's buffers stay large */
	bool eof; /* nothing more will be read */
	bool hung_up; /* CLOSING: only the server's end is waited for */
	int close_waits; /* CLOSING: how often it was waited for */
	struct err doom; /* why it is about to be lost; code 0: it is not */
	struct pg_statement st;
	struct pg_reset reset;
};

/* backend_pg_step.c: phases, watchers, what happens when */
void pg_init_watchers(struct backend *b);
bool pg_is_running(const struct backend *b);
void pg_move(struct backend *b, enum pg_phase to);
void pg_kick(struct backend *b);
void pg_bound(struct backend *b, double seconds);
void pg_watch(struct backend *b);
void pg_flush(struct backend *b);
void pg_lose(struct backend *b, const struct err *why);

/* backend_pg_socket.c: the copy of libpq's socket */
int pg_socket_follow(struct backend *b, struct err *e) must_check;
void pg_socket_watch(struct backend *b, int events);
size_t pg_socket_waiting(const struct backend *b);
void pg_socket_drop(struct backend *b);

/* backend_pg_conninfo.c */
int pg_conninfo_read(const struct engine_conf *conf, PQconninfoOption **out,
    struct err *e) must_check;
const char *pg_conninfo_get(const PQconninfoOption *options, const char *key);
size_t pg_list_count(const char *list);
void pg_conninfo_describe(const PQconninfoOption *options, struct buf *out);

/*
 * backend_pg_lookup.c: names to addresses, on an executor's thread. When it
 * is done the backend is kicked.
 */
bool pg_lookup_needed(const PQconninfoOption *options);
int pg_lookup_start(struct backend *b, struct err *e) must_check;
void pg_lookup_forget(struct backend *b);
/* Its error, or 0; NULL where there was nothing to look up. */
const struct err *pg_lookup_error(const struct pg_lookup *l);
/* What to pass instead of KEY's value, or NULL: nothing else. */
const char *pg_lookup_get(const struct pg_lookup *l, const char *key);

/* backend_pg_connect.c */
void pg_connect_begin(struct backend *b);
void pg_connect_poll(struct backend *b);
void pg_connect_timeout(struct backend *b);

/* backend_pg_run.c */
int pg_run_start(struct backend *b, const struct backend_request *request,
    const struct statement_sink *sink, void *ctx, struct err *e) must_check;
void pg_run_step(struct backend *b);
void pg_run_tell_flush(struct backend *b);
void pg_run_lost(struct backend *b, const struct err *why);
void pg_run_settle(struct backend *b);
void pg_run_release(struct pg_statement *st);

/* backend_pg_result.c: a result to the sink */
void pg_result_take(struct backend *b, PGresult *res);
void pg_result_tell_rows(struct backend *b);

/* backend_pg_type.c */
enum pg_rule pg_type_rule(Oid oid);
/* BUF is used where the type is not a builtin one. */
const char *pg_type_name(Oid oid, char buf[PG_TYPE_NAME_SIZE]);
enum value_kind pg_type_kind(enum pg_rule rule, const char *text, size_t len);

/* backend_pg_error.c */
void pg_error_fill(const PGresult *res, struct backend_error *error);
/* To be used where the server said nothing. */
void pg_error_own(const struct err *e, struct backend_error *error);
/* Does the server end the connection with it? */
bool pg_error_is_fatal(const PGresult *res);
void pg_error_to_err(const PGresult *res, struct err *e);
/* The first line of what libpq says of the connection. */
void pg_error_of_conn(const PGconn *conn, struct err *e);
/* What libpq says of a connection that was not made. */
void pg_error_of_connect(const PGconn *conn, struct err *e);
void pg_error_on_notice(void *backend, const PGresult *res);

/* backend_pg_copy.c */
void pg_copy_in_begin(struct backend *b);
void pg_copy_in_step(struct backend *b);
void pg_copy_out_step(struct backend *b);
int pg_copy_data(struct backend *b, const char *data, size_t len);
void pg_copy_end(struct backend *b, const char *abort_reason);

/* backend_pg_cancel.c: what was begun once can be sent again until forgotten */
void pg_cancel_start(struct backend *b);
bool pg_cancel_is_under_way(const struct backend *b);
void pg_cancel_forget(struct backend *b);

/* backend_pg_reset.c */
int pg_reset_start(
    struct backend *b, const char *query, struct err *e) must_check;
void pg_reset_step(struct backend *b);

/* backend_pg_close.c */
void pg_close_start(struct backend *b);
void pg_close_step(struct backend *b);
void pg_close_cancel_ended(struct backend *b);
void pg_close_wait_over(struct backend *b);

#endif
