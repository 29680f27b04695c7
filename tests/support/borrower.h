/*
 * Somebody who borrows connections of a scene's pool, and remembers what he
 * was told.
 */
#ifndef TESTS_SUPPORT_BORROWER_H
#define TESTS_SUPPORT_BORROWER_H

#include "tests/support/scene.h"

#define BORROWER_MAX 8

struct borrower {
	struct scene *scene;
	char name; /* goes into `order` when a connection is given to him */
	char *order; /* room for what the test expects, or NULL */
	struct pool_waiter waiter;
	struct conn *conns[BORROWER_MAX]; /* in his hands */
	unsigned n; /* of them */
	unsigned grants, refusals, done, ready, lost;
	enum backend_verdict verdict; /* of the last statement */
	int64_t count;
	struct err error; /* of the last refusal or loss */
	bool calling; /* the pool must not call back now */
	/* Called at the end of on_conn; may give the connection back. */
	void (*act)(struct borrower *b);
};

void borrower_init(struct borrower *b, struct scene *s, char name);
/* Leaves the queue, and gives up what he still has. */
void borrower_release(struct borrower *b);

void borrower_want(struct borrower *b, unsigned n, int64_t priority);

/* Until he has N connections in his hands. */
void borrower_until(struct borrower *b, unsigned n);

/* Wants N and waits for all of them. */
void borrower_get(struct borrower *b, unsigned n);

/* Starts a statement on his first connection. */
void borrower_start(struct borrower *b, const char *sql);
/* Until it is done and the connection ready. */
void borrower_run(struct borrower *b, const char *sql);

/* Gives his last connection back. */
void borrower_return(struct borrower *b, bool touched);
void borrower_discard(struct borrower *b);

#endif
