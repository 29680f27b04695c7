/*
 * What the daemon was told: one immutable `struct conf`, read whole from
 * defaults, file, includes, environment and --set, or not at all.
 *
 * Owned by whoever called conf_load(); strings live as long as it does. The
 * reader runs on the main thread; a finished conf may be read by any thread.
 * Durations are microseconds (0: none), sizes bytes.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/log.h"
#include "base/macros.h"

enum conf_engine { CONF_ENGINE_POSTGRES, CONF_ENGINE_SQLITE };

enum conf_listen_kind { CONF_LISTEN_TCP, CONF_LISTEN_UNIX };

struct conf_listen {
	enum conf_listen_kind kind;
	const char *host; /* TCP: a loopback address or name */
	const char *port; /* TCP: decimal; "0" lets the system choose */
	const char *path; /* Unix */
	const char *text; /* as written */
};

/* Members are named after their keys; see conf_keys.h for what they mean. */
struct conf_database {
	const char *name;
	enum conf_engine engine;
	const char *conninfo, *path;
	int64_t pool_size, min_pool_size, max_queue;
	int64_t query_wait_timeout, query_timeout;
	int64_t server_connect_timeout, server_login_retry;
	int64_t server_idle_timeout, server_lifetime;
	const char *reset_query;
	bool read_only;
};

struct conf {
	struct arena arena;
	const char *file; /* what was read, or NULL: defaults alone */
	const struct conf_listen *listen;
	size_t n_listen;
	const char *default_database; /* always names one of databases */
	int64_t workers, max_client_conn, max_line, max_statements;
	int64_t max_batches_per_client, client_buffer;
	int64_t client_write_timeout, client_idle_timeout, shutdown_timeout;
	enum log_level log_level;
	const char *include; /* as written in the file, or NULL */
	const struct conf_database *databases; /* at least one */
	size_t n_databases;
};

struct conf_source {
	const char *file; /* -c, or NULL */
	const char *const *set; /* --set SECTION.KEY=VALUE, in order */
	size_t n_set;
	char *const *environ; /* NULL: none is looked at */
};

/*
 * Reads everything. On failure returns ERR_INVALID (or ERR_NOMEM) and writes
 * every error found, one a line ("file:line: what; did you mean …?"), into
 * ERRORS; *OUT is then NULL. No error line holds a value that may be secret.
 */
int conf_load(const struct conf_source *source, struct conf **out,
    struct buf *errors) must_check;
void conf_free(struct conf **conf);

const struct conf_database *conf_find_database(
    const struct conf *conf, const char *name);

/* One setting as `show config` tells it. */
struct conf_item {
	const char *section; /* "fanoutd" or "database brazil" */
	const char *key;
	const char *value; /* in its unit */
	const char *default_value; /* "" where there is none */
	bool secret; /* the value must be redacted */
	bool reloadable; /* otherwise a change needs a restart */
};

/* Every setting in the table's order; the text lives until it returns. */
void conf_each(const struct conf *conf,
    void (*each)(void *ctx, const struct conf_item *item), void *ctx);

/*
 * What differs from OLD to NEW, one a line, into CHANGES: "database brazil:
 * pool_size 10 -> 20", and " (needs a restart)" where it is not reloadable.
 * Secret values are not shown.
 */
void conf_diff(
    const struct conf *old, const struct conf *new, struct buf *changes);

/* The commented sample file, and docs/configuration.md's table. */
void conf_write_sample(struct buf *out);
void conf_write_reference(struct buf *out);

#endif
