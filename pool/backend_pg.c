#include "pool/backend_pg.h"

#include <stdlib.h>

static int engine_check(const struct engine_conf *conf, struct err *e)
{
	PQconninfoOption *options;
	int rc = pg_conninfo_read(conf, &options, e);

	if (rc == 0)
		PQconninfoFree(options);
	return rc;
}

static int engine_open(const struct engine_conf *conf,
    const struct engine_env *env, struct engine **out, struct err *e)
{
	struct engine *engine = calloc(1, sizeof *engine);
	int rc;

	if (!engine)
		return err_nomem(e);
	engine->conf = *conf;
	engine->env = *env;
	rc = pg_conninfo_read(conf, &engine->options, e);
	if (rc) {
		free(engine);
		return rc;
	}
	*out = engine;
	return 0;
}

static void engine_shut(struct engine **engine)
{
	if (!*engine)
		return;
	PQconninfoFree((*engine)->options);
	free(*engine);
	*engine = NULL;
}

static void engine_describe(const struct engine *engine, struct buf *out)
{
	pg_conninfo_describe(engine->options, out);
}

static int backend_connect(struct engine *engine,
    const struct backend_link *link, void *ctx, struct backend **out,
    struct err *e)
{
	struct backend *b = calloc(1, sizeof *b);
	int rc;

	if (!b)
		return err_nomem(e);
	b->engine = engine;
	b->link = link;
	b->ctx = ctx;
	b->phase = PG_RESOLVING;
	b->fd = -1;
	pg_init_watchers(b);
	if (pg_lookup_needed(engine->options)) {
		rc = pg_lookup_start(b, e);
		if (rc) {
			free(b);
			return rc;
		}
	} else {
		pg_kick(b);
	}
	pg_bound(b, (double)engine->conf.connect_timeout_us / 1e6);
	*out = b;
	return 0;
}

static void backend_cancel(struct backend *b)
{
	if (!pg_is_running(b))
		return;
	b->st.cancel_asked = true;
	if (b->phase == PG_COPY_IN)
		pg_copy_end(b, "cancelled");
	pg_cancel_start(b);
}

static void backend_pause(struct backend *b, bool paused)
{
	if (!pg_is_running(b) || b->paused == paused)
		return;
	b->paused = paused;
	pg_watch(b);
	if (!paused)
		pg_kick(b);
}

static enum backend_tx backend_tx(const struct backend *b)
{
	switch (b->conn ? PQtransactionStatus(b->conn) : PQTRANS_IDLE) {
	case PQTRANS_IDLE:
		return BACKEND_TX_NONE;
	case PQTRANS_INERROR:
		return BACKEND_TX_FAILED;
	default: /* also where nobody can tell */
		return BACKEND_TX_OPEN;
	}
}

static bool backend_is_worn(const struct backend *b)
{
	return b->worn;
}

static int backend_remote_pid(const struct backend *b)
{
	return b->conn ? PQbackendPID(b->conn) : 0;
}

const struct engine_ops engine_postgres = {
    .name = "postgres",
    .check = engine_check,
    .open = engine_open,
    .shut = engine_shut,
    .describe = engine_describe,
    .connect = backend_connect,
    .start = pg_run_start,
    .reset = pg_reset_start,
    .cancel = backend_cancel,
    .pause = backend_pause,
    .copy_data = pg_copy_data,
    .copy_end = pg_copy_end,
    .tx = backend_tx,
    .is_worn = backend_is_worn,
    .remote_pid = backend_remote_pid,
    .close = pg_close_start,
};
