#include "planner/tx_block.h"

#include <strings.h>

#include "planner/sql_lex.h"

void tx_block_init(struct tx_block *b, enum sql_dialect dialect)
{
	b->dialect = dialect;
	b->open = false;
	b->by_savepoint = false;
	b->n_savepoints = 0;
}

/* The name as it stands there, without its quotes. */
static struct tx_name bare_name(const struct sql_token *t)
{
	if (t->kind == TOKEN_QUOTED || t->kind == TOKEN_STRING)
		return (struct tx_name){t->at + 1, t->len - 2};
	return (struct tx_name){t->at, t->len};
}

static bool is_same(const struct tx_name *a, const struct tx_name *b)
{
	return a->len == b->len && strncasecmp(a->at, b->at, a->len) == 0;
}

static void push(struct tx_block *b, struct tx_name name)
{
	if (!b->open) {
		b->open = true;
		b->by_savepoint = true;
		b->n_savepoints = 0;
	}
	if (b->n_savepoints < TX_BLOCK_MAX_SAVEPOINTS)
		b->savepoints[b->n_savepoints++] = name;
	else
		b->by_savepoint = false;
}

/* Ends the last savepoint of that name, and those within it. */
static void release(struct tx_block *b, struct tx_name name)
{
	unsigned i = b->n_savepoints;

	if (!b->by_savepoint)
		return;
	while (i > 0 && !is_same(&b->savepoints[i - 1], &name))
		i--;
	if (i == 0)
		return;
	b->n_savepoints = i - 1;
	if (b->n_savepoints == 0)
		b->open = b->by_savepoint = false;
}

static void step_savepoint(struct tx_block *b, const struct plan_stmt *s)
{
	struct sql_reader r;

	sql_reader_init(&r, b->dialect, s->sql, s->len);
	if (sql_reader_accept(&r, "savepoint")) {
		push(b, bare_name(&r.t));
	} else if (sql_reader_accept(&r, "release")) {
		(void)sql_reader_accept(&r, "savepoint");
		release(b, bare_name(&r.t));
	}
}

void tx_block_step(struct tx_block *b, const struct plan_stmt *s)
{
	switch (s->kind) {
	case STMT_BEGIN:
		b->open = true;
		break;
	case STMT_COMMIT:
	case STMT_ROLLBACK:
		b->open = b->open && s->keeps_block;
		b->by_savepoint = false;
		break;
	case STMT_SAVEPOINT:
		if (b->dialect == DIALECT_SQLITE)
			step_savepoint(b, s);
		break;
	case STMT_READ:
	case STMT_WRITE:
	case STMT_ROLLBACK_TO:
		break;
	}
}
