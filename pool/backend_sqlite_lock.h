/*
 * The write lock of one engine: its backends write one at a time, first come,
 * first served.
 *
 * SQLite itself lets one connection write and has the others sleep and try
 * again, which serves them in no order and some of them never. Here they
 * queue. Called on the backends' threads; only sqlite_lock_nudge() is called
 * by whoever wants a waiter to look at its stop flag.
 *
 * Invariants: 1. A claim that waits is on `waiters`, the holder's is not.
 * 2. Nobody waits while there is no holder: a release hands the lock over.
 */
#ifndef POOL_BACKEND_SQLITE_LOCK_H
#define POOL_BACKEND_SQLITE_LOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/list.h"
#include "base/macros.h"

/* One backend's place in the queue. */
struct sqlite_claim {
	struct list link;
	pthread_cond_t granted;
	bool held; /* of the backend's thread alone */
};

struct sqlite_lock {
	pthread_mutex_t mutex;
	struct list waiters;
	struct sqlite_claim *holder;
};

void sqlite_lock_init(struct sqlite_lock *l);
void sqlite_lock_release(struct sqlite_lock *l);
void sqlite_claim_init(struct sqlite_claim *c);
void sqlite_claim_release(struct sqlite_claim *c);

/*
 * Waits for the lock; false when STOP turned true instead. Taking what is
 * held already changes nothing.
 */
bool sqlite_lock_take(struct sqlite_lock *l, struct sqlite_claim *c,
    const atomic_bool *stop) must_check;

/* Gives it to who waits longest. Without effect when C does not hold it. */
void sqlite_lock_give(struct sqlite_lock *l, struct sqlite_claim *c);

/* To be called once the stop flag of C is set. */
void sqlite_lock_nudge(struct sqlite_lock *l, struct sqlite_claim *c);

#endif
