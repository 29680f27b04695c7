#include "base/turn.h"

static void run_all(struct turn *t)
{
	ev_idle_stop(t->loop, &t->idle);
	while (!list_is_empty(&t->tasks)) {
		struct list *link = t->tasks.next;
		struct turn_task *task;

		list_remove(link);
		task = container_of(link, struct turn_task, link);
		task->run(task);
	}
	ev_idle_stop(t->loop, &t->idle);
}

static void on_idle(struct ev_loop *loop, struct ev_idle *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
}

static void on_prepare(struct ev_loop *loop, struct ev_prepare *w, int revents)
{
	(void)loop;
	(void)revents;
	run_all(container_of(w, struct turn, prepare));
}

void turn_init(struct turn *t, struct ev_loop *loop)
{
	t->loop = loop;
	list_init(&t->tasks);
	ev_idle_init(&t->idle, on_idle);
	ev_prepare_init(&t->prepare, on_prepare);
	ev_prepare_start(loop, &t->prepare);
}

void turn_release(struct turn *t)
{
	run_all(t);
	ev_prepare_stop(t->loop, &t->prepare);
}

void turn_task_init(struct turn_task *task, void (*run)(struct turn_task *task))
{
	task->run = run;
	list_init(&task->link);
}

void turn_defer(struct turn *t, struct turn_task *task)
{
	if (!list_is_empty(&task->link))
		return;
	list_append(&t->tasks, &task->link);
	ev_idle_start(t->loop, &t->idle);
}

void turn_drop(struct turn_task *task)
{
	list_remove(&task->link);
}
