/* From the request's text to statements, each classified. */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "planner/plan_private.h"
#include "planner/stmt_classify.h"
#include "planner/stmt_split.h"

static int too_many(struct plan_work *w)
{
	return err_set(w->e, ERR_LIMIT, SQLSTATE_CONFIG_LIMIT,
	    "the batch has more than %u statements, the limit that "
	    "max_statements sets",
	    w->request->max_stmts);
}

static void classify(struct plan_work *w, struct plan_stmt *s)
{
	struct stmt_class c = w->request->dialect == DIALECT_POSTGRES
	                          ? stmt_classify_pg(s->sql, s->len)
	                          : stmt_classify_sqlite(s->sql, s->len);

	s->kind = c.kind;
	s->copy_in = c.copy_in;
	s->copy_out = c.copy_out;
	s->leaves_session = c.leaves_session;
	s->needs_session = c.needs_session;
	s->keeps_block = c.keeps_block;
}

/* The id of what has none: its place, from "1". */
static const char *default_id(struct plan_work *w, unsigned i)
{
	char text[16];
	int n = snprintf(text, sizeof text, "%u", i + 1);

	return arena_strndup(w->arena, text, (size_t)n);
}

/* How many statements TEXT can have at most, or one too many. */
static unsigned bound_statements(
    const char *text, size_t len, unsigned max_stmts)
{
	const char *end = text + len;
	unsigned n = 1;

	while (n <= max_stmts &&
	       (text = memchr(text, ';', (size_t)(end - text))) != NULL) {
		text++;
		n++;
	}
	return n;
}

static int broken_script(struct plan_work *w, const struct sql_lex *lex)
{
	char place[PLAN_WHERE_SIZE];

	plan_place(w->request->script, (size_t)(lex->at - w->text), place);
	return err_set(w->e, ERR_INVALID, SQLSTATE_SYNTAX,
	    "%s: unterminated %s", place, lex->broken);
}

static int add_from_script(
    struct plan_work *w, const struct stmt_range *range, char *copy)
{
	struct plan *p = w->plan;
	struct plan_stmt *s = &p->stmts[p->n_stmts];
	size_t at = (size_t)(range->at - copy), from = 0;

	s->id = default_id(w, p->n_stmts);
	if (!s->id)
		return err_nomem(w->e);
	if (p->n_stmts) {
		from = (size_t)(s[-1].sql - copy);
		s->char_offset = s[-1].char_offset;
	}
	s->char_offset += utf8_count(w->request->script + from, at - from);
	s->sql = range->at;
	s->len = range->len;
	/* Behind it is its semicolon, white space, a comment or the end. */
	copy[at + range->len] = '\0';
	classify(w, s);
	p->n_stmts++;
	return 0;
}

static int read_script(struct plan_work *w)
{
	const struct plan_request *request = w->request;
	unsigned bound = bound_statements(
	    request->script, request->script_len, request->max_stmts);
	char *copy =
	    arena_strndup(w->arena, request->script, request->script_len);
	struct stmt_splitter splitter;
	struct stmt_range range;
	int found, rc;

	w->text = copy;
	w->plan->stmts = arena_alloc_n(w->arena, bound, sizeof *w->plan->stmts);
	if (!copy || !w->plan->stmts)
		return err_nomem(w->e);
	stmt_split_init(&splitter, request->dialect, copy, request->script_len);
	while ((found = stmt_split_next(&splitter, &range)) > 0) {
		if (w->plan->n_stmts == request->max_stmts)
			return too_many(w);
		rc = add_from_script(w, &range, copy);
		if (rc)
			return rc;
	}
	if (found < 0)
		return broken_script(w, &splitter.lex);
	if (w->plan->n_stmts == 0)
		return err_set(w->e, ERR_INVALID, SQLSTATE_SYNTAX,
		    "sql: there is no statement in it");
	return 0;
}

/*
 * The one statement of ITEM. A text that is broken goes to the server whole,
 * which says best what is wrong with it.
 */
static int find_only_statement(
    const struct plan_item *item, enum sql_dialect dialect, size_t *len)
{
	struct stmt_splitter splitter;
	struct stmt_range range, second;
	int found;

	stmt_split_init(&splitter, dialect, item->sql, item->len);
	found = stmt_split_next(&splitter, &range);
	*len = item->len;
	if (found <= 0)
		return found ? 1 : 0;
	if (range.semicolon)
		*len = (size_t)(range.at + range.len - item->sql);
	return stmt_split_next(&splitter, &second) == 0 ? 1 : 2;
}

static int add_from_list(struct plan_work *w, unsigned i)
{
	const struct plan_item *item = &w->request->items[i];
	struct plan_stmt *s = &w->plan->stmts[i];
	int n = find_only_statement(item, w->request->dialect, &s->len);

	if (n != 1)
		return err_set(w->e, ERR_INVALID, SQLSTATE_SYNTAX,
		    n == 0 ? "statements[%u].sql: there is no statement in it"
		           : "statements[%u].sql: there is more than one "
		             "statement in it; each must be an entry of its "
		             "own",
		    i);
	s->id = item->id ? item->id : default_id(w, i);
	s->sql = s->len == item->len
	             ? item->sql
	             : arena_strndup(w->arena, item->sql, s->len);
	if (!s->id || !s->sql)
		return err_nomem(w->e);
	classify(w, s);
	return 0;
}

static int read_list(struct plan_work *w)
{
	unsigned n = w->request->n_items;
	int rc = 0;

	if (n == 0)
		return err_set(w->e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "statements: the list is empty");
	if (n > w->request->max_stmts)
		return too_many(w);
	w->plan->stmts = arena_alloc_n(w->arena, n, sizeof *w->plan->stmts);
	if (!w->plan->stmts)
		return err_nomem(w->e);
	w->plan->n_stmts = n;
	for (unsigned i = 0; i < n && !rc; i++)
		rc = add_from_list(w, i);
	return rc;
}

int plan_read(struct plan_work *w)
{
	return w->request->script ? read_script(w) : read_list(w);
}
