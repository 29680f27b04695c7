#include "pool/backend_sqlite_lock.h"

#include <assert.h>

void sqlite_lock_init(struct sqlite_lock *l)
{
	pthread_mutex_init(&l->mutex, NULL);
	list_init(&l->waiters);
	l->holder = NULL;
}

void sqlite_lock_release(struct sqlite_lock *l)
{
	assert(!l->holder && list_is_empty(&l->waiters));
	pthread_mutex_destroy(&l->mutex);
}

void sqlite_claim_init(struct sqlite_claim *c)
{
	list_init(&c->link);
	pthread_cond_init(&c->granted, NULL);
	c->held = false;
}

void sqlite_claim_release(struct sqlite_claim *c)
{
	assert(!c->held && list_is_empty(&c->link));
	pthread_cond_destroy(&c->granted);
}

bool sqlite_lock_take(
    struct sqlite_lock *l, struct sqlite_claim *c, const atomic_bool *stop)
{
	if (c->held)
		return true;
	pthread_mutex_lock(&l->mutex);
	if (!l->holder)
		l->holder = c;
	else
		list_append(&l->waiters, &c->link);
	while (l->holder != c && !atomic_load(stop))
		pthread_cond_wait(&c->granted, &l->mutex);
	c->held = l->holder == c;
	list_remove(&c->link);
	pthread_mutex_unlock(&l->mutex);
	return c->held;
}

void sqlite_lock_give(struct sqlite_lock *l, struct sqlite_claim *c)
{
	struct list *first;

	if (!c->held)
		return;
	c->held = false;
	pthread_mutex_lock(&l->mutex);
	assert(l->holder == c);
	first = l->waiters.next;
	l->holder = NULL;
	if (first != &l->waiters) {
		list_remove(first);
		l->holder = container_of(first, struct sqlite_claim, link);
		pthread_cond_signal(&l->holder->granted);
	}
	pthread_mutex_unlock(&l->mutex);
}

void sqlite_lock_nudge(struct sqlite_lock *l, struct sqlite_claim *c)
{
	pthread_mutex_lock(&l->mutex);
	pthread_cond_signal(&c->granted);
	pthread_mutex_unlock(&l->mutex);
}
