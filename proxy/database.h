/*
 * One [database NAME] at work: its engine, its pool and what is counted.
 *
 * Owned by the server; fanouts point to it and are gone before it is. On the
 * loop's thread.
 */
#ifndef PROXY_DATABASE_H
#define PROXY_DATABASE_H

#include <stdint.h>

#include "base/err.h"
#include "base/macros.h"
#include "base/turn.h"
#include "conf/conf.h"
#include "planner/plan.h"
#include "pool/pool.h"

struct database_stats {
	uint64_t batches, statements, errors, rows;
	int64_t exec_us, wait_us; /* sums over the statements that ended */
};

struct database {
	const struct conf_database *conf; /* the server's current one */
	const struct engine_ops *ops;
	struct engine *engine;
	struct pool *pool;
	unsigned waiting; /* statements admitted and not yet started */
	struct database_stats stats;
};

/* The engine that CONF names, for checks before anything is opened. */
const struct engine_ops *database_ops(const struct conf_database *conf);
struct engine_conf database_engine_conf(const struct conf_database *conf);

int database_open(struct database *db, const struct conf_database *conf,
    struct turn *turn, struct executor *executor, struct err *e) must_check;

/* The pool must be empty: see pool_close(). */
void database_close(struct database *db);

/* Takes CONF's bounds and times; where it connects to stays as it was. */
void database_configure(struct database *db, const struct conf_database *conf);

enum sql_dialect database_dialect(const struct database *db);

/* Room for N more statements? Otherwise ERR_LIMIT, which names max_queue. */
int database_admit(
    const struct database *db, unsigned n, struct err *e) must_check;

#endif
