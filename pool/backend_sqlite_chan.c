#include "pool/backend_sqlite_chan.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "pool/backend_sqlite.h"

static void msg_init(struct chan_msg *m, enum chan_msg_kind kind)
{
	list_init(&m->link);
	m->kind = kind;
	arena_init(&m->arena);
	buf_init(&m->rows);
}

void chan_init(struct chan *c, struct ev_loop *loop,
    void (*on_news)(struct ev_loop *, struct ev_async *, int))
{
	pthread_condattr_t attr;

	c->loop = loop;
	ev_async_init(&c->news, on_news);
	ev_async_start(loop, &c->news);
	pthread_mutex_init(&c->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->wake, &attr);
	pthread_condattr_destroy(&attr);
	list_init(&c->msgs);
	atomic_init(&c->stop, false);
	msg_init(&c->end, CHAN_END);
	msg_init(&c->gone, CHAN_GONE);
}

void chan_release(struct chan *c)
{
	struct chan_msg *m;

	ev_async_stop(c->loop, &c->news);
	while ((m = chan_take(c)))
		chan_msg_free(c, &m);
	assert(c->bytes == 0); /* invariant 1 */
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
}

void chan_send(struct chan *c, enum chan_command command)
{
	pthread_mutex_lock(&c->lock);
	assert(c->command == CHAN_NONE && !c->closing);
	c->command = command;
	atomic_store(&c->stop, false);
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
}

/*
 * With the lock held. The flag is there because SQLite forgets an interrupt
 * that comes before a statement's first step.
 */
static void stop_now(struct chan *c)
{
	atomic_store(&c->stop, true);
	if (c->db)
		sqlite3_interrupt(c->db);
	pthread_cond_signal(&c->wake);
}

void chan_stop(struct chan *c)
{
	pthread_mutex_lock(&c->lock);
	stop_now(c);
	pthread_mutex_unlock(&c->lock);
}

void chan_close(struct chan *c)
{
	pthread_mutex_lock(&c->lock);
	c->closing = true;
	stop_now(c);
	pthread_mutex_unlock(&c->lock);
}

struct chan_msg *chan_take(struct chan *c)
{
	struct chan_msg *m = NULL;

	pthread_mutex_lock(&c->lock);
	if (!list_is_empty(&c->msgs)) {
		m = container_of(c->msgs.next, struct chan_msg, link);
		list_remove(&m->link);
	}
	pthread_mutex_unlock(&c->lock);
	return m;
}

void chan_again(struct chan *c)
{
	ev_async_send(c->loop, &c->news);
}

struct chan_msg *chan_msg_new(enum chan_msg_kind kind)
{
	struct chan_msg *m = calloc(1, sizeof *m);

	if (m)
		msg_init(m, kind);
	return m;
}

/* A chunk that was taken makes room for the next one. */
static void give_room(struct chan *c, size_t bytes)
{
	pthread_mutex_lock(&c->lock);
	assert(c->bytes >= bytes);
	c->bytes -= bytes;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
}

void chan_msg_free(struct chan *c, struct chan_msg **mp)
{
	struct chan_msg *m = *mp;

	*mp = NULL;
	if (!m || m == &c->end || m == &c->gone)
		return;
	if (m->posted)
		give_room(c, m->rows.len);
	arena_release(&m->arena);
	buf_release(&m->rows);
	free(m);
}

enum chan_command chan_next(struct chan *c)
{
	enum chan_command command;

	pthread_mutex_lock(&c->lock);
	while (c->command == CHAN_NONE && !c->closing)
		pthread_cond_wait(&c->wake, &c->lock);
	command = c->closing ? CHAN_CLOSE : c->command;
	c->command = CHAN_NONE;
	pthread_mutex_unlock(&c->lock);
	return command;
}

void chan_post(struct chan *c, struct chan_msg *m)
{
	m->posted = true;
	pthread_mutex_lock(&c->lock);
	c->bytes += m->rows.len;
	if (c->bytes > c->peak_bytes)
		c->peak_bytes = c->bytes;
	list_append(&c->msgs, &m->link);
	pthread_mutex_unlock(&c->lock);
	ev_async_send(c->loop, &c->news);
}

bool chan_has_room(struct chan *c)
{
	bool room;

	pthread_mutex_lock(&c->lock);
	room = c->bytes < CHAN_ROWS_BYTES;
	pthread_mutex_unlock(&c->lock);
	return room;
}

bool chan_wait_room(struct chan *c)
{
	bool room;

	pthread_mutex_lock(&c->lock);
	while (c->bytes >= CHAN_ROWS_BYTES && !atomic_load(&c->stop))
		pthread_cond_wait(&c->wake, &c->lock);
	room = c->bytes < CHAN_ROWS_BYTES;
	pthread_mutex_unlock(&c->lock);
	return room;
}

bool chan_sleep(struct chan *c, int64_t us)
{
	int64_t until_us = clock_now_us() + us;
	struct timespec until = {.tv_sec = (time_t)(until_us / US_PER_S),
	    .tv_nsec = (long)(until_us % US_PER_S * 1000)};
	int rc = 0;

	pthread_mutex_lock(&c->lock);
	while (!atomic_load(&c->stop) && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&c->wake, &c->lock, &until);
	pthread_mutex_unlock(&c->lock);
	return rc == ETIMEDOUT;
}

bool chan_is_stopped(const struct chan *c)
{
	return atomic_load(&c->stop);
}

void chan_set_db(struct chan *c, struct sqlite3 *db)
{
	pthread_mutex_lock(&c->lock);
	c->db = db;
	pthread_mutex_unlock(&c->lock);
}
