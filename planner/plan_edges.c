/* Which unit waits for which: `after` first, then the order of dispatch. */
#include "planner/plan_private.h"
#include "planner/stmt_conflict.h"

/* `after` within a unit is kept by its order. */
static unsigned add_after(
    const struct plan *p, const struct plan_unit *u, struct plan_edge *out)
{
	unsigned n = 0;

	for (unsigned i = u->first; i < u->first + u->count; i++) {
		const struct plan_stmt *s = &p->stmts[i];

		for (unsigned k = 0; k < s->n_after; k++) {
			unsigned on = s->after[k];

			if (p->stmts[on].unit == s->unit)
				continue;
			out[n++] = (struct plan_edge){
			    .on_unit = p->stmts[on].unit,
			    .stmt = i,
			    .on_stmt = on,
			    .reason = PLAN_AFTER,
			};
		}
	}
	return n;
}

/* A chain: each unit behind the one before it. */
static unsigned add_serial(
    const struct plan *p, unsigned u, struct plan_edge *out)
{
	if (u == 0)
		return 0;
	*out = (struct plan_edge){
	    .on_unit = u - 1,
	    .stmt = p->units[u].first,
	    .on_stmt = p->units[u].first - 1,
	    .reason = PLAN_SERIAL,
	};
	return 1;
}

int plan_make_edges(struct plan_work *w)
{
	const struct plan *p = w->plan;
	size_t room = w->n_after + (size_t)p->n_units * STMT_CONFLICT_EDGES;
	struct plan_edge *edges = arena_alloc_n(w->arena, room, sizeof *edges);
	struct stmt_conflict conflict;

	if (!edges)
		return err_nomem(w->e);
	stmt_conflict_init(&conflict, p);
	for (unsigned i = 0; i < p->n_units; i++) {
		struct plan_unit *u = &p->units[i];
		unsigned n = add_after(p, u, edges);

		if (w->request->dispatch == PLAN_SERIALLY)
			n += add_serial(p, i, edges + n);
		else if (w->request->dispatch == PLAN_AUTO)
			n += stmt_conflict_add(&conflict, i, edges + n);
		u->edges = edges;
		u->n_edges = n;
		edges += n;
	}
	return 0;
}
