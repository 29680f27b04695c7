/*
 * From a planned batch to a fanout that is ready to go.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "proxy/fanout_private.h"

/* Who waits for whom, turned round: each unit's dependents. */
static int link_units(struct fanout *f)
{
	const struct plan *plan = f->plan;
	struct arena *arena = &f->batch->arena;
	unsigned *counts, *places;
	size_t n_edges = 0;

	counts = arena_alloc_n(arena, plan->n_units + 1, sizeof *counts);
	if (!counts)
		return ERR_NOMEM;
	for (unsigned k = 0; k < plan->n_units; k++) {
		n_edges += plan->units[k].n_edges;
		for (unsigned e = 0; e < plan->units[k].n_edges; e++)
			counts[plan->units[k].edges[e].on_unit]++;
	}
	places = arena_alloc_n(arena, n_edges + 1, sizeof *places);
	if (!places)
		return ERR_NOMEM;
	for (unsigned k = 0; k < plan->n_units; k++) {
		f->units[k].dependents = places;
		places += counts[k];
	}
	for (unsigned k = 0; k < plan->n_units; k++) {
		for (unsigned e = 0; e < plan->units[k].n_edges; e++) {
			struct unit *on =
			    &f->units[plan->units[k].edges[e].on_unit];

			on->dependents[on->n_dependents++] = k;
			f->units[k].blockers++;
		}
	}
	return 0;
}

/* The most urgent of its statements speaks for a unit. */
static int64_t unit_priority(const struct fanout *f, const struct plan_unit *p)
{
	int64_t priority = INT64_MIN;

	/* Answers in statement order need the dispatch in that order, too: a
	   later one that is held back must not keep an earlier one from its
	   connection. */
	if (f->batch->order == ORDER_STATEMENT)
		return f->batch->defaults.priority;
	for (unsigned i = p->first; i < p->first + p->count; i++)
		if (batch_stmt_at(f->batch, i)->priority > priority)
			priority = batch_stmt_at(f->batch, i)->priority;
	return priority;
}

static int init_units(struct fanout *f)
{
	const struct plan *plan = f->plan;

	f->stmts = calloc(plan->n_stmts, sizeof *f->stmts);
	f->units = calloc(plan->n_units, sizeof *f->units);
	if (!f->stmts || !f->units || heap_reserve(&f->ready, plan->n_units))
		return ERR_NOMEM;
	for (unsigned k = 0; k < plan->n_units; k++) {
		struct unit *u = &f->units[k];

		u->f = f;
		u->index = k;
		u->priority = unit_priority(f, &plan->units[k]);
		list_init(&u->link);
	}
	return link_units(f);
}

int fanout_start(struct turn *turn, struct database *db, struct batch *b,
    const struct fanout_sink *sink, void *ctx, struct fanout **out,
    struct err *e)
{
	struct fanout *f = calloc(1, sizeof *f);

	if (!f)
		return err_nomem(e);
	f->turn = turn;
	f->db = db;
	f->batch = b;
	f->plan = b->plan;
	f->sink = sink;
	f->ctx = ctx;
	f->accepted_us = clock_now_us();
	f->units_left = b->plan->n_units;
	list_init(&f->ended);
	heap_init(&f->ready, fanout_unit_less);
	turn_task_init(&f->step, fanout_step);
	pool_waiter_init(&f->waiter, fanout_on_conn, fanout_on_refused);
	ev_init(&f->wait_timer, fanout_on_wait_timer);
	ev_init(&f->batch_timer, fanout_on_batch_timer);
	if (init_units(f)) {
		fanout_free(f);
		return err_nomem(e);
	}
	db->waiting += b->plan->n_stmts;
	db->stats.batches++;
	if (b->timeout_us)
		fanout_set_timer(
		    f, &f->batch_timer, f->accepted_us + b->timeout_us);
	for (unsigned k = 0; k < b->plan->n_units; k++)
		if (f->units[k].blockers == 0)
			fanout_unit_unblocked(&f->units[k]);
	fanout_changed(f);
	*out = f;
	return 0;
}
