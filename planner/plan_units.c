/* Which statements share a connection; plan.h has the rules. */
#include "planner/plan_private.h"
#include "planner/tx_block.h"

static bool ends_or_begins_transaction(enum stmt_kind kind)
{
	return kind == STMT_BEGIN || kind == STMT_COMMIT ||
	       kind == STMT_ROLLBACK;
}

static int check_transaction(struct plan_work *w)
{
	const struct plan *p = w->plan;
	char where[PLAN_WHERE_SIZE];

	for (unsigned i = 0; i < p->n_stmts; i++) {
		if (!ends_or_begins_transaction(p->stmts[i].kind))
			continue;
		plan_where(w, i, where);
		return err_set(w->e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "%s: it begins or ends a transaction, but \"transaction\" "
		    "makes the whole batch one",
		    where);
	}
	return 0;
}

/*
 * The first statement from which on all must run on one connection, or
 * n_stmts. When one needs session state, anything that is no plain read may
 * have made it.
 */
static unsigned find_shared_session(const struct plan *p)
{
	unsigned first_write = p->n_stmts, first_leaving = p->n_stmts;

	for (unsigned i = 0; i < p->n_stmts; i++) {
		const struct plan_stmt *s = &p->stmts[i];

		if (s->kind != STMT_READ && first_write == p->n_stmts)
			first_write = i;
		if (s->needs_session)
			return first_write < i ? first_write : i;
		if (s->leaves_session && first_leaving == p->n_stmts)
			first_leaving = i;
	}
	return first_leaving;
}

/* From FIRST to the end of its block, if it opens one; else behind it. */
static unsigned find_end(const struct plan_work *w, unsigned first)
{
	const struct plan *p = w->plan;
	struct tx_block block;
	unsigned i = first;

	tx_block_init(&block, w->request->dialect);
	do
		tx_block_step(&block, &p->stmts[i++]);
	while (block.open && i < p->n_stmts);
	return i;
}

static void add_unit(struct plan_work *w, unsigned first, unsigned end)
{
	struct plan *p = w->plan;
	struct plan_unit *u = &p->units[p->n_units];
	struct tx_block block;

	*u = (struct plan_unit){
	    .first = first, .count = end - first, .reads_only = true};
	tx_block_init(&block, w->request->dialect);
	for (unsigned i = first; i < end; i++) {
		struct plan_stmt *s = &p->stmts[i];

		s->unit = p->n_units;
		u->reads_only = u->reads_only && s->kind == STMT_READ;
		u->leaves_session |= s->leaves_session;
		tx_block_step(&block, s);
	}
	u->unclosed = block.open && !w->request->transaction;
	p->n_units++;
}

int plan_make_units(struct plan_work *w)
{
	struct plan *p = w->plan;
	unsigned shared = p->n_stmts, end;

	if (w->request->transaction && check_transaction(w))
		return ERR_INVALID;
	p->units = arena_alloc_n(w->arena, p->n_stmts, sizeof *p->units);
	if (!p->units)
		return err_nomem(w->e);
	if (w->request->transaction)
		shared = 0;
	else if (w->request->dispatch != PLAN_INDEPENDENT)
		shared = find_shared_session(p);
	for (unsigned i = 0; i < p->n_stmts; i = end) {
		end = find_end(w, i);
		if (end > shared)
			end = p->n_stmts;
		add_unit(w, i, end);
	}
	return 0;
}
