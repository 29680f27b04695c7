/*
 * SQLite's functions write nothing, but for the few below, so names are
 * enough, and nothing is parsed.
 */
#include <string.h>

#include "planner/sql_lex.h"
#include "planner/stmt_classify.h"

static const struct stmt_class read_only = {.kind = STMT_READ};
static const struct stmt_class write = {.kind = STMT_WRITE};
static const struct stmt_class doubt = {
    .kind = STMT_WRITE, .leaves_session = true};

static const char *const queries[] = {"select", "values", "with", NULL};

/* What a statement names, wherever that stands. */
struct names {
	bool changes; /* INSERT and its like */
	bool needs_session; /* functions that look at the last change */
	bool temp; /* a name in the schema temp */
	bool unsafe; /* what a query must not call */
};

/* TOKEN as a plain word: functions and tables may stand in any quotes. */
static struct sql_token unquote(const struct sql_token *token)
{
	struct sql_token bare = *token;

	if (token->kind == TOKEN_QUOTED || token->kind == TOKEN_STRING) {
		bare.kind = TOKEN_WORD;
		bare.at++;
		bare.len -= 2;
	}
	return bare;
}

static void note_call(const struct sql_token *name, struct names *names)
{
	static const char *const last_change[] = {
	    "last_insert_rowid", "changes", "total_changes", NULL};
	/* optimize() rewrites a full-text index. */
	static const char *const unsafe[] = {
	    "load_extension", "fts3_tokenizer", "optimize", NULL};

	names->needs_session |= sql_token_is_any(name, last_change);
	names->unsafe |= sql_token_is_any(name, unsafe);
}

/*
 * A pragma can be queried as a table, pragma_NAME, if it has a result; and
 * pragma_optimize writes. These are known to look only.
 */
static bool is_unsafe_pragma(const struct sql_token *name)
{
	static const char *const looking[] = {"pragma_table_info",
	    "pragma_table_xinfo", "pragma_table_list", "pragma_index_info",
	    "pragma_index_xinfo", "pragma_index_list",
	    "pragma_foreign_key_list", "pragma_foreign_key_check",
	    "pragma_database_list", "pragma_collation_list",
	    "pragma_function_list", "pragma_module_list", "pragma_pragma_list",
	    "pragma_compile_options", "pragma_integrity_check",
	    "pragma_quick_check", "pragma_page_count", "pragma_page_size",
	    "pragma_freelist_count", "pragma_schema_version",
	    "pragma_user_version", "pragma_encoding", NULL};
	struct sql_token start = *name;

	if (start.len <= strlen("pragma_"))
		return false;
	start.len = strlen("pragma_");
	return sql_token_is(&start, "pragma_") &&
	       !sql_token_is_any(name, looking);
}

static void read_names(struct sql_reader r, struct names *names)
{
	static const char *const changing[] = {
	    "insert", "update", "delete", NULL};
	struct sql_token last = {.kind = TOKEN_END}, bare;

	*names = (struct names){0};
	for (; !sql_reader_is_at_end(&r); sql_reader_next(&r)) {
		bare = unquote(&last);
		if (sql_token_is_symbol(&r.t, '('))
			note_call(&bare, names);
		else if (sql_token_is(&last, "replace"))
			names->changes = true;
		if (sql_token_is_symbol(&r.t, '.'))
			names->temp |= sql_token_is(&bare, "temp");
		names->changes |= sql_token_is_any(&r.t, changing);
		last = r.t;
		bare = unquote(&last);
		names->unsafe |= is_unsafe_pragma(&bare);
	}
	if (r.t.kind == TOKEN_BROKEN)
		names->unsafe = true;
}

static struct stmt_class judge_query(const struct sql_reader *r)
{
	struct names names;

	read_names(*r, &names);
	if (names.unsafe)
		return doubt;
	if (!names.changes && !names.needs_session)
		return read_only;
	return (struct stmt_class){
	    .kind = STMT_WRITE, .needs_session = names.needs_session};
}

static struct stmt_class judge_change(const struct sql_reader *r)
{
	struct names names;

	read_names(*r, &names);
	return (struct stmt_class){.kind = STMT_WRITE,
	    .leaves_session = names.unsafe || names.temp,
	    .needs_session = names.needs_session};
}

static struct stmt_class judge_create(struct sql_reader *r)
{
	static const char *const temp[] = {"temp", "temporary", NULL};

	sql_reader_next(r);
	return sql_token_is_any(&r->t, temp) ? doubt : judge_change(r);
}

/*
 * EXPLAIN runs nothing, but some pragmas act while they are compiled; and of
 * what changes something, SQLite says that it writes, explained or not.
 */
static struct stmt_class judge_explain(struct sql_reader *r)
{
	sql_reader_next(r);
	if (sql_reader_accept(r, "query"))
		(void)sql_reader_accept(r, "plan");
	if (sql_token_is(&r->t, "pragma"))
		return doubt;
	return sql_token_is_any(&r->t, queries) ? judge_query(r) : write;
}

static struct stmt_class judge_rollback(struct sql_reader *r)
{
	struct stmt_class c = {.kind = STMT_ROLLBACK};

	sql_reader_next(r);
	(void)sql_reader_accept(r, "transaction");
	if (sql_token_is(&r->t, "to"))
		c.kind = STMT_ROLLBACK_TO;
	return c;
}

struct stmt_class stmt_classify_sqlite(const char *sql, size_t len)
{
	static const char *const session[] = {
	    "pragma", "attach", "detach", NULL};
	static const char *const commits[] = {"commit", "end", NULL};
	static const char *const savepoints[] = {"savepoint", "release", NULL};
	struct sql_reader r;

	sql_reader_init(&r, DIALECT_SQLITE, sql, len);
	if (sql_token_is_any(&r.t, queries))
		return judge_query(&r);
	if (sql_token_is_any(&r.t, session))
		return doubt;
	if (sql_token_is_any(&r.t, commits))
		return (struct stmt_class){.kind = STMT_COMMIT};
	if (sql_token_is_any(&r.t, savepoints))
		return (struct stmt_class){.kind = STMT_SAVEPOINT};
	if (sql_token_is(&r.t, "begin"))
		return (struct stmt_class){.kind = STMT_BEGIN};
	if (sql_token_is(&r.t, "rollback"))
		return judge_rollback(&r);
	if (sql_token_is(&r.t, "explain"))
		return judge_explain(&r);
	if (sql_token_is(&r.t, "create"))
		return judge_create(&r);
	return judge_change(&r);
}
