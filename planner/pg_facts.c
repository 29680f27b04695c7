#include "planner/pg_facts.h"

#include <string.h>

#include "planner/sql_lex.h"

/* The last tokens, which tell what a "(" or a word means. */
struct context {
	struct sql_token last, before_last;
	bool in_target; /* behind INTO: the name of a table */
};

void pg_facts_add_call(struct pg_facts *facts, enum pg_call call)
{
	switch (call) {
	case PG_CALL_ANY:
		facts->calls_any = true;
		break;
	case PG_CALL_WRITES:
		facts->calls_writes = true;
		break;
	case PG_CALL_NEEDS_SESSION:
		facts->calls_writes = true;
		facts->needs_session = true;
		break;
	case PG_CALL_HARMLESS:
		break;
	}
}

static bool is_name(const struct sql_token *t)
{
	return t->kind == TOKEN_WORD || t->kind == TOKEN_QUOTED;
}

/* OVER ( and FILTER ( are no calls behind one. */
static bool is_window_clause(const struct context *c)
{
	return sql_token_is_symbol(&c->before_last, ')') &&
	       (sql_token_is(&c->last, "over") ||
	           sql_token_is(&c->last, "filter"));
}

/* A "(" follows c->last: is that a call? */
static void note_paren(const struct context *c, struct pg_facts *facts)
{
	const struct sql_token *name = &c->last;

	if (!is_name(name))
		return;
	/* AS: an alias with its columns, a type, or a CTE's query. */
	if (c->in_target || sql_token_is(&c->before_last, "as") ||
	    is_window_clause(c))
		return;
	if (name->kind == TOKEN_QUOTED ||
	    sql_token_is_symbol(&c->before_last, '.'))
		facts->calls_any = true;
	else if (!pg_keyword_is_no_function(name->at, name->len))
		pg_facts_add_call(facts, pg_function_call(name->at, name->len));
}

static void note_word(
    const struct context *c, const struct sql_token *t, struct pg_facts *facts)
{
	static const char *const changing[] = {
	    "insert", "update", "delete", "merge", "into"};
	static const char *const locking[] = {"no", "share", "key"};

	for (size_t i = 0; i < ARRAY_LEN(changing); i++)
		facts->changes |= sql_token_is(t, changing[i]);
	if (sql_token_is(&c->last, "for"))
		for (size_t i = 0; i < ARRAY_LEN(locking); i++)
			facts->changes |= sql_token_is(t, locking[i]);
}

/* INTO a.b: does T go on with the name? */
static bool is_target(const struct context *c, const struct sql_token *t)
{
	if (sql_token_is(&c->last, "into"))
		return is_name(t);
	if (!c->in_target)
		return false;
	return sql_token_is_symbol(&c->last, '.') ? is_name(t)
	                                          : sql_token_is_symbol(t, '.');
}

static void step(struct context *c, const struct sql_token *t)
{
	c->in_target = is_target(c, t);
	c->before_last = c->last;
	c->last = *t;
}

void pg_facts_scan(
    const char *text, size_t len, struct pg_facts *facts, size_t *n_tokens)
{
	struct context c = {0};
	struct sql_lex lex;
	struct sql_token t;

	memset(facts, 0, sizeof *facts);
	*n_tokens = 0;
	sql_lex_init(&lex, DIALECT_POSTGRES, text, len);
	for (;;) {
		sql_lex_next(&lex, &t);
		if (t.kind == TOKEN_END || t.kind == TOKEN_BROKEN)
			break;
		++*n_tokens;
		if (sql_token_is_symbol(&t, '('))
			note_paren(&c, facts);
		else if (is_name(&t))
			note_word(&c, &t, facts);
		step(&c, &t);
	}
	if (t.kind == TOKEN_BROKEN)
		facts->calls_any = true;
}
