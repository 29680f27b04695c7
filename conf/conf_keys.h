/*
 * Every key of the configuration, once: the reader, the checks, `show
 * config`, the sample file and the reference in the docs all come from this
 * table. A new key is an entry here and a member of the same name in conf.h.
 *
 * Constant data, any thread.
 *
 * Invariants: 1. Every default is written as conf_value_format() writes it.
 * 2. The sample file that comes of it loads.
 */
#ifndef CONF_CONF_KEYS_H
#define CONF_CONF_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "conf/conf.h"

enum conf_section { CONF_SECTION_fanoutd, CONF_SECTION_database };

enum conf_type {
	CONF_TYPE_TEXT,
	CONF_TYPE_INT,
	CONF_TYPE_SIZE,
	CONF_TYPE_DURATION,
	CONF_TYPE_BOOL,
	CONF_TYPE_ENGINE,
	CONF_TYPE_LOG_LEVEL,
	CONF_TYPE_LISTEN,
};

enum conf_flag {
	CONF_RELOAD = 1, /* a running daemon can take a new value */
	CONF_SECRET = 2, /* never shown */
	CONF_POSTGRES = 4, /* only for engine = postgres … */
	CONF_SQLITE = 8, /* … or only for engine = sqlite */
	CONF_REQUIRED = 16, /* a database of such an engine must have it */
	CONF_FILE_ONLY = 32, /* neither the environment nor --set has it */
};

#define CONF_KB INT64_C(1024)
#define CONF_MB (1024 * CONF_KB)
#define CONF_GB (1024 * CONF_MB)
#define CONF_YEAR (INT64_C(365) * 86400 * US_PER_S)

/*
 * X(section, name, type, least, most, default, example, flags, help)
 *
 * "" is no default; the sample file shows the example where there is one.
 * An out-of-range message quotes the help.
 */
/* clang-format off */
#define CONF_KEYS(X) \
X(fanoutd, listen, LISTEN, 0, 0, \
	"127.0.0.1:7432, unix:$XDG_RUNTIME_DIR/fanout.sock", \
	"127.0.0.1:7432, unix:/run/fanout/fanout.sock", 0, \
	"where clients connect, separated by commas: loopback `host:port` or " \
	"`[::1]:port`, or `unix:/path`") \
X(fanoutd, default_database, TEXT, 0, 0, "", "fanout", CONF_RELOAD, \
	"which database a batch means that names none; else the first one") \
X(fanoutd, workers, INT, 1, 1, "1", NULL, 0, \
	"event loops; more than one is not supported yet") \
X(fanoutd, max_client_conn, INT, 1, 1000000, "1000", NULL, CONF_RELOAD, \
	"clients connected at once") \
X(fanoutd, max_line, SIZE, CONF_KB, CONF_GB, "16MB", NULL, CONF_RELOAD, \
	"the longest request line of a client") \
X(fanoutd, max_statements, INT, 1, 10000000, "100000", NULL, CONF_RELOAD, \
	"statements in one batch") \
X(fanoutd, max_batches_per_client, INT, 1, 100000, "64", NULL, CONF_RELOAD, \
	"batches that one client may have open at once") \
X(fanoutd, client_buffer, SIZE, CONF_KB, CONF_GB, "4MB", NULL, CONF_RELOAD, \
	"what may wait to be sent to one client; past it, the backends that " \
	"feed it are not read") \
X(fanoutd, client_write_timeout, DURATION, 0, CONF_YEAR, "1min", NULL, \
	CONF_RELOAD, "a client that takes nothing for so long is closed; " \
	"0: never") \
X(fanoutd, client_idle_timeout, DURATION, 0, CONF_YEAR, "0", NULL, \
	CONF_RELOAD, "a client that asks nothing for so long is closed; " \
	"0: never") \
X(fanoutd, shutdown_timeout, DURATION, 0, CONF_YEAR, "30s", NULL, \
	CONF_RELOAD, "how long a shutdown waits for what was accepted; " \
	"0: without end") \
X(fanoutd, log_level, LOG_LEVEL, 0, 0, "info", NULL, CONF_RELOAD, \
	"the least that is logged") \
X(fanoutd, include, TEXT, 0, 0, "", "conf.d/*.ini", \
	CONF_RELOAD | CONF_FILE_ONLY, \
	"files to read after this one, separated by commas: paths or " \
	"patterns, from this file's folder") \
X(database, engine, ENGINE, 0, 0, "postgres", NULL, 0, \
	"what kind of database it is") \
X(database, conninfo, TEXT, 0, 0, "", "host=db dbname=brazil user=app", \
	CONF_SECRET | CONF_POSTGRES | CONF_REQUIRED, \
	"libpq's connection string") \
X(database, path, TEXT, 0, 0, "", "/var/lib/fanout/brazil.db", \
	CONF_SQLITE | CONF_REQUIRED, \
	"the database file, from the daemon's current folder") \
X(database, pool_size, INT, 1, 10000, "10", NULL, CONF_RELOAD, \
	"connections at most") \
X(database, min_pool_size, INT, 0, 10000, "0", NULL, CONF_RELOAD, \
	"connections kept open even when idle; at most pool_size") \
X(database, max_queue, INT, 1, 10000000, "10000", NULL, CONF_RELOAD, \
	"statements that may wait for a connection; past it a batch is " \
	"rejected at once") \
X(database, query_wait_timeout, DURATION, 0, CONF_YEAR, "2min", NULL, \
	CONF_RELOAD, "how long a statement may wait for a connection; " \
	"0: without end") \
X(database, query_timeout, DURATION, 0, CONF_YEAR, "0", NULL, CONF_RELOAD, \
	"how long a statement may run; 0: without end") \
X(database, server_connect_timeout, DURATION, 0, CONF_YEAR, "15s", NULL, \
	0, "how long opening a connection may take; " \
	"0: without end") \
X(database, server_login_retry, DURATION, US_PER_MS, 30 * US_PER_S, "1s", \
	NULL, CONF_RELOAD, "the pause after a failed connection, doubling " \
	"with jitter up to 30s") \
X(database, server_idle_timeout, DURATION, 0, CONF_YEAR, "10min", NULL, \
	CONF_RELOAD, "a connection above min_pool_size that idles for so " \
	"long is closed; 0: never") \
X(database, server_lifetime, DURATION, 0, CONF_YEAR, "1h", NULL, \
	CONF_RELOAD, "a connection this old is replaced; 0: never") \
X(database, reset_query, TEXT, 0, 0, "DISCARD ALL", NULL, \
	CONF_RELOAD | CONF_POSTGRES, "what cleans a connection whose session " \
	"state a statement touched") \
X(database, read_only, BOOL, 0, 0, "no", NULL, 0, \
	"whether writing is refused (on PostgreSQL a default that a session " \
	"can undo: a role without the right is the bound)")
/* clang-format on */

/* CONF_KEY_database_pool_size, …: positions in conf_keys[]. */
enum conf_key_id {
#define CONF_KEY_ID(section, name, ...) CONF_KEY_##section##_##name,
	CONF_KEYS(CONF_KEY_ID)
#undef CONF_KEY_ID
	    CONF_N_KEYS
};

struct conf_key {
	enum conf_section section;
	enum conf_type type;
	const char *name;
	size_t offset; /* of its member in struct conf or conf_database */
	int64_t least, most;
	const char *default_text;
	const char *example; /* or NULL */
	unsigned flags; /* of enum conf_flag */
	const char *help;
};

extern const struct conf_key conf_keys[CONF_N_KEYS];

const struct conf_key *conf_key_find(
    enum conf_section section, const char *name);

/* The key of SECTION that NAME may have been meant to be, or NULL. */
const char *conf_key_nearest(enum conf_section section, const char *name);

/* Has it a meaning for a database of ENGINE? */
bool conf_key_applies(const struct conf_key *key, enum conf_engine engine);

#endif
