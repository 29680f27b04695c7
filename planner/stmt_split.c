#include "planner/stmt_split.h"

#include <string.h>

/* How far into a statement with a body of its own the splitter is. */
enum body {
	BODY_START, /* nothing but what may precede CREATE */
	BODY_CREATE, /* CREATE and its modifiers */
	BODY_POSSIBLE, /* of a function or trigger: a body may follow */
	BODY_NEVER, /* of anything else */
	BODY_ATOMIC, /* inside BEGIN ATOMIC */
	BODY_TRIGGER, /* inside a trigger's BEGIN */
	BODY_TRIGGER_NEXT, /* the same, right behind a semicolon */
	BODY_TRIGGER_END, /* right behind the END after it */
};

struct progress {
	enum sql_dialect dialect;
	enum body body;
	size_t parens; /* open ones */
	size_t cases; /* CASE … END within BEGIN ATOMIC */
	struct sql_token last;
};

void stmt_split_init(struct stmt_splitter *s, enum sql_dialect dialect,
    const char *text, size_t len)
{
	/* A byte order mark, as editors leave it. */
	size_t mark = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

	sql_lex_init(&s->lex, dialect, text + mark, len - mark);
	s->text = text;
}

/* Is it a name after all, as in `x.end` or `AS end`? */
static bool is_label(const struct sql_token *last)
{
	return sql_token_is_symbol(last, '.') || sql_token_is(last, "as");
}

static enum body after_create(
    enum sql_dialect dialect, const struct sql_token *t)
{
	static const char *const modifiers[] = {
	    "or", "replace", "temp", "temporary", NULL};
	static const char *const routines[] = {"function", "procedure", NULL};
	static const char *const triggers[] = {"trigger", NULL};

	if (sql_token_is_any(t, modifiers))
		return BODY_CREATE;
	return sql_token_is_any(
	           t, dialect == DIALECT_SQLITE ? triggers : routines)
	           ? BODY_POSSIBLE
	           : BODY_NEVER;
}

static enum body in_atomic(struct progress *p, const struct sql_token *t)
{
	if (p->parens || is_label(&p->last))
		return BODY_ATOMIC;
	if (sql_token_is(t, "case")) {
		p->cases++;
	} else if (sql_token_is(t, "end")) {
		if (p->cases == 0)
			return BODY_NEVER;
		p->cases--;
	}
	return BODY_ATOMIC;
}

/* Where T leads from p->body. */
static enum body next_body(struct progress *p, const struct sql_token *t)
{
	static const char *const before[] = {"explain", "query", "plan", NULL};

	switch (p->body) {
	case BODY_START:
		if (sql_token_is(t, "create"))
			return BODY_CREATE;
		return sql_token_is_any(t, before) ? BODY_START : BODY_NEVER;
	case BODY_CREATE:
		return after_create(p->dialect, t);
	case BODY_POSSIBLE:
		if (p->dialect == DIALECT_SQLITE)
			return sql_token_is(t, "begin") ? BODY_TRIGGER
			                                : BODY_POSSIBLE;
		p->cases = 0;
		return !p->parens && sql_token_is(t, "atomic") &&
		               sql_token_is(&p->last, "begin")
		           ? BODY_ATOMIC
		           : BODY_POSSIBLE;
	case BODY_ATOMIC:
		return in_atomic(p, t);
	case BODY_TRIGGER_NEXT:
		if (sql_token_is(t, "end"))
			return BODY_TRIGGER_END;
		/* fall through */
	case BODY_TRIGGER:
	case BODY_TRIGGER_END:
		return sql_token_is_symbol(t, ';') ? BODY_TRIGGER_NEXT
		                                   : BODY_TRIGGER;
	case BODY_NEVER:
		break;
	}
	return BODY_NEVER;
}

static bool is_in_body(const struct progress *p)
{
	return p->body == BODY_ATOMIC || p->body == BODY_TRIGGER ||
	       p->body == BODY_TRIGGER_NEXT;
}

/* Does T end the statement that it stands behind? */
static bool ends_at(const struct progress *p, const struct sql_token *t)
{
	if (t->kind == TOKEN_END)
		return true;
	return sql_token_is_symbol(t, ';') && !p->parens && !is_in_body(p);
}

static void step(struct progress *p, const struct sql_token *t)
{
	p->body = next_body(p, t);
	p->last = *t;
	if (p->dialect == DIALECT_SQLITE)
		return; /* there, parentheses hold no semicolon */
	if (sql_token_is_symbol(t, '('))
		p->parens++;
	else if (sql_token_is_symbol(t, ')') && p->parens)
		p->parens--;
}

/* Behind the last token, or the block comments that follow it. */
static const char *end_before(
    const struct sql_token *last, const struct sql_token *stop)
{
	const char *end = stop->at;

	if (stop->from == stop->at)
		return last->at + last->len;
	while (memchr(" \t\n\v\f\r", end[-1], 6))
		end--;
	return end;
}

/* The first token of the next statement: what precedes it is empty ones. */
static void skip_empty(struct stmt_splitter *s, struct sql_token *t)
{
	do
		sql_lex_next(&s->lex, t);
	while (sql_token_is_symbol(t, ';'));
}

int stmt_split_next(struct stmt_splitter *s, struct stmt_range *range)
{
	struct progress p = {.dialect = s->lex.dialect};
	struct sql_token t;

	skip_empty(s, &t);
	if (t.kind == TOKEN_END)
		return 0;
	range->at = t.from;
	while (t.kind != TOKEN_BROKEN && !ends_at(&p, &t)) {
		step(&p, &t);
		sql_lex_next(&s->lex, &t);
	}
	if (t.kind == TOKEN_BROKEN)
		return -1;
	range->len = (size_t)(end_before(&p.last, &t) - range->at);
	range->semicolon = t.kind != TOKEN_END;
	return 1;
}
