/*
 * A backend of the SQLite engine under test: runs the loop until something is
 * over and keeps what was told, as text.
 *
 * Each probe is one backend; the probes of a test share a loop, an engine and
 * a folder of their own (struct probe_home). Waiting is bounded: a test that
 * would hang fails.
 */
#ifndef TESTS_SUPPORT_SQLITE_PROBE_H
#define TESTS_SUPPORT_SQLITE_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "pool/backend_sqlite.h"

struct probe_home {
	struct ev_loop *loop;
	struct engine *engine;
	struct engine_conf conf;
	char folder[64];
	char path[96];
};

/* What a callback is to do, once. */
enum probe_act { PROBE_NOTHING, PROBE_PAUSE, PROBE_CANCEL, PROBE_CLOSE };

struct probe {
	struct probe_home *home;
	struct backend *backend;
	/* Of the connection. */
	bool open, lost, closed;
	struct err error; /* of on_open or on_lost; code 0: none */
	unsigned ready;
	/* Of the last statement. */
	bool done, started_in_ready;
	struct buf columns; /* "name:type name:type" */
	struct buf rows; /* values split by "|", rows by "\n" */
	struct buf kinds; /* a letter a value: N T n B J, as enum value_kind */
	size_t n_columns, n_rows, n_flush;
	size_t row_bytes;
	bool keep_rows; /* as text, not only their number */
	enum backend_verdict verdict;
	char tag[64], sqlstate[6], message[512], detail[128], hint[128];
	bool from_server;
	size_t position;
	int64_t count;
	/* What to do in a callback. */
	enum probe_act in_columns, in_row, in_flush, in_done, in_ready, in_open;
};

/* A folder under /tmp and an engine for its file "test.db". */
void probe_home_init(struct probe_home *h, bool read_only);
/* The same for a file of this name in an existing folder. */
void probe_home_engine(struct probe_home *h, const char *name, bool read_only);
void probe_home_shut(struct probe_home *h); /* the engine alone */
void probe_home_release(struct probe_home *h);

void probe_connect(struct probe *p, struct probe_home *h); /* only begins */
void probe_open(struct probe *p, struct probe_home *h); /* must work */
void probe_close(struct probe *p); /* and waits for on_closed */
void probe_release(struct probe *p);

/* Begins a statement and returns. */
void probe_start(struct probe *p, const char *sql);
void probe_start_full(struct probe *p, const char *sql,
    const char *const *params, unsigned n_params, bool want_rows);
/* Runs the loop until *FLAG. */
void probe_until(struct probe_home *h, const bool *flag);
/* Runs the loop for a moment: what was to come has come. */
void probe_linger(struct probe_home *h, double seconds);
/* Until its on_done and then on_ready or on_lost have come. */
void probe_finish(struct probe *p);
/* All of it; the verdict is to be OK. */
void probe_run(struct probe *p, const char *sql);
/* All of it; to be refused with that SQLSTATE. */
void probe_fail(struct probe *p, const char *sql, const char *sqlstate);
/* All of it; the rows as text are to be these. */
void probe_expect(struct probe *p, const char *sql, const char *rows);
void probe_reset(struct probe *p);

/* Waits until N backends of the engine queue for the write lock. */
void probe_until_waiting(struct probe_home *h, size_t n);

#endif
