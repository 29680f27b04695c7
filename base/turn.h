/*
 * The end of the loop's turn: work that callbacks put off until they have all
 * returned, so that nobody is called, changed or freed in the middle of his
 * own call.
 *
 * One `struct turn` a loop, on the loop's thread. A task belongs to the
 * caller and must stay valid until it ran or turn_drop() took it back; a task
 * may free its own object. Tasks run in the order in which they were put
 * off, each once, also those that tasks put off, before the loop sleeps.
 */
#ifndef BASE_TURN_H
#define BASE_TURN_H

#include <ev.h>

#include "base/list.h"
#include "base/macros.h"

struct turn_task {
	void (*run)(struct turn_task *task);
	struct list link;
};

struct turn {
	struct ev_loop *loop;
	struct ev_prepare prepare;
	struct ev_idle idle; /* keeps the loop from sleeping */
	struct list tasks;
};

void turn_init(struct turn *t, struct ev_loop *loop);
void turn_release(struct turn *t);

void turn_task_init(
    struct turn_task *task, void (*run)(struct turn_task *task));

/* Putting off what is put off already changes nothing. */
void turn_defer(struct turn *t, struct turn_task *task);
void turn_drop(struct turn_task *task);

#endif
