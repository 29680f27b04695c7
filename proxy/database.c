#include "proxy/database.h"

#include <inttypes.h>
#include <string.h>

const struct engine_ops *database_ops(const struct conf_database *conf)
{
	return conf->engine == CONF_ENGINE_SQLITE ? &engine_sqlite
	                                          : &engine_postgres;
}

struct engine_conf database_engine_conf(const struct conf_database *conf)
{
	return (struct engine_conf){
	    .name = conf->name,
	    .conninfo = conf->conninfo,
	    .path = conf->path,
	    .read_only = conf->read_only,
	    .connect_timeout_us = conf->server_connect_timeout,
	};
}

static struct pool_conf pool_conf_of(const struct conf_database *conf)
{
	return (struct pool_conf){
	    .name = conf->name,
	    .pool_size = (int)conf->pool_size,
	    .min_pool_size = (int)conf->min_pool_size,
	    .login_retry_us = conf->server_login_retry,
	    .idle_timeout_us = conf->server_idle_timeout,
	    .lifetime_us = conf->server_lifetime,
	    .reset_query = conf->reset_query,
	};
}

int database_open(struct database *db, const struct conf_database *conf,
    struct turn *turn, struct executor *executor, struct err *e)
{
	struct engine_conf engine_conf = database_engine_conf(conf);
	struct engine_env env = {.loop = turn->loop, .executor = executor};
	struct pool_conf pool_conf = pool_conf_of(conf);
	int rc;

	memset(db, 0, sizeof *db);
	db->conf = conf;
	db->ops = database_ops(conf);
	rc = db->ops->open(&engine_conf, &env, &db->engine, e);
	if (rc)
		return rc;
	rc = pool_new(turn, db->ops, db->engine, &pool_conf, &db->pool, e);
	if (rc)
		db->ops->shut(&db->engine);
	return rc;
}

void database_close(struct database *db)
{
	pool_free(&db->pool);
	if (db->engine)
		db->ops->shut(&db->engine);
}

void database_configure(struct database *db, const struct conf_database *conf)
{
	struct pool_conf pool_conf = pool_conf_of(conf);

	db->conf = conf;
	pool_configure(db->pool, &pool_conf);
}

enum sql_dialect database_dialect(const struct database *db)
{
	return db->ops == &engine_sqlite ? DIALECT_SQLITE : DIALECT_POSTGRES;
}

int database_admit(const struct database *db, unsigned n, struct err *e)
{
	int free = pool_available(db->pool);
	int64_t room = db->conf->max_queue + (free > 0 ? free : 0);

	if ((int64_t)db->waiting + n <= room)
		return 0;
	return err_set(e, ERR_LIMIT, SQLSTATE_CONFIG_LIMIT,
	    "database \"%s\": %u statements wait already, %u more would go "
	    "past max_queue = %" PRId64,
	    db->conf->name, db->waiting, n, db->conf->max_queue);
}
