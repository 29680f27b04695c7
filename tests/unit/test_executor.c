/* Blocking jobs on threads, and their way back to the loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#include "base/executor.h"

#define MANY 50

struct fixture {
	struct ev_loop *loop;
	struct executor *x;
	pthread_t loop_thread;
	pthread_mutex_t lock;
	int running, peak; /* under lock */
	int finished;
	char order[MANY + 1];
	sem_t started, gate;
};

struct job {
	struct executor_job job;
	struct fixture *f;
	char name;
	bool waits; /* at the gate */
	bool ran;
	struct job *next; /* submitted when this one is finished */
};

static int set_up(void **state)
{
	static struct fixture f;
	struct err e;

	memset(&f, 0, sizeof f);
	f.loop = ev_loop_new(0);
	assert_non_null(f.loop);
	f.loop_thread = pthread_self();
	pthread_mutex_init(&f.lock, NULL);
	sem_init(&f.started, 0, 0);
	sem_init(&f.gate, 0, 0);
	assert_int_equal(executor_new(f.loop, 3, &f.x, &e), 0);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	executor_free(&f->x);
	assert_null(f->x);
	executor_free(&f->x); /* of none */
	sem_destroy(&f->started);
	sem_destroy(&f->gate);
	pthread_mutex_destroy(&f->lock);
	ev_loop_destroy(f->loop);
	return 0;
}

static int count_running(struct fixture *f, int change)
{
	int running;

	pthread_mutex_lock(&f->lock);
	running = f->running += change;
	if (running > f->peak)
		f->peak = running;
	pthread_mutex_unlock(&f->lock);
	return running;
}

static void run(struct executor_job *job)
{
	struct job *j = container_of(job, struct job, job);

	count_running(j->f, 1);
	sem_post(&j->f->started);
	if (j->waits)
		sem_wait(&j->f->gate);
	j->ran = !pthread_equal(pthread_self(), j->f->loop_thread);
	count_running(j->f, -1);
}

static void submit(struct job *j)
{
	struct err e;

	assert_int_equal(executor_submit(j->f->x, &j->job, &e), 0);
}

static void finish(struct executor_job *job)
{
	struct job *j = container_of(job, struct job, job);
	struct fixture *f = j->f;

	assert_true(pthread_equal(pthread_self(), f->loop_thread));
	assert_true(j->ran);
	f->order[f->finished++] = j->name;
	if (j->next)
		submit(j->next);
}

static void job_init(struct job *j, struct fixture *f, char name)
{
	memset(j, 0, sizeof *j);
	j->job.run = run;
	j->job.finish = finish;
	list_init(&j->job.link);
	j->f = f;
	j->name = name;
}

/* Bounded by the timeout of the test run: ev_run() sleeps meanwhile. */
static void until_finished(struct fixture *f, int n)
{
	while (f->finished < n)
		ev_run(f->loop, EVRUN_ONCE);
}

static void run_is_on_a_thread_and_finish_on_the_loop(void **state)
{
	struct fixture *f = *state;
	struct job j;

	job_init(&j, f, 'a');
	submit(&j);
	until_finished(f, 1);
	assert_string_equal(f->order, "a");
}

static void each_of_many_is_finished_once(void **state)
{
	struct fixture *f = *state;
	struct job jobs[MANY];

	for (int i = 0; i < MANY; i++) {
		job_init(&jobs[i], f, 'x');
		submit(&jobs[i]);
	}
	until_finished(f, MANY);
	ev_run(f->loop, EVRUN_NOWAIT);
	assert_int_equal(f->finished, MANY);
	assert_in_range(f->peak, 1, 3);
}

static void no_more_run_at_once_than_there_may_be_threads(void **state)
{
	struct fixture *f = *state;
	struct job jobs[5];
	int waiting;

	for (int i = 0; i < 5; i++) {
		job_init(&jobs[i], f, 'x');
		jobs[i].waits = true;
		submit(&jobs[i]);
	}
	for (int i = 0; i < 3; i++)
		sem_wait(&f->started); /* all three at the gate together */
	sem_getvalue(&f->started, &waiting);
	assert_int_equal(waiting, 0);
	for (int i = 0; i < 5; i++)
		sem_post(&f->gate);
	until_finished(f, 5);
	assert_int_equal(f->peak, 3);
}

static void they_are_finished_in_the_order_of_completion(void **state)
{
	struct fixture *f = *state;
	struct job slow, fast;

	job_init(&slow, f, 's');
	slow.waits = true;
	job_init(&fast, f, 'f');
	submit(&slow);
	submit(&fast);
	until_finished(f, 1);
	sem_post(&f->gate);
	until_finished(f, 2);
	assert_string_equal(f->order, "fs");
}

static void finish_may_submit_the_next(void **state)
{
	struct fixture *f = *state;
	struct job a, b;

	job_init(&a, f, 'a');
	job_init(&b, f, 'b');
	a.next = &b;
	submit(&a);
	until_finished(f, 2);
	assert_string_equal(f->order, "ab");
}

static void free_finishes_what_ran_and_nothing_else(void **state)
{
	struct fixture *f = *state;
	struct job jobs[5];
	int ran = 0;

	for (int i = 0; i < 5; i++) {
		job_init(&jobs[i], f, 'x');
		jobs[i].waits = i < 3;
		submit(&jobs[i]);
	}
	for (int i = 0; i < 3; i++)
		sem_wait(&f->started);
	for (int i = 0; i < 3; i++)
		sem_post(&f->gate);
	executor_free(&f->x);
	for (int i = 0; i < 5; i++)
		ran += jobs[i].ran;
	assert_in_range(ran, 3, 5); /* the last two may just have been late */
	assert_int_equal(f->running, 0);
	assert_int_equal(f->finished, ran);
}

/* Takes the two seconds that a job is given. */
static void a_job_that_hangs_is_left_behind(void **state)
{
	struct fixture *f = *state;
	struct job j;

	job_init(&j, f, 'h');
	j.waits = true;
	submit(&j);
	sem_wait(&f->started);
	executor_free(&f->x);
	assert_int_equal(f->finished, 0);
	assert_int_equal(f->running, 1);
	sem_post(&f->gate);
	while (count_running(f, 0) > 0)
		sched_yield();
	assert_int_equal(f->finished, 0);
}

#define EXECUTOR_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EXECUTOR_TEST(run_is_on_a_thread_and_finish_on_the_loop),
	    EXECUTOR_TEST(each_of_many_is_finished_once),
	    EXECUTOR_TEST(no_more_run_at_once_than_there_may_be_threads),
	    EXECUTOR_TEST(they_are_finished_in_the_order_of_completion),
	    EXECUTOR_TEST(finish_may_submit_the_next),
	    EXECUTOR_TEST(free_finishes_what_ran_and_nothing_else),
	    EXECUTOR_TEST(a_job_that_hangs_is_left_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
