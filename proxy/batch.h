/*
 * A batch as it was asked for: its settings and its statements, whichever
 * door it came through.
 *
 * Made by a door (request_batch.c), planned, then run by a fanout; all of it
 * is in its own arena and goes with batch_free(). Immutable once it runs.
 */
#ifndef PROXY_BATCH_H
#define PROXY_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "planner/plan.h"

enum batch_order { ORDER_COMPLETION, ORDER_STATEMENT };
enum batch_on_error { ON_ERROR_CONTINUE, ON_ERROR_STOP, ON_ERROR_CANCEL };
enum batch_until { UNTIL_ALL, UNTIL_FIRST };
enum batch_types { TYPES_TEXT, TYPES_JSON };

/* What a statement may say for itself. */
struct batch_stmt {
	bool want_rows;
	int64_t timeout_us; /* from its start; 0: none */
	int64_t priority;
	bool idempotent; /* may be run once more when its fate is unknown */
	const char *const *params;
	unsigned n_params;
	const char *copy_data; /* for COPY … FROM STDIN; NULL: comes later */
	size_t copy_len;
};

struct batch {
	struct arena arena;
	const char *id;
	const char *db;
	enum batch_order order;
	enum batch_on_error on_error;
	enum batch_until until;
	enum batch_types types;
	bool transaction, progress;
	unsigned max_concurrency; /* 0: as many as there are */
	int64_t timeout_us; /* for the whole; 0: none */
	struct plan_request ask;
	struct batch_stmt defaults;
	const struct batch_stmt *stmts; /* list form, else NULL */
	struct plan *plan;
};

struct batch *batch_new(void);
void batch_free(struct batch **b);

/* What statement I asks for. */
const struct batch_stmt *batch_stmt_at(const struct batch *b, unsigned i);

#endif
