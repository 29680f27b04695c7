/*
 * The insides of a fanout among its files: fanout_start.c (made of a plan),
 * fanout.c (which unit goes when), fanout_deadline.c (what is due by time),
 * fanout_run.c (one unit on one connection), fanout_copy.c (COPY data).
 */
#ifndef PROXY_FANOUT_PRIVATE_H
#define PROXY_FANOUT_PRIVATE_H

#include "base/bufq.h"
#include "base/heap.h"
#include "base/list.h"
#include "proxy/fanout.h"

/*
 * BLOCKED ──► READY ──► RUNNING ──► ENDED     its last edge is met; it has a
 *    │           └───────────────────▲        connection; its last statement
 *    └───────────────────────────────┘        is done and its edges are met
 *                RUNNING ──► READY            the connection was lost before
 *                                             anything was sent on it
 */
enum unit_state { UNIT_BLOCKED, UNIT_READY, UNIT_RUNNING, UNIT_ENDED };

enum stmt_state { STMT_WAITING, STMT_RUNNING, STMT_DONE };

/* Data on its way into a COPY … FROM STDIN. */
struct copy_feed {
	const char *given; /* the request's own data */
	size_t given_left;
	struct bufq lines; /* what came by copy_data */
	bool taking; /* the engine takes data now */
	bool complete; /* no more will come */
	bool given_up; /* by the daemon: what still comes is passed over */
	bool full; /* somebody waits for on_copy_room */
	size_t limit;
	const char *reason; /* given up because; in the batch's arena */
};

struct stmt_run {
	enum stmt_state state;
	enum stmt_status status; /* when DONE */
	bool lost; /* handed over once, and nobody knows what became of it */
	int64_t started_us; /* 0: never */
	struct copy_feed *feed; /* or NULL */
};

struct unit {
	struct fanout *f;
	struct heap_node ready; /* fanout.ready */
	struct list link; /* fanout.ended, until seen to */
	enum unit_state state;
	unsigned index;
	unsigned blockers; /* edges that are not met yet */
	bool rerun; /* its statement was lost once and goes again */
	unsigned attempts; /* connections lost under it, nothing sent */
	int64_t priority, ready_us;
	unsigned *dependents; /* units with an edge on this one */
	unsigned n_dependents;
	struct run *run; /* RUNNING only */
};

/* Why nothing more is started, and what becomes of the rest. */
struct stop_order {
	bool set;
	bool cancel_running;
	enum stmt_status status; /* of what was never started */
	struct err why;
};

struct fanout {
	struct turn *turn;
	struct database *db;
	struct batch *batch;
	struct plan *plan;
	const struct fanout_sink *sink;
	void *ctx;
	bool abandoned; /* the sink hears only on_end */
	struct turn_task step;
	struct pool_waiter waiter;
	struct ev_timer wait_timer; /* query_wait_timeout */
	struct ev_timer batch_timer; /* the batch's timeout_ms */
	struct stmt_run *stmts;
	struct unit *units;
	struct heap ready;
	struct list ended; /* units whose dependents were not told yet */
	unsigned units_left; /* not ENDED */
	unsigned units_running;
	int64_t accepted_us;
	int64_t wait_from_us; /* wanting, and not given anything since */
	struct stop_order stop;
	bool held; /* starts nothing for now */
	bool stopped; /* stop was carried out */
	struct fanout_end end;
};

/* fanout.c: which unit goes when. */

/* Something happened: the step at the end of the turn sees to it. */
void fanout_changed(struct fanout *f);
void fanout_step(struct turn_task *task);
void fanout_free(struct fanout *f);
bool fanout_unit_less(const struct heap_node *a, const struct heap_node *b);
void fanout_on_conn(struct pool_waiter *w, struct conn *c);
void fanout_on_refused(struct pool_waiter *w, const struct err *error);

/* U's last edge is met. */
void fanout_unit_unblocked(struct unit *u);

/* Nothing more is started; what waits ends with STATUS, for WHY. */
void fanout_stop(struct fanout *f, enum stmt_status status, bool cancel_running,
    const struct err *why);

/* The same for what waits in U alone, at once. */
void fanout_stop_unit(
    struct unit *u, enum stmt_status status, const struct err *why);

/* Statement I has its verdict; says so, counts, and heeds the policy. */
void fanout_stmt_done(
    struct fanout *f, unsigned i, const struct fanout_done *done);

/* The same with the proxy's own word. */
void fanout_stmt_end(struct fanout *f, unsigned i, enum stmt_status status,
    const struct err *why, int conn);

/* Statement I is handed over now. */
void fanout_stmt_started(struct fanout *f, unsigned i, int conn);

/* Statement I was handed over and lost, and may be run once more. */
void fanout_stmt_lost(struct fanout *f, unsigned i);

/* The run of U is over and its connection given back. */
void fanout_unit_ended(struct unit *u);

/* U goes back to the queue: nothing of it was sent. */
void fanout_unit_requeue(struct unit *u);

/*
 * Does an `after` of statement I forbid it to run? Then WHY says so.
 */
bool fanout_stmt_is_barred(const struct fanout *f, unsigned i, struct err *why);

/* fanout_deadline.c: */

void fanout_set_timer(struct fanout *f, struct ev_timer *timer, int64_t due_us);
void fanout_set_wait_timer(struct fanout *f);
void fanout_on_wait_timer(
    struct ev_loop *loop, struct ev_timer *w, int revents);
void fanout_on_batch_timer(
    struct ev_loop *loop, struct ev_timer *w, int revents);

/* fanout_run.c: one unit on one connection. */

struct run *run_new(void) must_check; /* NULL: out of memory */

/*
 * Sets u->run going on C. Every statement of U that waits will have its
 * verdict, and then fanout_unit_ended() or fanout_unit_requeue() comes.
 */
void run_start(struct unit *u, struct conn *c);
void run_free(struct run **r);

/* Asks the server to end what runs, for WHY (copied). */
void run_cancel(struct run *r, const struct err *why, bool timed_out);
bool run_is_at(const struct run *r, unsigned stmt); /* its COMMIT, too */
bool run_answers(const struct run *r, unsigned stmt);
void run_pause(struct run *r, bool paused);
struct conn *run_conn(struct run *r);

/* fanout_copy.c: */

/* The feed of statement I, made when needed; NULL: out of memory. */
struct copy_feed *feed_of(struct fanout *f, unsigned i);
void feed_free(struct copy_feed **feed);

/* The engine takes data: give it what is there. */
void feed_pump(struct fanout *f, struct copy_feed *feed, struct conn *c);

/* What the proxy says, as an engine's error; points into E. */
struct backend_error proxy_error(const struct err *e);

#endif
