#include "base/executor.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * Jobs travel loop -> waiting -> a thread -> finished -> loop. One mutex
 * guards both lists and the counters; ev_async merges wake-ups, so the loop
 * drains `finished` whole each time.
 */
struct executor {
	struct ev_loop *loop;
	struct ev_async wake;
	pthread_mutex_t lock;
	pthread_cond_t work; /* a job waits, or stop */
	pthread_cond_t quiet; /* a thread ended */
	struct list waiting, finished;
	unsigned threads, idle, max_threads;
	bool stop;
	bool orphaned; /* the last thread frees the executor */
};

static void executor_destroy(struct executor *x)
{
	pthread_cond_destroy(&x->work);
	pthread_cond_destroy(&x->quiet);
	pthread_mutex_destroy(&x->lock);
	free(x);
}

/* With the lock held: the next job, or NULL to end the thread. */
static struct executor_job *next_job(struct executor *x)
{
	struct list *link;

	while (!x->stop && list_is_empty(&x->waiting)) {
		x->idle++;
		pthread_cond_wait(&x->work, &x->lock);
		x->idle--;
	}
	if (x->stop)
		return NULL;
	link = x->waiting.next;
	list_remove(link);
	return container_of(link, struct executor_job, link);
}

static void *thread_main(void *arg)
{
	struct executor *x = arg;
	struct executor_job *job;
	bool last;

	pthread_mutex_lock(&x->lock);
	while ((job = next_job(x))) {
		pthread_mutex_unlock(&x->lock);
		job->run(job);
		pthread_mutex_lock(&x->lock);
		list_append(&x->finished, &job->link);
		if (!x->stop)
			ev_async_send(x->loop, &x->wake);
	}
	x->threads--;
	last = x->orphaned && x->threads == 0;
	pthread_cond_signal(&x->quiet);
	pthread_mutex_unlock(&x->lock);
	if (last)
		executor_destroy(x);
	return NULL;
}

static void finish_all(struct executor *x)
{
	struct list *link;

	for (;;) {
		struct executor_job *job;

		pthread_mutex_lock(&x->lock);
		link = x->finished.next;
		if (link != &x->finished)
			list_remove(link);
		pthread_mutex_unlock(&x->lock);
		if (link == &x->finished)
			return;
		job = container_of(link, struct executor_job, link);
		job->finish(job);
	}
}

static void on_wake(struct ev_loop *loop, struct ev_async *w, int revents)
{
	(void)loop;
	(void)revents;
	finish_all(container_of(w, struct executor, wake));
}

int executor_new(struct ev_loop *loop, unsigned max_threads,
    struct executor **out, struct err *e)
{
	struct executor *x = calloc(1, sizeof *x);
	pthread_condattr_t attr;

	if (!x)
		return err_nomem(e);
	x->loop = loop;
	x->max_threads = max_threads;
	list_init(&x->waiting);
	list_init(&x->finished);
	pthread_mutex_init(&x->lock, NULL);
	pthread_cond_init(&x->work, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&x->quiet, &attr);
	pthread_condattr_destroy(&attr);
	ev_async_init(&x->wake, on_wake);
	ev_async_start(loop, &x->wake);
	*out = x;
	return 0;
}

void executor_free(struct executor **xp)
{
	struct executor *x = *xp;
	struct timespec until;
	bool last;

	if (!x)
		return;
	*xp = NULL;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 2;
	pthread_mutex_lock(&x->lock);
	x->stop = true;
	pthread_cond_broadcast(&x->work);
	while (x->threads > 0)
		if (pthread_cond_timedwait(&x->quiet, &x->lock, &until))
			break;
	ev_async_stop(x->loop, &x->wake);
	pthread_mutex_unlock(&x->lock);
	finish_all(x);
	/* Only now, since from here on the last thread may free it. */
	pthread_mutex_lock(&x->lock);
	last = x->threads == 0;
	x->orphaned = !last;
	pthread_mutex_unlock(&x->lock);
	if (last)
		executor_destroy(x);
}

/* With the lock held. Detached: executor_free() counts them out. */
static int start_thread(struct executor *x)
{
	pthread_attr_t attr;
	pthread_t tid;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&tid, &attr, thread_main, x);
	pthread_attr_destroy(&attr);
	if (rc == 0)
		x->threads++;
	return rc;
}

int executor_submit(struct executor *x, struct executor_job *job, struct err *e)
{
	int rc = 0;

	pthread_mutex_lock(&x->lock);
	list_append(&x->waiting, &job->link);
	if (x->idle < list_count(&x->waiting) && x->threads < x->max_threads)
		rc = start_thread(x);
	if (rc && x->threads == 0) {
		list_remove(&job->link);
		pthread_mutex_unlock(&x->lock);
		return err_set(e, ERR_IO, SQLSTATE_NOMEM,
		    "cannot start a thread: %s", strerror(rc));
	}
	pthread_cond_signal(&x->work);
	pthread_mutex_unlock(&x->lock);
	return 0;
}
