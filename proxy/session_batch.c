/*
 * The `batch` request: admitted, planned and started, or rejected.
 */
#include <inttypes.h>
#include <string.h>

#include "proxy/request_batch.h"
#include "proxy/response_write.h"
#include "proxy/server.h"
#include "proxy/session_private.h"

static void on_over(void *ctx, struct response *r)
{
	struct session *s = ctx;

	list_remove(&r->link);
	s->n_responses--;
	if (s->stuffed == r)
		session_unstuff(s);
	turn_defer(&s->server->turn, &s->flush);
}

static void on_copy_room(void *ctx)
{
	struct session *s = ctx;

	if (s->stuffed)
		session_unstuff(s);
}

static const struct response_owner session_owner = {
    .on_over = on_over,
    .on_copy_room = on_copy_room,
    .on_copy_hungry = session_feed_hungry,
};

static int give_id(struct session *s, struct batch *b, struct err *e)
{
	if (b->id) {
		if (!session_find(s, b->id))
			return 0;
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "id: this connection has an open batch \"%s\" already",
		    b->id);
	}
	do {
		b->id = arena_printf(&b->arena, "b%" PRIu64, ++s->next_batch);
		if (!b->id)
			return err_nomem(e);
	} while (session_find(s, b->id));
	return 0;
}

/* May this client open one more batch now? */
static int check_admission(const struct session *s, struct err *e)
{
	int64_t limit = s->server->conf->max_batches_per_client;

	if (s->server->draining)
		return err_set(e, ERR_CANCELLED, SQLSTATE_SHUTDOWN,
		    "fanoutd shuts down and takes no new batches");
	if (s->n_responses < limit)
		return 0;
	return err_set(e, ERR_LIMIT, SQLSTATE_CONFIG_LIMIT,
	    "this connection has max_batches_per_client = %" PRId64
	    " batches open already",
	    limit);
}

static int start_batch(struct session *s, struct batch *b, struct err *e)
{
	struct server *server = s->server;
	struct database *db = server_find_database(server, b->db, e);
	struct response *r;
	int rc;

	if (!db)
		return e->code;
	b->ask.dialect = database_dialect(db);
	b->ask.max_stmts = (unsigned)server->conf->max_statements;
	rc = plan_build(&b->ask, &b->arena, &b->plan, e);
	if (rc == 0)
		rc = request_batch_check_plan(b, e);
	if (rc == 0)
		rc = database_admit(db, b->plan->n_stmts, e);
	if (rc == 0)
		rc = response_start(
		    &server->turn, db, b, &s->out, &session_owner, s, &r, e);
	if (rc)
		return rc;
	list_append(&s->responses, &r->link);
	s->n_responses++;
	s->opened_batches = true;
	return 0;
}

void session_reject(struct session *s, const char *id, const struct err *e)
{
	struct buf frame;

	buf_init(&frame);
	write_rejected(&frame, id, e);
	session_send(s, &frame);
}

void session_handle_batch(struct session *s, const json_t *object)
{
	struct batch *b = batch_new();
	struct err e, ignored;
	int rc;

	if (!b) {
		err_nomem(&e);
		session_refuse_line(s, &e);
		return;
	}
	rc = request_batch_read(object, b, &e);
	if (rc == 0)
		rc = give_id(s, b, &e);
	if (rc == 0)
		rc = check_admission(s, &e);
	if (rc == 0)
		rc = start_batch(s, b, &e);
	if (rc == 0)
		return; /* it is the fanout's now */
	/* Without memory its own id may be unknown, and another would lie. */
	if (b->id || (rc != ERR_NOMEM && give_id(s, b, &ignored) == 0))
		session_reject(s, b->id, &e);
	else
		session_refuse_line(s, &e);
	batch_free(&b);
}
