/*
 * Runs blocking calls off the loop: a bounded set of threads that take jobs
 * and hand each back to the loop that submitted it.
 *
 * The loop's thread calls every function here. A job belongs to the caller;
 * from executor_submit() until its `finish` it must not be touched or freed.
 * `run` is called on one of the threads, `finish` on the loop, once for each
 * submitted job, in order of completion.
 *
 * A job that hangs holds its thread, so jobs must be bounded, or few; when
 * the executor is freed, threads that still hang are left behind with what
 * they use, and their `finish` is never called.
 */
#ifndef BASE_EXECUTOR_H
#define BASE_EXECUTOR_H

#include <ev.h>

#include "base/err.h"
#include "base/list.h"
#include "base/macros.h"

struct executor;

struct executor_job {
	void (*run)(struct executor_job *job);
	void (*finish)(struct executor_job *job);
	struct list link; /* the executor's */
};

int executor_new(struct ev_loop *loop, unsigned max_threads,
    struct executor **out, struct err *e) must_check;

/*
 * Waits up to two seconds for the jobs that run, and finishes them; drops
 * those that wait.
 */
void executor_free(struct executor **x);

/* Fails only when not even one thread can be started. */
int executor_submit(
    struct executor *x, struct executor_job *job, struct err *e) must_check;

#endif
