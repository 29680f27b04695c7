/*
 * What SQL from outside may do on a connection: anything with the database
 * itself, nothing with other files, extensions, memory limits of the process
 * or the settings that the engine relies on.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "pool/backend_sqlite.h"

#define MAX_VALUE_BYTES (256 * 1024 * 1024)

enum pragma_use {
	PRAGMA_DENIED,
	PRAGMA_READ, /* without a value */
	PRAGMA_ANY,
};

static enum pragma_use pragma_use(const char *name)
{
	static const struct {
		const char *name;
		enum pragma_use use;
	} known[] = {
	    /* The schema; the "value" is a table's name. */
	    {"table_info", PRAGMA_ANY},
	    {"table_xinfo", PRAGMA_ANY},
	    {"table_list", PRAGMA_ANY},
	    {"index_list", PRAGMA_ANY},
	    {"index_info", PRAGMA_ANY},
	    {"index_xinfo", PRAGMA_ANY},
	    {"foreign_key_list", PRAGMA_ANY},
	    {"foreign_key_check", PRAGMA_ANY},
	    {"integrity_check", PRAGMA_ANY},
	    {"quick_check", PRAGMA_ANY},
	    {"collation_list", PRAGMA_READ},
	    {"function_list", PRAGMA_READ},
	    {"module_list", PRAGMA_READ},
	    {"pragma_list", PRAGMA_READ},
	    {"compile_options", PRAGMA_READ},
	    /* Numbers that applications keep in their own file. */
	    {"user_version", PRAGMA_ANY},
	    {"application_id", PRAGMA_ANY},
	    /* The session's; gone with the next reset(). */
	    {"case_sensitive_like", PRAGMA_ANY},
	    {"foreign_keys", PRAGMA_ANY},
	    {"defer_foreign_keys", PRAGMA_ANY},
	    {"recursive_triggers", PRAGMA_ANY},
	    {"reverse_unordered_selects", PRAGMA_ANY},
	    /* How things stand. */
	    {"auto_vacuum", PRAGMA_READ},
	    {"cache_size", PRAGMA_READ},
	    {"data_version", PRAGMA_READ},
	    {"encoding", PRAGMA_READ},
	    {"freelist_count", PRAGMA_READ},
	    {"journal_mode", PRAGMA_READ},
	    {"page_count", PRAGMA_READ},
	    {"page_size", PRAGMA_READ},
	    {"query_only", PRAGMA_READ},
	    {"schema_version", PRAGMA_READ},
	    {"synchronous", PRAGMA_READ},
	    {"wal_autocheckpoint", PRAGMA_READ},
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (!strcasecmp(known[i].name, name))
			return known[i].use;
	return PRAGMA_DENIED;
}

static int deny(struct backend *b, const char *what, const char *which)
{
	snprintf(b->denied, sizeof b->denied,
	    "%s%s%.80s is not allowed through the proxy", what,
	    which[0] ? " " : "", which);
	return SQLITE_DENY;
}

static int check_pragma(struct backend *b, const char *name, const char *value)
{
	enum pragma_use use = pragma_use(name);
	char text[100];

	if (use == PRAGMA_ANY || (use == PRAGMA_READ && !value))
		return SQLITE_OK;
	snprintf(text, sizeof text, "%.80s%s", name,
	    use == PRAGMA_READ ? " with a value" : "");
	return deny(b, "PRAGMA", text);
}

/*
 * VACUUM attaches a nameless temporary file of its own while it executes;
 * VACUUM INTO one with a name. A client's ATTACH is asked about earlier, when
 * it is prepared.
 */
static int check_attach(struct backend *b, const char *file)
{
	if (b->executing && file && !file[0])
		return SQLITE_OK;
	if (b->executing)
		return deny(b, "VACUUM INTO", "");
	return deny(b, "ATTACH", "");
}

static int authorize(void *arg, int action, const char *a, const char *b,
    const char *db, const char *trigger)
{
	struct backend *backend = arg;

	(void)db;
	(void)trigger;
	switch (action) {
	case SQLITE_ATTACH:
		return check_attach(backend, a);
	case SQLITE_DETACH:
		return deny(backend, "DETACH", "");
	case SQLITE_PRAGMA:
		return check_pragma(backend, a, b);
	case SQLITE_FUNCTION:
		if (!strcasecmp(b, "load_extension") ||
		    !strcasecmp(b, "fts3_tokenizer"))
			return deny(backend, "function", b);
		return SQLITE_OK;
	default:
		return SQLITE_OK;
	}
}

/*
 * TRUSTED_SCHEMA stays on: without it case_sensitive_like makes LIKE unusable
 * in views and triggers, and no function here is unsafe in them (sleep() is
 * barred from them, what could harm is denied above).
 */
static int set_flags(sqlite3 *db)
{
	static const struct {
		int flag, on;
	} flags[] = {
	    {SQLITE_DBCONFIG_DEFENSIVE, 1},
	    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
	    {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		int rc = sqlite3_db_config(
		    db, flags[i].flag, flags[i].on, (int *)NULL);

		if (rc)
			return rc;
	}
	return SQLITE_OK;
}

int sqlite_guard_install(struct backend *b)
{
	int rc = set_flags(b->db);

	/* A single operation on one huge value cannot be interrupted. */
	sqlite3_limit(b->db, SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES);
	sqlite3_limit(b->db, SQLITE_LIMIT_SQL_LENGTH, MAX_VALUE_BYTES);
	sqlite3_limit(b->db, SQLITE_LIMIT_ATTACHED, 1); /* VACUUM needs it */
	sqlite3_limit(b->db, SQLITE_LIMIT_WORKER_THREADS, 0);
	return rc ? rc : sqlite3_set_authorizer(b->db, authorize, b);
}
