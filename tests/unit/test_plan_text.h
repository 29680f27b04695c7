/*
 * Plans as short texts, to compare them as a whole; and requests made short.
 *
 * "1R 2W! / 3R <2t" is two units. A statement is its id, its kind
 *     R read  W write  B begin  C commit  K rollback  S savepoint  T to it
 * and marks: ! leaves session state, ? needs it, + keeps the block open,
 * i and o for COPY. "…" ends a unit with an open block. "<2t" is an edge to
 * the unit of statement 2, for the reason
 *     s serial  w the waiter writes  t the target writes
 * and "<5a3" one because statement 5 is after 3. "(a3)" behind a statement is
 * its `after`, as ids.
 */
#ifndef TESTS_UNIT_TEST_PLAN_TEXT_H
#define TESTS_UNIT_TEST_PLAN_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "planner/plan.h"

static inline void put_stmt(
    struct buf *out, const struct plan *p, const struct plan_stmt *s)
{
	buf_appendf(out, "%s%c", s->id, "RWBCKST"[s->kind]);
	buf_append_str(out, s->leaves_session ? "!" : "");
	buf_append_str(out, s->needs_session ? "?" : "");
	buf_append_str(out, s->keeps_block ? "+" : "");
	buf_append_str(out, s->copy_in ? "i" : "");
	buf_append_str(out, s->copy_out ? "o" : "");
	for (unsigned i = 0; i < s->n_after; i++)
		buf_appendf(out, "(a%s)", p->stmts[s->after[i]].id);
}

static inline void put_edge(
    struct buf *out, const struct plan *p, const struct plan_edge *e)
{
	assert_int_equal(p->stmts[e->on_stmt].unit, e->on_unit);
	if (e->reason == PLAN_AFTER)
		buf_appendf(out, " <%sa%s", p->stmts[e->stmt].id,
		    p->stmts[e->on_stmt].id);
	else
		buf_appendf(out, " <%s%c", p->stmts[e->on_stmt].id,
		    e->reason == PLAN_SERIAL          ? 's'
		    : e->reason == PLAN_WAITER_WRITES ? 'w'
		                                      : 't');
}

/* The plan's text; also checks the invariants that plan.h numbers 1 and 4. */
static inline void put_plan(struct buf *out, const struct plan *p)
{
	unsigned next = 0;

	for (unsigned u = 0; u < p->n_units; u++) {
		const struct plan_unit *unit = &p->units[u];
		bool leaves = false, reads = true;

		buf_append_str(out, u ? " / " : "");
		assert_int_equal(unit->first, next);
		for (unsigned i = 0; i < unit->count; i++, next++) {
			const struct plan_stmt *s = &p->stmts[next];

			assert_int_equal(s->unit, u);
			assert_int_equal(s->sql[s->len], '\0');
			leaves |= s->leaves_session;
			reads = reads && s->kind == STMT_READ;
			buf_append_str(out, i ? " " : "");
			put_stmt(out, p, s);
		}
		assert_int_equal(unit->leaves_session, leaves);
		assert_int_equal(unit->reads_only, reads);
		buf_append_str(out, unit->unclosed ? "…" : "");
		for (unsigned i = 0; i < unit->n_edges; i++) {
			if (i && unit->edges[i].reason == PLAN_AFTER)
				assert_int_equal(
				    unit->edges[i - 1].reason, PLAN_AFTER);
			put_edge(out, p, &unit->edges[i]);
		}
	}
	assert_int_equal(next, p->n_stmts);
}

static inline void expect_plan(
    const struct plan_request *request, const char *expected)
{
	struct arena arena;
	struct plan *plan;
	struct buf text;
	struct err e = {0};

	arena_init(&arena);
	buf_init(&text);
	if (plan_build(request, &arena, &plan, &e))
		fail_msg("no plan: %s", e.message);
	put_plan(&text, plan);
	assert_string_equal(buf_cstr(&text), expected);
	buf_release(&text);
	arena_release(&arena);
}

static inline void expect_error(
    const struct plan_request *request, int code, const char *message)
{
	struct arena arena;
	struct plan *plan;
	struct err e = {0};

	arena_init(&arena);
	assert_int_equal(plan_build(request, &arena, &plan, &e), code);
	assert_null(plan);
	assert_int_equal(e.code, code);
	assert_string_equal(e.message, message);
	arena_release(&arena);
}

static inline struct plan_request script_request(
    enum sql_dialect dialect, const char *script)
{
	return (struct plan_request){.dialect = dialect,
	    .max_stmts = 100000,
	    .script = script,
	    .script_len = strlen(script)};
}

static inline struct plan_request list_request(
    const struct plan_item *items, unsigned n)
{
	return (struct plan_request){.dialect = DIALECT_POSTGRES,
	    .max_stmts = 100000,
	    .items = items,
	    .n_items = n};
}

/* Members of a struct plan_item. */
#define SQL(TEXT) .sql = (TEXT), .len = sizeof(TEXT) - 1
#define AFTER(...)                                   \
	.after = (const char *const[]){__VA_ARGS__}, \
	.n_after = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

#endif
