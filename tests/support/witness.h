/*
 * A connection of any engine, with one who calls it as the contract allows,
 * sees that it keeps the contract (pool/backend.h) at every callback, and
 * remembers what it told.
 *
 * A stage holds what the witnesses of a test share: loop, executor, engine.
 * Each wait is bounded: what would hang fails.
 */
#ifndef TESTS_SUPPORT_WITNESS_H
#define TESTS_SUPPORT_WITNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pool/backend.h"

struct stage {
	struct ev_loop *loop;
	struct executor *executor;
	const struct engine_ops *ops;
	struct engine *engine;
};

void stage_init(struct stage *s, const struct engine_ops *ops,
    const struct engine_conf *conf);
void stage_release(struct stage *s);

enum witness_event {
	SAW_OPEN,
	SAW_READY,
	SAW_LOST,
	SAW_COLUMNS,
	SAW_ROW,
	SAW_FLUSH,
	SAW_COPY_IN,
	SAW_COPY_OUT,
	SAW_NOTICE,
	SAW_DONE,
};

#define WITNESS_COLUMNS 32

struct witness {
	struct stage *stage;
	struct backend *b;

	/* Of the connection. */
	unsigned connected, started, resets; /* calls that worked */
	unsigned opened, failed, done, ready, lost, closed; /* callbacks */
	struct err error; /* of on_open or on_lost */

	/* Of the last statement. */
	bool paused;
	unsigned n_columns_told, n_columns;
	char columns[1024]; /* "name:type:oid …" */
	char row[2048]; /* the last one: "value|value", NULL as NULL */
	char kinds[WITNESS_COLUMNS + 1]; /* of it: N T # B J */
	size_t rows, flushes, unflushed, copy_ins, notices;
	size_t copied; /* bytes of COPY OUT */
	char notice[256];
	enum backend_verdict verdict;
	char tag[64];
	int64_t count;
	bool error_from_server;
	char severity[16], sqlstate[6], message[512], detail[256], hint[256];
	char constraint[64], table[64], where[256];
	size_t position;

	/* Called at the end of each callback; may call the backend. */
	void (*act)(struct witness *w, enum witness_event event);
	void *act_ctx;

	/* The witness's own. */
	bool in_call, closing, in_statement;
};

/* Only begins. */
void witness_connect(struct witness *w, struct stage *s);
/* Until it is open, which it must become. */
void witness_open(struct witness *w, struct stage *s);

/* Only begins; must work. */
void witness_start(struct witness *w, const char *sql);
void witness_start_request(
    struct witness *w, const struct backend_request *request);
/* Until on_ready, or on_lost, after it. */
void witness_finish(struct witness *w);
/* Both. */
void witness_run(struct witness *w, const char *sql);
/* Both, with the verdict OK. */
void witness_run_ok(struct witness *w, const char *sql);

/* The contract's calls. */
void witness_cancel(struct witness *w);
void witness_pause(struct witness *w, bool paused);
int witness_copy_data(struct witness *w, const char *data, size_t len);
void witness_copy_end(struct witness *w, const char *abort_reason);
void witness_reset(struct witness *w, const char *query);
enum backend_tx witness_tx(const struct witness *w);

/* Only begins. */
void witness_close(struct witness *w);
/* Closes it if need be, and waits for on_closed. */
void witness_gone(struct witness *w);

/* One turn of the loop; fails the test after too long a silence. */
void stage_turn(struct stage *s);
/* Turns for so long, whatever happens. */
void stage_linger(struct stage *s, double seconds);

#define STAGE_UNTIL(s, condition)      \
	do {                           \
		while (!(condition))   \
			stage_turn(s); \
	} while (0)

#endif
