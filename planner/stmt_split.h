/*
 * Cuts a script into its statements.
 *
 * Text comes in with the request; each statement goes out as a range of it,
 * to plan.c. Nothing is allocated; linear in the text; any thread.
 *
 * A statement ends at a semicolon, but not within parentheses or in the
 * BEGIN ATOMIC … END body of a function (PostgreSQL, as psql does it), nor in
 * the BEGIN … END body of a trigger (SQLite). What holds no token, only white
 * space and comments, is no statement. Block comments right before and behind
 * a statement stay with it, since they may be hints and marks; line comments
 * do not.
 */
#ifndef PLANNER_STMT_SPLIT_H
#define PLANNER_STMT_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "planner/sql_lex.h"

struct stmt_range {
	const char *at;
	size_t len;
	bool semicolon; /* one follows, behind white space at most */
};

struct stmt_splitter {
	struct sql_lex lex;
	const char *text;
};

void stmt_split_init(struct stmt_splitter *s, enum sql_dialect dialect,
    const char *text, size_t len);

/*
 * 1 and the next statement; 0 at the end; -1 when the rest never ends, which
 * s->lex.broken names and s->lex.at is the begin of.
 */
int stmt_split_next(
    struct stmt_splitter *s, struct stmt_range *range) must_check;

#endif
