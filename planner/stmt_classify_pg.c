/*
 * Tokens first: most statements show by their words alone what they are. What
 * stays open is parsed; what cannot be parsed is in doubt.
 */
#include "planner/pg_facts.h"
#include "planner/pg_parse.h"
#include "planner/sql_lex.h"
#include "planner/stmt_classify.h"

/* R is at the statement's first token. */
typedef struct stmt_class judge_fn(struct sql_reader *r);

static const struct stmt_class read_only = {.kind = STMT_READ};
static const struct stmt_class write = {.kind = STMT_WRITE};
static const struct stmt_class doubt = {
    .kind = STMT_WRITE, .leaves_session = true};

/* What is left of the text, from the current token on. */
static size_t rest(const struct sql_reader *r)
{
	return (size_t)(r->lex.end - r->t.at);
}

/* From "(" to behind its ")"; INNER is told what is between them. */
static void skip_parens(struct sql_reader *r, struct sql_reader *inner)
{
	const char *start = r->t.at + 1;
	size_t depth = 0;

	do {
		if (sql_token_is_symbol(&r->t, '('))
			depth++;
		else if (sql_token_is_symbol(&r->t, ')'))
			depth--;
		if (depth > 0)
			sql_reader_next(r);
	} while (depth > 0 && !sql_reader_is_at_end(r));
	sql_reader_init(
	    inner, DIALECT_POSTGRES, start, (size_t)(r->t.at - start));
	sql_reader_next(r);
}

/* An option may have its name in quotes, too. */
static bool may_analyze(struct sql_reader options)
{
	for (; !sql_reader_is_at_end(&options); sql_reader_next(&options))
		if (options.t.kind == TOKEN_QUOTED ||
		    sql_token_is(&options.t, "analyze") ||
		    sql_token_is(&options.t, "analyse"))
			return true;
	return false;
}

static struct stmt_class from_facts(enum pg_root root, const struct pg_facts *f)
{
	struct stmt_class c = write;

	switch (root) {
	case PG_ROOT_SELECT:
		if (!f->changes && !f->calls_any && !f->calls_writes)
			c.kind = STMT_READ;
		c.leaves_session = f->calls_any || (f->changes && f->temp);
		c.needs_session = f->needs_session;
		break;
	case PG_ROOT_RUNS:
		c.leaves_session = f->calls_any || f->temp;
		c.needs_session = f->needs_session;
		break;
	case PG_ROOT_DEFINES:
		c.leaves_session = f->temp;
		break;
	case PG_ROOT_OTHER:
		c.leaves_session = true;
		c.needs_session = f->needs_session;
		break;
	}
	return c;
}

static struct stmt_class judge_tree_of(
    const char *text, size_t len, size_t n_tokens)
{
	struct pg_facts facts;
	enum pg_root root;

	if (n_tokens > PG_PARSE_MAX_TOKENS || len > PG_PARSE_MAX_BYTES ||
	    !pg_parse(text, len, &root, &facts))
		return doubt;
	return from_facts(root, &facts);
}

static struct stmt_class judge_tree(struct sql_reader *r)
{
	struct pg_facts unsure;
	size_t n_tokens;

	pg_facts_scan(r->t.at, rest(r), &unsure, &n_tokens);
	return judge_tree_of(r->t.at, rest(r), n_tokens);
}

/* By the tokens where they prove what ROOT needs, else by the tree. */
static struct stmt_class judge_as(struct sql_reader *r, enum pg_root root)
{
	struct pg_facts facts;
	size_t n_tokens;

	pg_facts_scan(r->t.at, rest(r), &facts, &n_tokens);
	if (facts.calls_any || (root == PG_ROOT_SELECT && facts.changes))
		return judge_tree_of(r->t.at, rest(r), n_tokens);
	return from_facts(root, &facts);
}

static struct stmt_class judge_query(struct sql_reader *r)
{
	return judge_as(r, PG_ROOT_SELECT);
}

static struct stmt_class judge_change(struct sql_reader *r)
{
	return judge_as(r, PG_ROOT_RUNS);
}

static bool is_query(struct sql_reader r)
{
	while (sql_token_is_symbol(&r.t, '('))
		sql_reader_next(&r);
	return sql_token_is(&r.t, "select") || sql_token_is(&r.t, "values") ||
	       sql_token_is(&r.t, "table") || sql_token_is(&r.t, "with");
}

/* A statement within another: what COPY copies, what EXPLAIN runs. */
static struct stmt_class judge_inner(struct sql_reader *r)
{
	return is_query(*r) ? judge_query(r) : judge_tree(r);
}

static struct stmt_class judge_explain(struct sql_reader *r)
{
	struct sql_reader options;
	bool runs = false;

	sql_reader_next(r);
	if (sql_token_is_symbol(&r->t, '(')) {
		skip_parens(r, &options);
		runs = may_analyze(options);
	}
	runs |=
	    sql_reader_accept(r, "analyze") || sql_reader_accept(r, "analyse");
	(void)sql_reader_accept(r, "verbose");
	return runs ? judge_inner(r) : read_only;
}

/* COPY t FROM … WHERE calls functions; nothing else of COPY does. */
static struct stmt_class judge_copy_table(struct sql_reader *r, bool from)
{
	struct stmt_class c = from ? write : read_only;

	while (!sql_reader_is_at_end(r) && !sql_token_is(&r->t, "where"))
		sql_reader_next(r);
	return sql_reader_is_at_end(r) ? c : judge_change(r);
}

static struct stmt_class judge_copy(struct sql_reader *r)
{
	struct sql_reader query = {.t.kind = TOKEN_END}, columns;
	struct stmt_class c;
	bool from, stream;

	sql_reader_next(r);
	if (sql_token_is_symbol(&r->t, '('))
		skip_parens(r, &query);
	while (!sql_reader_is_at_end(r) && !sql_token_is(&r->t, "from") &&
	       !sql_token_is(&r->t, "to")) {
		if (sql_token_is_symbol(&r->t, '('))
			skip_parens(r, &columns);
		else
			sql_reader_next(r);
	}
	if (sql_reader_is_at_end(r))
		return doubt;
	from = sql_token_is(&r->t, "from");
	sql_reader_next(r);
	stream = sql_token_is(&r->t, "stdin") || sql_token_is(&r->t, "stdout");
	c = sql_reader_is_at_end(&query) ? judge_copy_table(r, from)
	                                 : judge_inner(&query);
	c.copy_in = stream && from;
	c.copy_out = stream && !from;
	if (!stream)
		c.kind = STMT_WRITE; /* of a file */
	return c;
}

/* Behind COMMIT or ROLLBACK and its noise word: AND CHAIN? */
static bool accept_chain(struct sql_reader *r)
{
	return sql_reader_accept(r, "and") && !sql_reader_accept(r, "no") &&
	       sql_reader_accept(r, "chain");
}

static void accept_work(struct sql_reader *r)
{
	if (!sql_reader_accept(r, "work"))
		(void)sql_reader_accept(r, "transaction");
}

static struct stmt_class judge_commit(struct sql_reader *r)
{
	struct stmt_class c = {.kind = STMT_COMMIT};

	sql_reader_next(r);
	if (sql_reader_accept(r, "prepared"))
		return write;
	accept_work(r);
	c.keeps_block = accept_chain(r);
	return c;
}

static struct stmt_class judge_rollback(struct sql_reader *r)
{
	struct stmt_class c = {.kind = STMT_ROLLBACK};

	sql_reader_next(r);
	if (sql_reader_accept(r, "prepared"))
		return write;
	accept_work(r);
	if (sql_reader_accept(r, "to"))
		c.kind = STMT_ROLLBACK_TO;
	c.keeps_block = accept_chain(r);
	return c;
}

static struct stmt_class judge_start(struct sql_reader *r)
{
	sql_reader_next(r);
	return sql_reader_accept(r, "transaction")
	           ? (struct stmt_class){.kind = STMT_BEGIN}
	           : doubt;
}

/* PREPARE TRANSACTION 'id'; but a statement may be called `transaction`. */
static struct stmt_class judge_prepare(struct sql_reader *r)
{
	sql_reader_next(r);
	return sql_reader_accept(r, "transaction") &&
	               !sql_reader_accept(r, "as") &&
	               !sql_token_is_symbol(&r->t, '(')
	           ? (struct stmt_class){.kind = STMT_COMMIT}
	           : doubt;
}

/*
 * What lasts no longer than the transaction leaves nothing behind; but
 * `local.x` is a setting of a class of that name.
 */
static struct stmt_class judge_set(struct sql_reader *r)
{
	bool passing;

	sql_reader_next(r);
	passing = sql_reader_accept(r, "local") ||
	          sql_reader_accept(r, "transaction") ||
	          sql_reader_accept(r, "constraints");
	return passing && !sql_token_is_symbol(&r->t, '.') ? write : doubt;
}

static struct stmt_class judge_begin(struct sql_reader *r)
{
	(void)r;
	return (struct stmt_class){.kind = STMT_BEGIN};
}

static struct stmt_class judge_savepoint(struct sql_reader *r)
{
	(void)r;
	return (struct stmt_class){.kind = STMT_SAVEPOINT};
}

static struct stmt_class judge_show(struct sql_reader *r)
{
	(void)r;
	return read_only;
}

/* EXECUTE may run anything; the other two end what the session has. */
static struct stmt_class judge_execute(struct sql_reader *r)
{
	(void)r;
	return (struct stmt_class){
	    .kind = STMT_WRITE, .leaves_session = true, .needs_session = true};
}

static struct stmt_class judge_cursor(struct sql_reader *r)
{
	(void)r;
	return (struct stmt_class){.kind = STMT_WRITE, .needs_session = true};
}

/* Nothing of it outlives the statement but in the database. */
static struct stmt_class judge_plain_write(struct sql_reader *r)
{
	(void)r;
	return write;
}

/* By the first word; the most frequent come first. */
static const struct {
	const char *word;
	judge_fn *judge;
} rules[] = {
    {"select", judge_query},
    {"insert", judge_change},
    {"update", judge_change},
    {"delete", judge_change},
    {"with", judge_query},
    {"values", judge_query},
    {"table", judge_query},
    {"merge", judge_change},
    {"copy", judge_copy},
    {"begin", judge_begin},
    {"commit", judge_commit},
    {"rollback", judge_rollback},
    {"start", judge_start},
    {"end", judge_commit},
    {"abort", judge_rollback},
    {"savepoint", judge_savepoint},
    {"release", judge_savepoint},
    {"set", judge_set},
    {"show", judge_show},
    {"explain", judge_explain},
    {"prepare", judge_prepare},
    {"execute", judge_execute},
    {"deallocate", judge_execute},
    {"unlisten", judge_execute},
    {"fetch", judge_cursor},
    {"move", judge_cursor},
    {"close", judge_cursor},
    {"analyse", judge_plain_write},
    {"analyze", judge_plain_write},
    {"checkpoint", judge_plain_write},
    {"cluster", judge_plain_write},
    {"comment", judge_plain_write},
    {"drop", judge_plain_write},
    {"grant", judge_plain_write},
    {"lock", judge_plain_write},
    {"notify", judge_plain_write},
    {"refresh", judge_plain_write},
    {"reindex", judge_plain_write},
    {"revoke", judge_plain_write},
    {"truncate", judge_plain_write},
    {"vacuum", judge_plain_write},
};

struct stmt_class stmt_classify_pg(const char *sql, size_t len)
{
	struct sql_reader r;

	sql_reader_init(&r, DIALECT_POSTGRES, sql, len);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (sql_token_is(&r.t, rules[i].word))
			return rules[i].judge(&r);
	return is_query(r) ? judge_query(&r) : judge_tree(&r);
}
