/*
 * Requests about an open batch: cancel, copy_data, copy_end.
 */
#include <inttypes.h>
#include <string.h>

#include "base/json_out.h"
#include "proxy/server.h"
#include "proxy/session_private.h"

struct target {
	const char *batch, *id, *data, *reason;
	size_t data_len;
	int64_t client; /* 0: not given */
};

static int target_batch(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct target *t = f->target;

	return field_string(f, key, value, &t->batch, NULL, e);
}

static int target_id(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct target *t = f->target;

	return field_string(f, key, value, &t->id, NULL, e);
}

static int target_client(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct target *t = f->target;

	return field_int(f, key, value, 1, INT64_MAX, &t->client, e);
}

static int target_data(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct target *t = f->target;

	return field_string(f, key, value, &t->data, &t->data_len, e);
}

static int target_error(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct target *t = f->target;

	return field_string(f, key, value, &t->reason, NULL, e);
}

int session_ignore_field(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	(void)f;
	(void)key;
	(void)value;
	(void)e;
	return 0;
}

static const struct field cancel_fields[] = {
    {"type", session_ignore_field},
    {"batch", target_batch},
    {"id", target_id},
    {"client", target_client},
};

static const struct field copy_data_fields[] = {
    {"type", session_ignore_field},
    {"batch", target_batch},
    {"id", target_id},
    {"data", target_data},
};

static const struct field copy_end_fields[] = {
    {"type", session_ignore_field},
    {"batch", target_batch},
    {"id", target_id},
    {"error", target_error},
};

/* Statement ID of R: its index in *STMT. */
static int find_stmt(
    const struct response *r, const char *id, unsigned *stmt, struct err *e)
{
	const struct plan *plan = r->batch->plan;

	for (unsigned i = 0; i < plan->n_stmts; i++) {
		if (strcmp(plan->stmts[i].id, id) != 0)
			continue;
		*stmt = i;
		return 0;
	}
	return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "id: batch \"%s\" has no statement \"%.60s\"", r->batch->id, id);
}

static int no_batch(const char *id, struct err *e)
{
	return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "batch: there is no open batch \"%.60s\"", id);
}

/*
 * A batch of another client: by its client's number, or by its id alone
 * where only one client has such a batch open (and the one that asks has
 * none of its own, see do_cancel()).
 */
static int find_elsewhere(const struct session *s, const struct target *t,
    struct session **owner, struct response **r, struct err *e)
{
	struct list *link;
	unsigned found = 0;

	list_for_each (link, &s->server->sessions) {
		struct session *other =
		    container_of(link, struct session, link);
		struct response *match = session_find(other, t->batch);

		if (!match || (t->client && other->id != (uint64_t)t->client))
			continue;
		found++;
		*owner = other;
		*r = match;
	}
	if (found == 1)
		return 0;
	if (found == 0)
		return no_batch(t->batch, e);
	return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "batch: %u clients have an open batch \"%.60s\": name one with "
	    "\"client\" (see show batches)",
	    found, t->batch);
}

/* The batch's own frames tell its client; another client needs an answer. */
static void tell_cancelling(struct session *s, const struct session *owner,
    const struct response *r, unsigned n)
{
	struct buf frame;

	buf_init(&frame);
	buf_append_str(&frame, "{\"type\":\"cancelling\",\"batch\":");
	json_put_cstr(&frame, r->batch->id);
	buf_appendf(&frame, ",\"client\":%" PRIu64 ",\"statements\":%u}\n",
	    owner->id, n);
	session_send(s, &frame);
}

static int do_cancel(struct session *s, const struct target *t, struct err *e)
{
	struct session *owner = s;
	struct response *r = t->client ? NULL : session_find(s, t->batch);
	struct fanout_progress progress;
	unsigned stmt = 0;
	int rc;

	/* Its own batch has ended; another client's of that name is not meant. */
	if (!r && !t->client && s->opened_batches)
		return no_batch(t->batch, e);
	if (!r) {
		rc = find_elsewhere(s, t, &owner, &r, e);
		if (rc)
			return rc;
	}
	rc = t->id ? find_stmt(r, t->id, &stmt, e) : 0;
	if (rc)
		return rc;
	fanout_read_progress(r->fanout, &progress);
	if (owner != s)
		tell_cancelling(s, owner, r,
		    t->id ? 1 : progress.waiting + progress.running);
	if (t->id)
		fanout_cancel(r->fanout, stmt);
	else
		fanout_cancel_all(r->fanout);
	return 0;
}

static bool has_hungry_copy(const struct session *s)
{
	struct list *link;

	list_for_each (link, &s->responses) {
		if (fanout_has_hungry_copy(
		        container_of(link, struct response, link)->fanout))
			return true;
	}
	return false;
}

/*
 * A COPY waits for data while none is read because another one, which does
 * not even run, holds as much as it may. That one has to give way, or both
 * would wait for ever.
 */
void session_feed_hungry(void *ctx)
{
	struct session *s = ctx;
	struct response *r = s->stuffed;

	if (!r || fanout_is_running(r->fanout, s->stuffed_stmt))
		return;
	fanout_give_up_copy(r->fanout, s->stuffed_stmt,
	    "more than client_buffer of data came before this COPY ran, "
	    "while another one waits for its own");
	session_unstuff(s);
}

static int do_copy(
    struct session *s, const struct target *t, bool end, struct err *e)
{
	struct response *r = session_find(s, t->batch);
	unsigned stmt;
	int rc;

	if (!r)
		return no_batch(t->batch, e);
	rc = find_stmt(r, t->id, &stmt, e);
	if (rc)
		return rc;
	if (end)
		return fanout_copy_end(r->fanout, stmt, t->reason, e);
	rc = fanout_copy_data(
	    r->fanout, stmt, t->data, t->data_len, s->out.limit, e);
	if (rc == 1) {
		s->stuffed = r;
		s->stuffed_stmt = stmt;
		if (has_hungry_copy(s))
			session_feed_hungry(s);
	}
	return rc < 0 ? rc : 0;
}

static int read_target(struct arena *arena, struct target *t,
    const json_t *object, const struct field *table, size_t n, struct err *e)
{
	const struct fields f = {arena, "", t};
	int rc = fields_read(&f, object, table, n, e);

	if (rc)
		return rc;
	if (!t->batch)
		return field_error(&f, "batch", e, "is missing");
	return 0;
}

int session_need_field(const char *value, const char *key, struct err *e)
{
	if (value)
		return 0;
	return err_set(
	    e, ERR_INVALID, SQLSTATE_PROTOCOL, "%s: is missing", key);
}

int session_handle_cancel(
    struct session *s, struct arena *arena, const json_t *object, struct err *e)
{
	struct target t = {0};
	int rc = read_target(
	    arena, &t, object, cancel_fields, ARRAY_LEN(cancel_fields), e);

	return rc ? rc : do_cancel(s, &t, e);
}

int session_handle_copy_data(
    struct session *s, struct arena *arena, const json_t *object, struct err *e)
{
	struct target t = {0};
	int rc = read_target(arena, &t, object, copy_data_fields,
	    ARRAY_LEN(copy_data_fields), e);

	if (rc == 0)
		rc = session_need_field(t.id, "id", e);
	if (rc == 0)
		rc = session_need_field(t.data, "data", e);
	return rc ? rc : do_copy(s, &t, false, e);
}

int session_handle_copy_end(
    struct session *s, struct arena *arena, const json_t *object, struct err *e)
{
	struct target t = {0};
	int rc = read_target(
	    arena, &t, object, copy_end_fields, ARRAY_LEN(copy_end_fields), e);

	if (rc == 0)
		rc = session_need_field(t.id, "id", e);
	return rc ? rc : do_copy(s, &t, true, e);
}
