#include "pool/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "pool/pool_private.h"

/*
 * Every change ends in pool_changed(), which puts off one pump() to the end
 * of the turn; the pump alone gives connections away and opens new ones, so
 * the rules of who gets what stand in one place.
 */
static void pool_changed(struct pool *pool)
{
	turn_defer(pool->turn, &pool->pump);
}

static bool waits_less(const struct heap_node *a, const struct heap_node *b)
{
	const struct pool_waiter *x =
	    container_of_const(a, struct pool_waiter, node);
	const struct pool_waiter *y =
	    container_of_const(b, struct pool_waiter, node);

	if (x->priority != y->priority)
		return x->priority > y->priority;
	return x->seq < y->seq;
}

static struct pool_waiter *first_waiter(const struct pool *pool)
{
	struct heap_node *node = heap_first(&pool->waiters);

	return node ? container_of(node, struct pool_waiter, node) : NULL;
}

static void leave_queue(struct pool *pool, struct pool_waiter *w)
{
	heap_remove(&pool->waiters, &w->node);
	pool->wanted -= w->wants;
	w->wants = 0;
}

static int enter_queue(struct pool *pool, struct pool_waiter *w, unsigned n)
{
	w->seq = pool->next_seq++;
	w->since_us = clock_now_us();
	if (heap_insert(&pool->waiters, &w->node))
		return ERR_NOMEM;
	w->wants = n;
	pool->wanted += n;
	return 0;
}

static struct conn *take_idle(struct pool *pool)
{
	struct conn *c = container_of(pool->idle.next, struct conn, idle);

	list_remove(&c->idle);
	conn_move(c, CONN_BORROWED);
	return c;
}

/* One turn for the first in the queue; it goes to the end if it wants more. */
static void grant_one(struct pool *pool)
{
	struct pool_waiter *w = first_waiter(pool);
	unsigned rest = w->wants - 1;

	leave_queue(pool, w);
	/* Cannot fail: the place it just left is free. */
	if (rest && enter_queue(pool, w, rest))
		abort();
	w->on_conn(w, take_idle(pool));
}

static void refuse_all(struct pool *pool)
{
	struct err error = pool->last_error;
	struct pool_waiter *w;

	pool->refuse = false;
	while ((w = first_waiter(pool))) {
		leave_queue(pool, w);
		w->on_refused(w, &error);
	}
}

static int free_number(const struct pool *pool)
{
	int number = 1;
	struct list *link;

	/* conns is in order of number. */
	list_for_each (link, &pool->conns) {
		if (container_of(link, struct conn, link)->number != number)
			break;
		number++;
	}
	return number;
}

/* Keeps conns in order of number. */
static void insert_conn(struct pool *pool, struct conn *c)
{
	struct list *link;

	list_for_each (link, &pool->conns) {
		if (container_of(link, struct conn, link)->number > c->number)
			break;
	}
	list_insert_before(link, &c->link);
	pool->n_conns++;
}

static void remove_conn(struct conn *c)
{
	list_remove(&c->link);
	c->pool->n_conns--;
	free(c);
}

static int open_conn(struct pool *pool, struct err *e)
{
	struct conn *c = calloc(1, sizeof *c);
	int rc;

	if (!c)
		return err_nomem(e);
	c->pool = pool;
	c->ops = pool->ops;
	c->state = CONN_OPENING;
	c->opened_us = c->state_us = clock_now_us();
	c->connected_wall_us = clock_wall_us();
	c->number = free_number(pool);
	list_init(&c->idle);
	insert_conn(pool, c);
	rc = pool->ops->connect(pool->engine, &conn_link, c, &c->backend, e);
	if (rc) {
		remove_conn(c);
		return rc;
	}
	pool->n_opening++;
	return 0;
}

/* How many more connections should be on their way. */
static int shortage(const struct pool *pool, int64_t now)
{
	int room = pool->conf.pool_size - pool->n_conns;
	int floor = pool->conf.min_pool_size - pool->n_conns;
	int need = (int)(pool->wanted < (unsigned)pool->conf.pool_size
	                     ? pool->wanted
	                     : (unsigned)pool->conf.pool_size);

	if (pool->closing || pool->paused || now < pool->retry_us)
		return 0;
	need -= pool->n_opening;
	if (need < floor)
		need = floor;
	if (need > room)
		need = room;
	if (pool->failures)
		return need > 0 && pool->n_opening == 0 ? 1 : 0;
	return need;
}

static void open_what_is_short(struct pool *pool, int64_t now)
{
	struct err e;

	while (shortage(pool, now) > 0)
		if (open_conn(pool, &e))
			pool_note_failure(pool, &e);
}

static void pump(struct turn_task *task)
{
	struct pool *pool = container_of(task, struct pool, pump);
	int64_t now = clock_now_us();

	pool_expire(pool, now);
	while (
	    !pool->paused && !list_is_empty(&pool->idle) && first_waiter(pool))
		grant_one(pool);
	open_what_is_short(pool, now);
	if (pool->refuse && pool_count_serving(pool) == 0)
		refuse_all(pool);
	pool_set_alarm(pool, now);
	if (pool->closing && pool->n_conns == 0 && pool->on_empty) {
		void (*on_empty)(void *) = pool->on_empty;

		pool->on_empty = NULL;
		on_empty(pool->on_empty_ctx);
	}
}

static void on_alarm(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	pool_changed(container_of(w, struct pool, alarm));
}

int pool_new(struct turn *turn, const struct engine_ops *ops,
    struct engine *engine, const struct pool_conf *conf, struct pool **out,
    struct err *e)
{
	struct pool *pool = calloc(1, sizeof *pool);

	if (!pool)
		return err_nomem(e);
	pool->conf = *conf;
	pool->turn = turn;
	pool->ops = ops;
	pool->engine = engine;
	list_init(&pool->conns);
	list_init(&pool->idle);
	heap_init(&pool->waiters, waits_less);
	turn_task_init(&pool->pump, pump);
	ev_init(&pool->alarm, on_alarm);
	pool->seed = (unsigned)clock_now_us();
	pool_changed(pool); /* min_pool_size */
	*out = pool;
	return 0;
}

void pool_free(struct pool **pp)
{
	struct pool *pool = *pp;

	if (!pool)
		return;
	assert(pool->n_conns == 0);
	ev_timer_stop(pool->turn->loop, &pool->alarm);
	turn_drop(&pool->pump);
	heap_release(&pool->waiters);
	free(pool);
	*pp = NULL;
}

void pool_configure(struct pool *pool, const struct pool_conf *conf)
{
	pool->conf = *conf;
	pool_changed(pool);
}

void pool_close(struct pool *pool, void (*on_empty)(void *ctx), void *ctx)
{
	pool->closing = true;
	pool->on_empty = on_empty;
	pool->on_empty_ctx = ctx;
	pool_changed(pool);
}

void pool_pause(struct pool *pool, bool paused)
{
	pool->paused = paused;
	pool_changed(pool);
}

void pool_reconnect(struct pool *pool)
{
	struct list *link;

	list_for_each (link, &pool->conns)
		container_of(link, struct conn, link)->retiring = true;
	pool->retry_us = 0; /* whoever asks for it wants it tried now */
	pool_changed(pool);
}

void pool_waiter_init(struct pool_waiter *w,
    void (*on_conn)(struct pool_waiter *w, struct conn *c),
    void (*on_refused)(struct pool_waiter *w, const struct err *error))
{
	memset(w, 0, sizeof *w);
	w->on_conn = on_conn;
	w->on_refused = on_refused;
}

int pool_want(
    struct pool *pool, struct pool_waiter *w, unsigned n, int64_t priority)
{
	assert(n > 0);
	if (priority != w->priority)
		pool_leave(pool, w);
	w->priority = priority;
	pool_changed(pool);
	if (!w->wants)
		return enter_queue(pool, w, n);
	pool->wanted += n - w->wants;
	w->wants = n;
	return 0;
}

void pool_leave(struct pool *pool, struct pool_waiter *w)
{
	if (w->wants)
		leave_queue(pool, w);
}

void pool_attach(struct conn *c, const struct conn_user *user, void *ctx)
{
	assert(c->state == CONN_BORROWED);
	c->user = user;
	c->user_ctx = ctx;
}

void pool_close_conn(struct conn *c)
{
	if (c->state == CONN_OPENING)
		c->pool->n_opening--;
	list_remove(&c->idle);
	c->user = NULL;
	conn_move(c, CONN_CLOSING);
	c->ops->close(c->backend);
	c->backend = NULL;
	pool_changed(c->pool);
}

static void turn_idle(struct conn *c)
{
	c->user = NULL;
	conn_move(c, CONN_IDLE);
	list_prepend(&c->pool->idle, &c->idle);
	pool_changed(c->pool);
}

void pool_return(struct conn *c, bool touched)
{
	struct err e;

	assert(c->state == CONN_BORROWED);
	if (c->ops->is_worn && c->ops->is_worn(c->backend)) {
		pool_close_conn(c);
		return;
	}
	if (!touched && conn_tx(c) == BACKEND_TX_NONE) {
		turn_idle(c);
		return;
	}
	c->user = NULL;
	if (c->ops->reset(c->backend, c->pool->conf.reset_query, &e)) {
		pool_close_conn(c);
		return;
	}
	conn_move(c, CONN_RESETTING);
	pool_changed(c->pool); /* its deadline */
}

void pool_discard(struct conn *c)
{
	pool_close_conn(c);
}

void pool_on_open(struct conn *c)
{
	struct pool *pool = c->pool;

	if (pool->failures)
		log_info("database %s: connected again", pool->conf.name);
	pool->n_opening--;
	pool->failures = 0;
	pool->retry_us = 0;
	pool->refuse = false;
	pool->failed_wall_us = 0;
	c->opened_us = clock_now_us();
	turn_idle(c);
}

void pool_on_open_failed(struct conn *c, const struct err *error)
{
	pool_note_failure(c->pool, error);
	pool_close_conn(c);
}

void pool_on_reset(struct conn *c)
{
	turn_idle(c);
}

void pool_on_unused_lost(struct conn *c, const struct err *error)
{
	log_info("database %s: connection %d was lost while %s: %s",
	    c->pool->conf.name, c->number, conn_state_name(c->state),
	    error->message);
	pool_close_conn(c);
}

void pool_on_closed(struct conn *c)
{
	struct pool *pool = c->pool;

	assert(c->state == CONN_CLOSING);
	remove_conn(c);
	pool_changed(pool);
}

int pool_available(const struct pool *pool)
{
	int in_use = 0;
	struct list *link;

	list_for_each (link, &pool->conns) {
		const struct conn *c = container_of(link, struct conn, link);

		in_use += c->state == CONN_BORROWED || c->state == CONN_RUNNING;
	}
	return pool->conf.pool_size - in_use;
}

void pool_each_conn(const struct pool *pool,
    void (*each)(void *ctx, const struct conn *c), void *ctx)
{
	struct list *link;

	list_for_each (link, &pool->conns) {
		each(ctx, container_of(link, struct conn, link));
	}
}

static void count_conn(void *ctx, const struct conn *c)
{
	struct pool_stats *s = ctx;

	s->active += c->state == CONN_BORROWED || c->state == CONN_RUNNING ||
	             c->state == CONN_LOST;
	s->idle += c->state == CONN_IDLE;
	s->login += c->state == CONN_OPENING;
	s->tested += c->state == CONN_RESETTING;
	s->closing += c->state == CONN_CLOSING;
	s->cancelling += c->state == CONN_RUNNING && c->cancelling;
}

void pool_read_stats(const struct pool *pool, struct pool_stats *out)
{
	int64_t now = clock_now_us();

	memset(out, 0, sizeof *out);
	out->n_conns = pool->n_conns;
	pool_each_conn(pool, count_conn, out);
	out->waiters = (unsigned)pool->waiters.n;
	out->wanted = pool->wanted;
	for (size_t i = 0; i < pool->waiters.n; i++) {
		const struct pool_waiter *w = container_of(
		    pool->waiters.nodes[i], struct pool_waiter, node);

		if (now - w->since_us > out->longest_wait_us)
			out->longest_wait_us = now - w->since_us;
	}
	out->failed_wall_us = pool->failed_wall_us;
	out->last_error = &pool->last_error;
	out->failing = pool->failures > 0;
	out->paused = pool->paused;
}
