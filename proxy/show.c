#include "proxy/show.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "base/nearest.h"
#include "proxy/server.h"
#include "proxy/session.h"

/* A table frame as it is written: `row` is open between row() and the next. */
struct table {
	const struct server *server;
	struct buf *out;
	bool any_row, any_cell;
};

static void row(struct table *t)
{
	buf_append_str(t->out, t->any_row ? "],[" : "[");
	t->any_row = true;
	t->any_cell = false;
}

static void cell(struct table *t)
{
	if (t->any_cell)
		buf_append_char(t->out, ',');
	t->any_cell = true;
}

static void text(struct table *t, const char *s)
{
	cell(t);
	json_put_cstr_or_null(t->out, s);
}

static void number(struct table *t, int64_t n)
{
	cell(t);
	buf_append_i64(t->out, n);
}

static void when(struct table *t, int64_t wall_us)
{
	char buf[CLOCK_TEXT_SIZE];

	if (wall_us)
		clock_format(wall_us, buf);
	text(t, wall_us ? buf : NULL);
}

/* ---- pools, databases, stats ---- */

struct client_counts {
	unsigned active, waiting, stalled;
	int64_t stalled_us; /* the longest */
};

/* Clients of DB: with a statement that runs, or only with some that wait. */
static struct client_counts count_clients(
    const struct server *s, const struct database *db)
{
	struct client_counts n = {0};
	const struct list *link, *l;

	list_for_each (link, &s->sessions) {
		const struct session *c =
		    container_of_const(link, struct session, link);
		unsigned running = 0, waiting = 0;

		list_for_each (l, &c->responses) {
			const struct response *r =
			    container_of_const(l, struct response, link);
			struct fanout_progress p;

			if (fanout_database(r->fanout) != db)
				continue;
			fanout_read_progress(r->fanout, &p);
			running += p.running;
			waiting += p.waiting;
			n.stalled += response_stalled(r, &n.stalled_us);
		}
		n.active += running > 0;
		n.waiting += running == 0 && waiting > 0;
	}
	return n;
}

static void show_pools(struct table *t)
{
	for (size_t i = 0; i < t->server->n_databases; i++) {
		const struct database *db = &t->server->databases[i];
		struct client_counts clients = count_clients(t->server, db);
		struct pool_stats p;

		pool_read_stats(db->pool, &p);
		row(t);
		text(t, db->conf->name);
		number(t, clients.active);
		number(t, clients.waiting);
		number(t, p.active);
		number(t, p.cancelling);
		number(t, p.idle);
		number(t, p.tested);
		number(t, p.login);
		number(t, p.closing);
		number(t, db->conf->pool_size);
		number(t, db->waiting);
		number(t, p.longest_wait_us / US_PER_S);
		number(t, p.longest_wait_us % US_PER_S);
		number(t, clients.stalled);
		number(t, clients.stalled_us);
	}
}

static void show_databases(struct table *t)
{
	for (size_t i = 0; i < t->server->n_databases; i++) {
		const struct database *db = &t->server->databases[i];
		struct pool_stats p;
		struct buf place;

		buf_init(&place);
		db->ops->describe(db->engine, &place);
		pool_read_stats(db->pool, &p);
		row(t);
		text(t, db->conf->name);
		text(t, db->ops->name);
		text(t, buf_cstr(&place));
		number(t, db->conf->pool_size);
		number(t, db->conf->min_pool_size);
		number(t, p.n_conns);
		text(t, p.paused ? "paused" : p.failing ? "failing" : "ok");
		text(t, p.failing ? p.last_error->message : NULL);
		when(t, p.failed_wall_us);
		buf_release(&place);
	}
}

static void show_stats(struct table *t)
{
	for (size_t i = 0; i < t->server->n_databases; i++) {
		const struct database *db = &t->server->databases[i];
		const struct database_stats *s = &db->stats;
		int64_t n = s->statements ? (int64_t)s->statements : 1;

		row(t);
		text(t, db->conf->name);
		number(t, (int64_t)s->batches);
		number(t, (int64_t)s->statements);
		number(t, (int64_t)s->errors);
		number(t, (int64_t)s->rows);
		number(t, s->exec_us);
		number(t, s->wait_us);
		number(t, s->exec_us / n);
		number(t, s->wait_us / n);
	}
}

/* ---- servers ---- */

struct server_rows {
	struct table *t;
	const struct database *db;
};

static void show_conn(void *ctx, const struct conn *c)
{
	const struct server_rows *x = ctx;
	int64_t now = clock_now_us();

	row(x->t);
	text(x->t, x->db->conf->name);
	number(x->t, c->number);
	text(x->t, conn_state_name(c->state));
	number(x->t, c->backend ? c->ops->remote_pid(c->backend) : 0);
	when(x->t, c->connected_wall_us);
	number(x->t, (now - c->state_us) / US_PER_MS);
	number(x->t, (int64_t)c->n_statements);
}

static void show_servers(struct table *t)
{
	for (size_t i = 0; i < t->server->n_databases; i++) {
		struct server_rows x = {t, &t->server->databases[i]};

		pool_each_conn(x.db->pool, show_conn, &x);
	}
}

/* ---- clients, batches ---- */

static const char *client_state(const struct session *c)
{
	if (!list_is_empty(&c->responses))
		return "active";
	return c->state == SESSION_OPEN ? "idle" : "ended";
}

static void show_clients(struct table *t)
{
	const struct list *link;

	list_for_each (link, &t->server->sessions) {
		const struct session *c =
		    container_of_const(link, struct session, link);

		row(t);
		number(t, (int64_t)c->id);
		text(t, c->kind);
		text(t, client_state(c));
		text(t, c->addr);
		number(t, c->port);
		text(t, c->local);
		when(t, c->connected_wall_us);
		when(t, c->last_request_wall_us);
		number(t, c->n_responses);
		number(t, (int64_t)c->requests);
		number(t, (int64_t)c->bytes_in);
		number(t, (int64_t)c->bytes_out);
		number(t, (int64_t)(c->out.q.bytes + c->out.held));
	}
}

static void show_batch(
    struct table *t, const struct session *c, const struct response *r)
{
	struct fanout_progress p;
	int64_t stalled_us = 0;

	fanout_read_progress(r->fanout, &p);
	row(t);
	number(t, (int64_t)c->id);
	text(t, r->batch->id);
	text(t, fanout_database(r->fanout)->conf->name);
	number(t, r->batch->plan->n_stmts);
	number(t, p.waiting);
	number(t, p.running);
	number(t, p.done);
	number(t, response_stalled(r, &stalled_us));
	number(t, p.age_us / US_PER_MS);
}

static void show_batches(struct table *t)
{
	const struct list *link, *l;

	list_for_each (link, &t->server->sessions) {
		const struct session *c =
		    container_of_const(link, struct session, link);

		list_for_each (l, &c->responses) {
			show_batch(
			    t, c, container_of_const(l, struct response, link));
		}
	}
}

/* ---- config, version ---- */

static void show_item(void *ctx, const struct conf_item *item)
{
	struct table *t = ctx;

	row(t);
	text(t, item->section);
	text(t, item->key);
	text(t, item->secret ? "(not shown)" : item->value);
	text(t, item->default_value);
	text(t, item->reloadable ? "yes" : "no");
}

static void show_config(struct table *t)
{
	conf_each(t->server->conf, show_item, t);
}

static void show_version(struct table *t)
{
	row(t);
	text(t, "fanoutd " FANOUT_VERSION);
}

static const struct {
	const char *what, *columns;
	void (*fill)(struct table *t);
} tables[] = {
    {"pools",
        "database cl_active cl_waiting sv_active sv_active_cancel sv_idle "
        "sv_tested sv_login sv_closing pool_size waiting maxwait maxwait_us "
        "stalled stalled_us",
        show_pools},
    {"databases",
        "name engine place pool_size min_pool_size current_connections state "
        "last_error last_error_time",
        show_databases},
    {"servers",
        "database conn state remote_pid connect_time state_ms statements",
        show_servers},
    {"clients",
        "client type state addr port local connect_time request_time batches "
        "requests bytes_in bytes_out buffered",
        show_clients},
    {"batches",
        "client batch database statements waiting running done stalled "
        "age_ms",
        show_batches},
    {"stats",
        "database total_batch_count total_query_count total_error_count "
        "total_row_count total_query_time total_wait_time avg_query_time "
        "avg_wait_time",
        show_stats},
    {"config", "section key value default changeable", show_config},
    {"version", "version", show_version},
};

static void put_columns(struct buf *out, const char *names)
{
	bool first = true;

	while (*names) {
		size_t len = strcspn(names, " ");

		if (!first)
			buf_append_char(out, ',');
		first = false;
		json_put_string(out, names, len);
		names += len + (names[len] == ' ');
	}
}

static int unknown_table(const char *what, struct err *e)
{
	const char *names[ARRAY_LEN(tables)];
	const char *meant;

	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		names[i] = tables[i].what;
	meant = nearest_word(what, names, ARRAY_LEN(names));
	return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "what: cannot show \"%.60s\"%s%s%s (there are pools, databases, "
	    "servers, clients, batches, stats, config and version)",
	    what, meant ? ": did you mean \"" : "", meant ? meant : "",
	    meant ? "\"?" : "");
}

int show_table(
    const struct server *s, const char *what, struct buf *frame, struct err *e)
{
	struct table t = {.server = s, .out = frame};

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		if (strcmp(tables[i].what, what) != 0)
			continue;
		buf_append_str(frame, "{\"type\":\"table\",\"what\":");
		json_put_cstr(frame, what);
		buf_append_str(frame, ",\"columns\":[");
		put_columns(frame, tables[i].columns);
		buf_append_str(frame, "],\"rows\":[");
		tables[i].fill(&t);
		buf_append_str(frame, t.any_row ? "]]}\n" : "]}\n");
		return 0;
	}
	return unknown_table(what, e);
}

static void put_limit(struct buf *out, const char *name, int64_t n)
{
	buf_appendf(out, "\"%s\":%" PRId64, name, n);
}

static void put_limits(const struct conf *conf, struct buf *out)
{
	put_limit(out, "max_line", conf->max_line);
	buf_append_char(out, ',');
	put_limit(out, "max_statements", conf->max_statements);
	buf_append_char(out, ',');
	put_limit(out, "max_batches_per_client", conf->max_batches_per_client);
	buf_append_char(out, ',');
	put_limit(out, "client_buffer", conf->client_buffer);
}

void show_hello(const struct server *s, struct buf *frame)
{
	buf_append_str(frame,
	    "{\"type\":\"hello\",\"protocol\":1,\"version\":\"" FANOUT_VERSION
	    "\",\"limits\":{");
	put_limits(s->conf, frame);
	buf_append_str(frame, "},\"databases\":[");
	for (size_t i = 0; i < s->n_databases; i++) {
		const struct conf_database *db = s->databases[i].conf;

		buf_append_str(frame, i ? ",{\"name\":" : "{\"name\":");
		json_put_cstr(frame, db->name);
		buf_append_str(frame, ",\"engine\":");
		json_put_cstr(frame, s->databases[i].ops->name);
		buf_appendf(frame, ",\"pool_size\":%" PRId64 ",\"default\":%s}",
		    db->pool_size,
		    strcmp(db->name, s->conf->default_database) == 0 ? "true"
		                                                     : "false");
	}
	buf_append_str(frame, "]}\n");
}
