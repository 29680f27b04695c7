/*
 * Is a transaction block open? Follows the statements of one connection, by
 * their text alone.
 *
 *            BEGIN; SQLite: SAVEPOINT
 *     closed ────────────────────────► open ──┐ anything else,
 *        ▲                              │ ▲   │ COMMIT AND CHAIN
 *        └──────────────────────────────┘ └───┘
 *          COMMIT, ROLLBACK; SQLite: RELEASE of the savepoint that opened it
 *
 * Fed by plan_units.c; embedded, owns nothing, points into the statements'
 * texts. Any thread.
 */
#ifndef PLANNER_TX_BLOCK_H
#define PLANNER_TX_BLOCK_H

#include "planner/plan.h"

/* Deeper ones are not told apart: the block then stays open until COMMIT. */
#define TX_BLOCK_MAX_SAVEPOINTS 32

struct tx_name {
	const char *at;
	size_t len;
};

struct tx_block {
	enum sql_dialect dialect;
	bool open;
	bool by_savepoint; /* so it ends with that savepoint */
	unsigned n_savepoints;
	struct tx_name savepoints[TX_BLOCK_MAX_SAVEPOINTS];
};

void tx_block_init(struct tx_block *b, enum sql_dialect dialect);
void tx_block_step(struct tx_block *b, const struct plan_stmt *s);

#endif
