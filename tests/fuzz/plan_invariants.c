#include "tests/fuzz/plan_invariants.h"

#include <string.h>

#include "base/utf8.h"
#include "planner/sql_lex.h"
#include "planner/stmt_conflict.h"
#include "planner/stmt_split.h"
#include "tests/fuzz/fuzz.h"

/* Bit v of reach[u]: unit u waits, by whatever way, for unit v. */
struct reach {
	uint64_t bits[PLAN_CHECK_MOST][PLAN_CHECK_MOST / 64];
};

static bool reaches(const struct reach *r, unsigned from, unsigned to)
{
	return r->bits[from][to / 64] >> (to % 64) & 1;
}

/* ---- statements ---- */

/* Nothing but semicolons, white space and comments. */
static void must_be_empty(
    enum sql_dialect dialect, const char *text, size_t len)
{
	struct sql_lex lex;
	struct sql_token t;

	sql_lex_init(&lex, dialect, text, len);
	do {
		sql_lex_next(&lex, &t);
		must(t.kind == TOKEN_END || sql_token_is_symbol(&t, ';'));
	} while (t.kind != TOKEN_END);
}

static size_t mark_length(const char *text, size_t len)
{
	return len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

/* Each is where it says it is, and nothing is between them. */
static void check_script(const struct plan_request *ask, const struct plan *p)
{
	const char *script = ask->script;
	size_t end = mark_length(script, ask->script_len);

	for (unsigned i = 0; i < p->n_stmts; i++) {
		const struct plan_stmt *s = &p->stmts[i];
		size_t at =
		    utf8_offset(script, ask->script_len, s->char_offset);

		must(at >= end && s->len <= ask->script_len - at);
		must(memcmp(script + at, s->sql, s->len) == 0);
		must_be_empty(ask->dialect, script + end, at - end);
		end = at + s->len;
	}
	must_be_empty(ask->dialect, script + end, ask->script_len - end);
}

static void check_list(const struct plan_request *ask, const struct plan *p)
{
	must(p->n_stmts == ask->n_items);
	for (unsigned i = 0; i < p->n_stmts; i++) {
		const struct plan_item *item = &ask->items[i];
		const struct plan_stmt *s = &p->stmts[i];

		must(s->char_offset == 0 && s->len <= item->len);
		must(memcmp(item->sql, s->sql, s->len) == 0);
		must_be_empty(
		    ask->dialect, item->sql + s->len, item->len - s->len);
		must(!item->id || strcmp(item->id, s->id) == 0);
	}
}

/* Cut out of its script, it is the same one statement. */
static void check_alone(enum sql_dialect dialect, const struct plan_stmt *s)
{
	struct stmt_splitter splitter;
	struct stmt_range range;

	if (mark_length(s->sql, s->len))
		return; /* within a script it is a part of a name */
	stmt_split_init(&splitter, dialect, s->sql, s->len);
	must(stmt_split_next(&splitter, &range) == 1);
	must(range.at == s->sql && range.len == s->len);
	must(stmt_split_next(&splitter, &range) == 0);
}

static void check_statement(
    const struct plan_request *ask, const struct plan *p, unsigned i)
{
	const struct plan_stmt *s = &p->stmts[i];

	must(s->id && s->id[0]);
	must(s->len > 0 && strlen(s->sql) == s->len);
	must(s->kind != STMT_READ || !s->leaves_session);
	must(!s->copy_in || s->kind != STMT_READ);
	if (ask->script)
		check_alone(ask->dialect, s);
	for (unsigned k = 0; k < i; k++)
		must(strcmp(p->stmts[k].id, s->id) != 0);
}

/* ---- after ---- */

static bool has_after(
    const struct plan *p, const struct plan_stmt *s, const char *id)
{
	for (unsigned k = 0; k < s->n_after; k++)
		if (strcmp(p->stmts[s->after[k]].id, id) == 0)
			return true;
	return false;
}

static unsigned count_after_edges(
    const struct plan *p, unsigned stmt, unsigned on_stmt)
{
	const struct plan_unit *u = &p->units[p->stmts[stmt].unit];
	unsigned n = 0;

	for (unsigned k = 0; k < u->n_edges; k++)
		n += u->edges[k].reason == PLAN_AFTER &&
		     u->edges[k].stmt == stmt && u->edges[k].on_stmt == on_stmt;
	return n;
}

static void check_after(
    const struct plan_request *ask, const struct plan *p, unsigned i)
{
	const struct plan_stmt *s = &p->stmts[i];
	const struct plan_item *item = ask->script ? NULL : &ask->items[i];

	for (unsigned k = 0; item && k < item->n_after; k++)
		must(has_after(p, s, item->after[k]));
	must(s->n_after <= (item ? item->n_after : 0));
	for (unsigned k = 0; k < s->n_after; k++) {
		unsigned on = s->after[k];
		bool same = on < p->n_stmts && p->stmts[on].unit == s->unit;

		must(on < p->n_stmts && on != i);
		must(k == 0 || s->after[k - 1] < on);
		must(on < i || (!same && !ask->statement_order));
		must(count_after_edges(p, i, on) == (same ? 0 : 1));
	}
}

/* ---- units and edges ---- */

static void check_unit(
    const struct plan_request *ask, const struct plan *p, unsigned i)
{
	const struct plan_unit *u = &p->units[i];
	bool reads_only = true, leaves_session = false;

	must(u->count > 0);
	for (unsigned k = u->first; k < u->first + u->count; k++) {
		must(p->stmts[k].unit == i);
		reads_only = reads_only && p->stmts[k].kind == STMT_READ;
		leaves_session |= p->stmts[k].leaves_session;
	}
	must(u->reads_only == reads_only);
	must(u->leaves_session == leaves_session);
	must(reads_only || ask->transaction ||
	     p->stmts[u->first].kind != STMT_READ);
}

static void check_edges(
    const struct plan_request *ask, const struct plan *p, unsigned i)
{
	const struct plan_unit *u = &p->units[i];
	bool others = false, serial = false;

	for (unsigned k = 0; k < u->n_edges; k++) {
		const struct plan_edge *x = &u->edges[k];

		must(x->on_unit < p->n_units && x->on_unit != i);
		must(p->stmts[x->stmt].unit == i);
		must(p->stmts[x->on_stmt].unit == x->on_unit);
		must(plan_reason_text(x->reason));
		must(x->reason != PLAN_AFTER || !others);
		if (x->reason == PLAN_AFTER)
			continue;
		others = true;
		serial |= x->reason == PLAN_SERIAL && x->on_unit == i - 1;
		for (unsigned j = 0; j < k; j++)
			must(u->edges[j].reason == PLAN_AFTER ||
			     u->edges[j].on_unit != x->on_unit);
	}
	must(!others || ask->dispatch != PLAN_INDEPENDENT);
	must(serial == (ask->dispatch == PLAN_SERIALLY && i > 0));
}

static bool spread(const struct plan *p, unsigned i, struct reach *r)
{
	const struct plan_unit *u = &p->units[i];
	bool changed = false;

	for (unsigned k = 0; k < u->n_edges; k++) {
		unsigned on = u->edges[k].on_unit;

		for (unsigned w = 0; w < PLAN_CHECK_MOST / 64; w++) {
			uint64_t more = r->bits[on][w];

			if (w == on / 64)
				more |= UINT64_C(1) << (on % 64);
			changed |= (more & ~r->bits[i][w]) != 0;
			r->bits[i][w] |= more;
		}
	}
	return changed;
}

/* No unit waits for itself; in `auto`, only reads have no order. */
static void check_order(const struct plan_request *ask, const struct plan *p)
{
	struct reach r = {0};
	bool changed;

	do {
		changed = false;
		for (unsigned i = 0; i < p->n_units; i++)
			changed |= spread(p, i, &r);
	} while (changed);
	for (unsigned i = 0; i < p->n_units; i++) {
		must(!reaches(&r, i, i));
		for (unsigned k = 0; k < i; k++)
			must(ask->dispatch != PLAN_AUTO ||
			     (p->units[i].reads_only &&
			         p->units[k].reads_only) ||
			     reaches(&r, i, k));
	}
}

void plan_must_hold(const struct plan_request *ask, const struct plan *p)
{
	unsigned stmts = 0;
	size_t others = 0;

	must(p->n_stmts > 0 && p->n_stmts <= ask->max_stmts);
	must(p->n_stmts <= PLAN_CHECK_MOST);
	if (ask->script)
		check_script(ask, p);
	else
		check_list(ask, p);
	for (unsigned i = 0; i < p->n_stmts; i++) {
		check_statement(ask, p, i);
		check_after(ask, p, i);
	}
	for (unsigned i = 0; i < p->n_units; i++) {
		must(p->units[i].first == stmts);
		stmts += p->units[i].count;
		check_unit(ask, p, i);
		check_edges(ask, p, i);
		for (unsigned k = 0; k < p->units[i].n_edges; k++)
			others += p->units[i].edges[k].reason != PLAN_AFTER;
	}
	must(stmts == p->n_stmts);
	must(!ask->transaction || p->n_units == 1);
	must(others <= (size_t)p->n_stmts * STMT_CONFLICT_EDGES);
	check_order(ask, p);
}

void plan_must_equal(const struct plan *a, const struct plan *b)
{
	must(a->n_stmts == b->n_stmts && a->n_units == b->n_units);
	for (unsigned i = 0; i < a->n_stmts; i++) {
		const struct plan_stmt *x = &a->stmts[i], *y = &b->stmts[i];

		must(strcmp(x->sql, y->sql) == 0 && x->kind == y->kind);
		must(x->leaves_session == y->leaves_session);
		must(x->needs_session == y->needs_session);
		must(x->copy_in == y->copy_in && x->copy_out == y->copy_out);
		must(x->unit == y->unit && x->n_after == y->n_after);
	}
	for (unsigned i = 0; i < a->n_units; i++) {
		const struct plan_unit *x = &a->units[i], *y = &b->units[i];

		must(x->unclosed == y->unclosed && x->n_edges == y->n_edges);
		for (unsigned k = 0; k < x->n_edges; k++)
			must(memcmp(&x->edges[k], &y->edges[k],
			         sizeof x->edges[k]) == 0);
	}
}
