/*
 * What becomes due in a pool by time alone: idle and old connections, resets
 * that hang, and the next attempt to connect after a failure.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "pool/pool_private.h"

#define RESET_LIMIT_US (10 * US_PER_S)
#define LONGEST_RETRY_US (30 * US_PER_S)

/* Connections that count against the bounds: not those on their way out. */
static int count_staying(const struct pool *pool)
{
	int n = 0;
	struct list *link;

	list_for_each (link, &pool->conns) {
		n += container_of(link, struct conn, link)->state !=
		     CONN_CLOSING;
	}
	return n;
}

int pool_count_serving(const struct pool *pool)
{
	return count_staying(pool) - pool->n_opening;
}

/* When C has to go, where STAYING connections are left; INT64_MAX: never. */
static int64_t due_us(
    const struct pool *pool, const struct conn *c, int staying)
{
	const struct pool_conf *conf = &pool->conf;
	int64_t due = INT64_MAX;

	if (c->state == CONN_RESETTING)
		return c->state_us + RESET_LIMIT_US;
	if (c->state == CONN_OPENING && (pool->closing || pool->paused))
		return 0;
	if (c->state != CONN_IDLE)
		return INT64_MAX;
	if (pool->closing || pool->paused || c->retiring ||
	    staying > conf->pool_size)
		return 0;
	if (conf->lifetime_us)
		due = c->opened_us + conf->lifetime_us;
	if (conf->idle_timeout_us && staying > conf->min_pool_size &&
	    c->state_us + conf->idle_timeout_us < due)
		due = c->state_us + conf->idle_timeout_us;
	return due;
}

void pool_expire(struct pool *pool, int64_t now)
{
	int staying = count_staying(pool);
	struct list *link, *next;

	list_for_each_safe (link, next, &pool->conns) {
		struct conn *c = container_of(link, struct conn, link);

		if (due_us(pool, c, staying) > now)
			continue;
		if (c->state == CONN_RESETTING)
			log_warning("database %s: connection %d: its reset "
			            "does not end, closing it",
			    pool->conf.name, c->number);
		pool_close_conn(c);
		staying--;
	}
}

void pool_set_alarm(struct pool *pool, int64_t now)
{
	int staying = count_staying(pool);
	int64_t due = pool->retry_us > now ? pool->retry_us : INT64_MAX;
	struct list *link;

	list_for_each (link, &pool->conns) {
		int64_t at = due_us(
		    pool, container_of(link, struct conn, link), staying);

		if (at < due)
			due = at;
	}
	if (due == INT64_MAX)
		ev_timer_stop(pool->turn->loop, &pool->alarm);
	else
		timer_start(pool->turn->loop, &pool->alarm, due - now);
}

/* Doubles up to the bound, then half of it at random: no two in step. */
static int64_t retry_pause(struct pool *pool)
{
	int64_t pause = pool->conf.login_retry_us;

	for (unsigned i = 1; i < pool->failures && pause < LONGEST_RETRY_US;
	     i++)
		pause *= 2;
	if (pause > LONGEST_RETRY_US)
		pause = LONGEST_RETRY_US;
	return pause / 2 +
	       (int64_t)((double)(pause / 2) * rand_r(&pool->seed) / RAND_MAX);
}

void pool_note_failure(struct pool *pool, const struct err *error)
{
	int64_t now = clock_now_us();
	bool news = pool->failures == 0;

	pool->last_error = *error;
	pool->failed_wall_us = clock_wall_us();
	/* Several attempts that fail together are one failure. */
	if (now >= pool->retry_us) {
		pool->failures++;
		pool->retry_us = now + retry_pause(pool);
	}
	pool->refuse = error->code != ERR_IO && error->code != ERR_TIMEOUT &&
	               error->code != ERR_NOMEM;
	if (news)
		log_warning("database %s: cannot connect: %s", pool->conf.name,
		    error->message);
	turn_defer(pool->turn, &pool->pump);
}
