/*
 * Could every statement start once? Without `after` it could: all other edges
 * lead to what stands before.
 */
#include <string.h>

#include "base/buf.h"
#include "planner/plan_cycle.h"
#include "planner/plan_private.h"

/* A longer circle is told up to here. */
#define MAX_HOPS 6

static bool next_statement(
    const void *ctx, unsigned node, unsigned i, unsigned *target)
{
	const struct plan_stmt *s = &((const struct plan *)ctx)->stmts[node];

	if (i >= s->n_after)
		return false;
	*target = s->after[i];
	return true;
}

static bool next_unit(
    const void *ctx, unsigned node, unsigned i, unsigned *target)
{
	const struct plan_unit *u = &((const struct plan *)ctx)->units[node];

	if (i >= u->n_edges)
		return false;
	*target = u->edges[i].on_unit;
	return true;
}

/* Takes TEXT, which may have failed, into the error. */
static int refuse(struct plan_work *w, unsigned stmt, struct buf *text)
{
	const char *s = buf_cstr(text);
	int rc = ERR_NOMEM;

	if (s)
		rc = err_set(w->e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "statements[%u].after: %s", stmt, s);
	else
		(void)err_nomem(w->e);
	buf_release(text);
	return rc;
}

/* Puts: "a" for "b" */
static void put_wait(
    struct buf *out, const struct plan *p, unsigned stmt, unsigned on)
{
	char a[PLAN_ID_SIZE], b[PLAN_ID_SIZE];

	buf_appendf(out, "\"%s\" for \"%s\"",
	    plan_short_id(p->stmts[stmt].id, a),
	    plan_short_id(p->stmts[on].id, b));
}

static int refuse_statement_cycle(
    struct plan_work *w, const unsigned *nodes, unsigned n)
{
	struct buf text;

	buf_init(&text);
	buf_append_str(&text, "these wait for each other: ");
	for (unsigned i = 0; i < n && i < MAX_HOPS; i++) {
		buf_append_str(&text, i ? ", " : "");
		put_wait(&text, w->plan, nodes[i], nodes[(i + 1) % n]);
	}
	buf_append_str(&text, n > MAX_HOPS ? ", …" : "");
	return refuse(w, nodes[0], &text);
}

/* In what order a statement's frames are to come, it has to run as well. */
static int check_statement_order(struct plan_work *w)
{
	const struct plan *p = w->plan;
	struct buf text;

	for (unsigned i = 0; i < p->n_stmts; i++) {
		const struct plan_stmt *s = &p->stmts[i];
		char id[PLAN_ID_SIZE];
		unsigned last = s->n_after ? s->after[s->n_after - 1] : 0;

		if (last <= i)
			continue;
		buf_init(&text);
		buf_appendf(&text,
		    "\"%s\" comes later in the list, so with \"order\": "
		    "\"statement\" this could never end",
		    plan_short_id(p->stmts[last].id, id));
		return refuse(w, i, &text);
	}
	return 0;
}

int plan_check_after(struct plan_work *w)
{
	struct plan_graph g = {
	    .n = w->plan->n_stmts, .ctx = w->plan, .next = next_statement};
	const unsigned *nodes;
	unsigned n;

	if (!w->n_after)
		return 0;
	if (plan_cycle_find(&g, w->arena, &nodes, &n))
		return err_nomem(w->e);
	if (n)
		return refuse_statement_cycle(w, nodes, n);
	return w->request->statement_order ? check_statement_order(w) : 0;
}

/* How to ask for what a unit or its order forbids. */
static const char *remedy(const struct plan_request *request)
{
	if (request->transaction)
		return "; a transaction runs in the order of the list";
	if (request->dispatch == PLAN_INDEPENDENT)
		return "; a transaction block runs as a whole";
	return "; \"dispatch\": \"independent\" keeps no order but that of "
	       "`after`";
}

/* Within a unit, statements run in their order. */
static int check_order_in_unit(struct plan_work *w, unsigned i)
{
	const struct plan *p = w->plan;
	const struct plan_stmt *s = &p->stmts[i];
	struct buf text;
	char id[PLAN_ID_SIZE];

	for (unsigned k = 0; k < s->n_after; k++) {
		unsigned on = s->after[k];

		if (on <= i || p->stmts[on].unit != s->unit)
			continue;
		buf_init(&text);
		buf_appendf(&text,
		    "\"%s\" comes later on the same connection, so this "
		    "could never start%s",
		    plan_short_id(p->stmts[on].id, id), remedy(w->request));
		return refuse(w, i, &text);
	}
	return 0;
}

static const struct plan_edge *find_edge(
    const struct plan_unit *u, unsigned on_unit)
{
	const struct plan_edge *edge = u->edges;

	while (edge->on_unit != on_unit)
		edge++;
	return edge;
}

/* One of the edges is an `after`, since the others all lead back. */
static int refuse_unit_cycle(
    struct plan_work *w, const unsigned *nodes, unsigned n)
{
	const struct plan *p = w->plan;
	unsigned at = p->n_stmts;
	struct buf text;

	buf_init(&text);
	buf_append_str(&text, "these would wait for each other: ");
	for (unsigned i = 0; i < n; i++) {
		const struct plan_edge *edge =
		    find_edge(&p->units[nodes[i]], nodes[(i + 1) % n]);

		if (edge->reason == PLAN_AFTER && edge->on_stmt > edge->stmt)
			at = edge->stmt < at ? edge->stmt : at;
		if (i >= MAX_HOPS)
			continue;
		buf_append_str(&text, i ? ", " : "");
		put_wait(&text, p, edge->stmt, edge->on_stmt);
		buf_appendf(&text, " (%s)", plan_reason_text(edge->reason));
	}
	buf_append_str(&text, n > MAX_HOPS ? ", …" : "");
	buf_append_str(&text, remedy(w->request));
	return refuse(w, at, &text);
}

int plan_check_units(struct plan_work *w)
{
	const struct plan *p = w->plan;
	struct plan_graph g = {.n = p->n_units, .ctx = p, .next = next_unit};
	const unsigned *nodes;
	unsigned n;
	int rc = 0;

	if (!w->n_after)
		return 0;
	for (unsigned i = 0; i < p->n_stmts && !rc; i++)
		rc = check_order_in_unit(w, i);
	if (rc)
		return rc;
	if (plan_cycle_find(&g, w->arena, &nodes, &n))
		return err_nomem(w->e);
	return n ? refuse_unit_cycle(w, nodes, n) : 0;
}
