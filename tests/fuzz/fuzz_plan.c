/*
 * Text to plan: splitting, classifying, units and edges, in both dialects.
 *
 * The first line has a letter for each choice: s(qlite), i(ndependent),
 * S(erial), t(ransaction), o(rder of statements), l(ist). A list's entries
 * end with a form feed; each is "id|after after|sql".
 *
 * Judges of the same text that are not ours: libpg_query and SQLite say how
 * many statements a statement is, and whether a plain read writes.
 */
#include <pg_query.h>
#include <sqlite3.h>
#include <string.h>

#include "base/utf8.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/plan_invariants.h"

#define MAX_STMTS 64
#define MAX_AFTER 8

struct list {
	struct plan_item items[MAX_STMTS + 1];
	const char *after[MAX_STMTS + 1][MAX_AFTER];
};

static void read_choices(const char *line, struct plan_request *ask)
{
	if (strchr(line, 's'))
		ask->dialect = DIALECT_SQLITE;
	if (strchr(line, 'i'))
		ask->dispatch = PLAN_INDEPENDENT;
	if (strchr(line, 'S'))
		ask->dispatch = PLAN_SERIALLY;
	ask->transaction = strchr(line, 't') != NULL;
	ask->statement_order = strchr(line, 'o') != NULL;
	ask->max_stmts = MAX_STMTS;
}

static void read_item(
    char *text, size_t len, struct plan_item *item, const char **after)
{
	const char *id = fuzz_take_until(&text, &len, '|');
	char *ids = fuzz_take_until(&text, &len, '|');
	size_t left = strlen(ids);

	item->id = id[0] ? id : NULL;
	item->after = after;
	while (left && item->n_after < MAX_AFTER)
		after[item->n_after++] = fuzz_take_until(&ids, &left, ' ');
	item->sql = text;
	item->len = len;
}

static void read_list(
    char *text, size_t len, struct list *list, struct plan_request *ask)
{
	ask->items = list->items;
	while (len && ask->n_items <= MAX_STMTS) {
		char *entry = fuzz_take_until(&text, &len, '\f');
		unsigned i = ask->n_items++;

		read_item(
		    entry, strlen(entry), &list->items[i], list->after[i]);
	}
}

/* ---- the other judges ---- */

static bool pg_tree_writes(const char *tree)
{
	static const char *const nodes[] = {
	    "\"InsertStmt\":", "\"UpdateStmt\":", "\"DeleteStmt\":",
	    "\"MergeStmt\":", "\"intoClause\":", "\"lockingClause\":"};

	/* Within a string of the tree the quotes have backslashes. */
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		if (strstr(tree, nodes[i]))
			return true;
	return false;
}

static void ask_postgres(const struct plan_stmt *s)
{
	PgQuerySplitResult split = pg_query_split_with_parser(s->sql);
	PgQueryParseResult parsed = {0};

	must(split.error || split.n_stmts == 1);
	if (!split.error && s->kind == STMT_READ) {
		parsed = pg_query_parse(s->sql);
		/* EXPLAIN of a change runs nothing. */
		must(parsed.error || strstr(parsed.parse_tree, "\"Explain") ||
		     !pg_tree_writes(parsed.parse_tree));
		pg_query_free_parse_result(parsed);
	}
	pg_query_free_split_result(split);
}

/* The whole script, where it is one: as many statements as we found. */
static void ask_postgres_for_all(const struct plan_request *ask,
    const struct plan *p, int rc, const struct err *e)
{
	PgQuerySplitResult split;

	if (ask->dialect != DIALECT_POSTGRES || !ask->script)
		return;
	split = pg_query_split_with_parser(ask->script);
	if (!split.error && split.n_stmts > 0) {
		must(rc == 0 || strcmp(e->sqlstate, SQLSTATE_SYNTAX) != 0);
		must(rc || split.n_stmts == (int)p->n_stmts);
	}
	pg_query_free_split_result(split);
}

/* Some pragmas act while they are compiled. */
static int forbid_pragmas(void *ctx, int action, const char *a, const char *b,
    const char *c, const char *d)
{
	(void)ctx;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return action == SQLITE_PRAGMA ? SQLITE_DENY : SQLITE_OK;
}

static sqlite3 *open_sqlite(void)
{
	static sqlite3 *db;

	if (db)
		return db;
	must(sqlite3_open(":memory:", &db) == SQLITE_OK);
	must(sqlite3_exec(db, "CREATE TABLE t(a, b); CREATE TABLE u(a)", NULL,
	         NULL, NULL) == SQLITE_OK);
	sqlite3_set_authorizer(db, forbid_pragmas, NULL);
	return db;
}

static void ask_sqlite(const struct plan_stmt *s)
{
	sqlite3 *db = open_sqlite();
	sqlite3_stmt *first = NULL, *second = NULL;
	const char *tail = "";

	if (sqlite3_prepare_v2(db, s->sql, -1, &first, &tail) == SQLITE_OK) {
		must(s->kind != STMT_READ || sqlite3_stmt_readonly(first));
		must(sqlite3_prepare_v2(db, tail, -1, &second, NULL) ==
		     SQLITE_OK);
		must(!first || !second);
	}
	sqlite3_finalize(first);
	sqlite3_finalize(second);
}

static void check(const struct plan_request *ask)
{
	struct arena arena;
	struct plan *p = NULL, *again;
	struct err e;
	int rc;

	arena_init(&arena);
	rc = plan_build(ask, &arena, &p, &e);
	must(rc == 0 || rc == ERR_INVALID || rc == ERR_LIMIT);
	must(rc == 0 || (e.code == rc && e.message[0]));
	ask_postgres_for_all(ask, p, rc, &e);
	if (rc == 0) {
		plan_must_hold(ask, p);
		must(plan_build(ask, &arena, &again, &e) == 0);
		plan_must_equal(p, again);
	}
	for (unsigned i = 0; rc == 0 && i < p->n_stmts; i++)
		if (ask->dialect == DIALECT_POSTGRES)
			ask_postgres(&p->stmts[i]);
		else
			ask_sqlite(&p->stmts[i]);
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan_request ask = {.script = NULL};
	struct list list = {.after = {{NULL}}};
	char *copy, *text;
	const char *choices;

	/* The contract: valid UTF-8 without NUL. */
	if (memchr(data, 0, size) ||
	    utf8_valid_prefix((const char *)data, size) < size)
		return -1;
	text = copy = fuzz_copy(data, size);
	choices = fuzz_take_line(&text, &size);
	read_choices(choices, &ask);
	ask.script = text;
	ask.script_len = size;
	if (strchr(choices, 'l')) {
		ask.script = NULL;
		read_list(text, size, &list, &ask);
	}
	check(&ask);
	free(copy);
	return 0;
}
