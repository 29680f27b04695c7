#include "tests/support/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "pool/pool_private.h"
#include "tests/support/engine_scripted_private.h"

static const char *script_of(const struct scene *s, const char *sql)
{
	if (strcmp(sql, "BEGIN") == 0)
		return s->begin;
	if (strcmp(sql, "COMMIT") == 0)
		return s->commit;
	if (strcmp(sql, "ROLLBACK") == 0)
		return s->rollback;
	return sql;
}

static int start(struct backend *b, const struct backend_request *request,
    const struct statement_sink *sink, void *ctx, struct err *e)
{
	const struct conn *c = b->ctx;
	struct scene *s = container_of(c->pool->turn, struct scene, turn);
	struct backend_request scripted = *request;

	if (s->refusals > 0) {
		s->refusals--;
		return err_set(e, ERR_IO, SQLSTATE_CONNECTION, "refused");
	}
	scripted.sql = s->losses > 0 ? "lose" : script_of(s, request->sql);
	s->losses -= s->losses > 0;
	return engine_scripted.start(b, &scripted, sink, ctx, e);
}

void scene_init(struct scene *s, const char *conninfo, int pool_size)
{
	struct engine_conf engine_conf = {.name = "test", .conninfo = conninfo};
	struct pool_conf pool_conf = {.name = "test", .pool_size = pool_size};
	struct err e;

	memset(s, 0, sizeof *s);
	s->begin = "begin; tag -1 BEGIN";
	s->commit = "commit; tag -1 COMMIT";
	s->rollback = "rollback; tag -1 ROLLBACK";
	s->ops = engine_scripted;
	s->ops.start = start;
	stage_init(&s->stage, &s->ops, &engine_conf);
	turn_init(&s->turn, s->stage.loop);
	s->conf = (struct conf_database){
	    .name = "test",
	    .pool_size = pool_size,
	    .max_queue = 1000,
	    .server_login_retry = US_PER_MS,
	    .reset_query = "DISCARD ALL",
	};
	s->db.conf = &s->conf;
	s->db.ops = &s->ops;
	s->db.engine = s->stage.engine;
	assert_int_equal(pool_new(&s->turn, &s->ops, s->stage.engine,
	                     &pool_conf, &s->db.pool, &e),
	    0);
	scene_configure(s);
}

void scene_configure(struct scene *s)
{
	database_configure(&s->db, &s->conf);
}

static void on_empty(void *ctx)
{
	struct scene *s = ctx;

	assert_false(s->empty);
	s->empty = true;
}

void scene_close_pool(struct scene *s)
{
	s->closing = true;
	pool_close(s->db.pool, on_empty, s);
	assert_false(s->empty);
}

void scene_release(struct scene *s)
{
	if (!s->closing)
		scene_close_pool(s);
	SCENE_UNTIL(s, s->empty);
	assert_int_equal(s->db.waiting, 0);
	pool_free(&s->db.pool);
	turn_release(&s->turn);
	stage_release(&s->stage);
}

const struct scripted_stats *scene_stats(const struct scene *s)
{
	return engine_scripted_stats(s->stage.engine);
}

struct pool_stats scene_pool_stats(const struct scene *s)
{
	struct pool_stats stats;

	pool_read_stats(s->db.pool, &stats);
	return stats;
}

void scene_turn(struct scene *s)
{
	if (list_is_empty(&s->turn.tasks))
		stage_turn(&s->stage);
	else
		ev_run(s->stage.loop, EVRUN_NOWAIT);
}

void scene_settle(struct scene *s)
{
	stage_linger(&s->stage, 0.02);
	/* However slow the machine, a script has its steps. */
	for (int turn = 0; turn < 50; turn++)
		ev_run(s->stage.loop, EVRUN_NOWAIT);
}

static unsigned count_after(const struct scene_stmt *stmt)
{
	unsigned n = 0;

	while (n < ARRAY_LEN(stmt->after) && stmt->after[n])
		n++;
	return n;
}

static void plan_stmt(
    struct batch *b, const struct scene_stmt *from, unsigned i)
{
	struct plan_stmt *s = &b->plan->stmts[i];
	unsigned n = count_after(from);
	unsigned *after = arena_alloc_n(&b->arena, n + 1, sizeof *after);

	assert_non_null(after);
	for (unsigned k = 0; k < n; k++)
		after[k] = from->after[k] - 1;
	*s = (struct plan_stmt){
	    .id = arena_printf(&b->arena, "%u", i + 1),
	    .sql = from->sql,
	    .len = strlen(from->sql),
	    .kind = from->kind,
	    .copy_in = from->copy_in,
	    .leaves_session = from->leaves_session,
	    .after = after,
	    .n_after = n,
	};
	assert_non_null(s->id);
}

/* Statement I begins or joins a unit. */
static void plan_unit(
    struct batch *b, const struct scene_stmt *from, unsigned i)
{
	struct plan *p = b->plan;
	struct plan_unit *u;

	if (!from->joins) {
		p->units[p->n_units].reads_only = true;
		p->units[p->n_units++].first = i;
	}
	p->stmts[i].unit = p->n_units - 1;
	u = &p->units[p->n_units - 1];
	u->count++;
	u->reads_only &=
	    from->kind == STMT_READ && !from->leaves_session && !from->copy_in;
	u->leaves_session |= from->leaves_session;
}

static void plan_edges(struct batch *b, struct plan_unit *u)
{
	struct plan *p = b->plan;
	struct plan_edge *edges =
	    arena_alloc_n(&b->arena, (size_t)u->count * 4, sizeof *edges);

	assert_non_null(edges);
	u->edges = edges;
	for (unsigned i = u->first; i < u->first + u->count; i++) {
		const struct plan_stmt *s = &p->stmts[i];

		for (unsigned k = 0; k < s->n_after; k++) {
			unsigned on = s->after[k];

			if (p->stmts[on].unit == s->unit)
				continue;
			edges[u->n_edges++] = (struct plan_edge){
			    .on_unit = p->stmts[on].unit,
			    .stmt = i,
			    .on_stmt = on,
			    .reason = PLAN_AFTER,
			};
		}
	}
}

struct batch *scene_batch(const struct scene_stmt *stmts, unsigned n)
{
	struct batch *b = batch_new();
	struct batch_stmt *asks;

	assert_non_null(b);
	b->id = "b";
	b->defaults.want_rows = true;
	b->plan = arena_alloc(&b->arena, sizeof *b->plan);
	assert_non_null(b->plan);
	b->plan->n_stmts = n;
	b->plan->stmts = arena_alloc_n(&b->arena, n, sizeof *b->plan->stmts);
	b->plan->units = arena_alloc_n(&b->arena, n, sizeof *b->plan->units);
	b->stmts = asks = arena_alloc_n(&b->arena, n, sizeof *asks);
	assert_true(b->plan->stmts && b->plan->units && asks);
	for (unsigned i = 0; i < n; i++) {
		plan_stmt(b, &stmts[i], i);
		plan_unit(b, &stmts[i], i);
		asks[i] = b->defaults;
	}
	for (unsigned k = 0; k < b->plan->n_units; k++)
		plan_edges(b, &b->plan->units[k]);
	return b;
}

struct batch_stmt *scene_ask(struct batch *b, unsigned i)
{
	/* It was made here, and nobody has seen it yet. */
	return (struct batch_stmt *)(uintptr_t)&b->stmts[i];
}
