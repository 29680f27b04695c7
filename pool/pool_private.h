/*
 * What conn.c tells the pool, and the pool's insides for its own files.
 */
#ifndef POOL_POOL_PRIVATE_H
#define POOL_POOL_PRIVATE_H

#include "pool/pool.h"

struct pool {
	struct pool_conf conf;
	struct turn *turn;
	const struct engine_ops *ops;
	struct engine *engine;
	struct turn_task pump; /* put off whenever anything changed */
	struct ev_timer alarm; /* the next thing that is due by time */
	struct list conns, idle;
	int n_conns, n_opening;
	struct heap waiters;
	unsigned wanted;
	uint64_t next_seq;
	unsigned failures; /* to connect, in a row */
	int64_t retry_us; /* no attempt before; 0: at once */
	int64_t failed_wall_us;
	struct err last_error;
	unsigned seed; /* of the jitter */
	bool refuse; /* last_error cannot pass by itself: tell the waiters */
	bool paused; /* gives nothing away, opens nothing, keeps nothing */
	bool closing;
	void (*on_empty)(void *ctx);
	void *on_empty_ctx;
};

void pool_on_open(struct conn *c);
void pool_on_open_failed(struct conn *c, const struct err *error);
void pool_on_reset(struct conn *c);
void pool_on_unused_lost(struct conn *c, const struct err *error);
void pool_on_closed(struct conn *c);

/* Connections that are or will again be of use to a waiter. */
int pool_count_serving(const struct pool *pool);

/* pool_age.c: what is due by time. */
void pool_expire(struct pool *pool, int64_t now);
void pool_set_alarm(struct pool *pool, int64_t now);
void pool_note_failure(struct pool *pool, const struct err *error);

/* Closes C, which is on no user's hands any more. */
void pool_close_conn(struct conn *c);

#endif
