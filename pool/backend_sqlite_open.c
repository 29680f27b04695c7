/*
 * Opening a database file on the thread, and saying in words why it could
 * not be opened.
 *
 * Every connection is set up the same way, so that a script means the same on
 * each of them, and as far as possible what it means on PostgreSQL: LIKE
 * tells upper from lower case, and foreign keys are enforced.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "pool/backend_sqlite.h"

#define WAL_LIMIT_US (5 * US_PER_S)
#define WAL_STEP_US (20 * US_PER_MS)

/* May it pass by itself? */
static int code_of(int rc, int os_error)
{
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return ERR_NOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_INTERRUPT:
		return ERR_IO;
	case SQLITE_CANTOPEN:
		return os_error == EMFILE || os_error == ENFILE ? ERR_IO
		                                                : ERR_ENGINE;
	default:
		return ERR_ENGINE;
	}
}

static const char *state_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return "XX001";
	case SQLITE_NOMEM:
		return SQLSTATE_NOMEM;
	default:
		return SQLSTATE_CANNOT_CONNECT;
	}
}

static int cannot_open(struct backend *b, int rc, struct err *e)
{
	const struct engine_conf *conf = &b->engine->conf;
	int os_error = b->db ? sqlite3_system_errno(b->db) : 0;
	const char *why = b->db ? sqlite3_errmsg(b->db) : sqlite3_errstr(rc);

	if ((rc & 0xff) == SQLITE_CANTOPEN && os_error == ENOENT)
		why = conf->read_only
		          ? "there is no such file"
		          : "its folder does not exist, or may not be "
		            "written to";
	else if ((rc & 0xff) == SQLITE_CANTOPEN && os_error)
		why = strerror(os_error);
	return err_set(e, code_of(rc, os_error), state_of(rc),
	    "cannot open database file \"%s\": %s", conf->path, why);
}

/* Without a "/" in front, SQLite takes some names for something else. */
static char *plain_path(const char *path)
{
	char *plain;

	if (asprintf(&plain, "%s%s", path[0] == '/' ? "" : "./", path) < 0)
		return NULL;
	return plain;
}

static int open_file(struct backend *b)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	char *path = plain_path(b->engine->conf.path);
	int rc;

	if (!path)
		return SQLITE_NOMEM;
	flags |= b->engine->conf.read_only
	             ? SQLITE_OPEN_READONLY
	             : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	rc = sqlite3_open_v2(path, &b->db, flags, NULL);
	free(path);
	return rc;
}

/* The first column of the first row, as text into OUT. */
static int query_text(
    struct backend *b, const char *sql, char *out, size_t size)
{
	sqlite3_stmt *stmt;
	const unsigned char *text;
	int rc = sqlite3_prepare_v2(b->db, sql, -1, &stmt, NULL);

	out[0] = '\0';
	if (rc)
		return rc;
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		text = sqlite3_column_text(stmt, 0);
		snprintf(out, size, "%s", text ? (const char *)text : "");
	}
	rc = sqlite3_finalize(stmt);
	return rc;
}

/* Another process may be using the file in its old mode for a moment. */
static int switch_to_wal(struct backend *b, char mode[16])
{
	int64_t until = clock_now_us() + WAL_LIMIT_US;
	int rc;

	if (!sqlite_lock_take(&b->engine->write_lock, &b->claim, &b->chan.stop))
		return SQLITE_INTERRUPT;
	do
		rc = query_text(b, "PRAGMA journal_mode=WAL", mode, 16);
	while ((rc & 0xff) == SQLITE_BUSY && clock_now_us() < until &&
	       chan_sleep(&b->chan, WAL_STEP_US));
	sqlite_lock_give(&b->engine->write_lock, &b->claim);
	return rc;
}

/* A write-ahead log lets readers read while one writes. */
static int use_wal(struct backend *b, struct err *e)
{
	char mode[16];
	int rc = query_text(b, "PRAGMA journal_mode", mode, sizeof mode);

	if (!rc && strcmp(mode, "wal") != 0)
		rc = switch_to_wal(b, mode);
	if (rc)
		return cannot_open(b, rc, e);
	if (strcmp(mode, "wal") != 0)
		return err_set(e, ERR_ENGINE, SQLSTATE_CANNOT_CONNECT,
		    "cannot open database file \"%s\": its file system has no "
		    "room for a write-ahead log (journal mode stays \"%s\")",
		    b->engine->conf.path, mode);
	return 0;
}

static int check_writable(struct backend *b, struct err *e)
{
	if (!sqlite3_db_readonly(b->db, "main"))
		return 0;
	return err_set(e, ERR_ENGINE, SQLSTATE_CANNOT_CONNECT,
	    "cannot open database file \"%s\": no permission to write it (with "
	    "read_only = yes it can be read)",
	    b->engine->conf.path);
}

static int set_up_session(struct backend *b)
{
	int rc = sqlite3_exec(b->db,
	    "PRAGMA foreign_keys=ON; PRAGMA synchronous=NORMAL", NULL, NULL,
	    NULL);

	if (!rc && b->engine->conf.read_only)
		rc = sqlite3_exec(
		    b->db, "PRAGMA query_only=ON", NULL, NULL, NULL);
	return rc;
}

/* Opening alone looks at nothing: a file of garbage shows here. */
static int read_schema(struct backend *b, bool exact_like)
{
	char text[16];
	int rc = sqlite_wait_install(b);

	if (!rc && exact_like)
		rc = sqlite3_exec(
		    b->db, "PRAGMA case_sensitive_like=ON", NULL, NULL, NULL);
	if (rc)
		return rc;
	return query_text(
	    b, "SELECT count(*) FROM sqlite_schema", text, sizeof text);
}

static int set_up(struct backend *b, struct err *e)
{
	int rc;

	if (!b->engine->conf.read_only) {
		rc = check_writable(b, e);
		if (!rc)
			rc = use_wal(b, e);
		if (rc)
			return rc;
	}
	rc = set_up_session(b);
	if (!rc)
		rc = sqlite_guard_install(b); /* last: it denies the above */
	return rc ? cannot_open(b, rc, e) : 0;
}

static int open_connection(struct backend *b, bool exact_like)
{
	int rc = open_file(b);

	chan_set_db(&b->chan, b->db);
	return rc ? rc : read_schema(b, exact_like);
}

/*
 * An index or a generated column made with the usual LIKE would be wrong with
 * the exact one, and SQLite refuses to read such a schema. That database
 * keeps the usual LIKE.
 */
static bool needs_usual_like(struct backend *b, int rc)
{
	return rc == SQLITE_CORRUPT && b->db &&
	       strstr(sqlite3_errmsg(b->db), "non-deterministic functions");
}

int sqlite_connection_open(struct backend *b, struct err *e)
{
	int rc = open_connection(b, true);

	if (needs_usual_like(b, rc)) {
		sqlite_connection_close(b);
		rc = open_connection(b, false);
	}
	rc = rc ? cannot_open(b, rc, e) : set_up(b, e);
	if (rc)
		sqlite_connection_close(b);
	return rc;
}

void sqlite_connection_close(struct backend *b)
{
	if (!b->db)
		return;
	chan_set_db(&b->chan, NULL);
	/*
	 * Also where nothing is to be rolled back: it makes SQLite forget an
	 * interrupt, which would stop the last connection from moving the
	 * write-ahead log into the database.
	 */
	sqlite3_progress_handler(b->db, 0, NULL, NULL);
	sqlite3_exec(b->db, "ROLLBACK", NULL, NULL, NULL);
	pthread_mutex_lock(&b->engine->closing);
	sqlite3_close(b->db);
	pthread_mutex_unlock(&b->engine->closing);
	b->db = NULL;
	b->tx_lost = false;
	sqlite_lock_give(&b->engine->write_lock, &b->claim);
}
