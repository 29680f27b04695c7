/*
 * What a PostgreSQL statement is, from its parse tree.
 *
 * A statement's text comes in from stmt_classify_pg.c when its tokens told too
 * little; facts go out. Only pg_parse.c sees libpg_query. Any thread; nothing
 * is kept.
 *
 * The tree is read as JSON, by the names in it: that takes a quarter of the
 * time and a tenth of the stack of libpg_query's binary form, and the names
 * mean the same in every version.
 *
 * The library recurses on nested expressions, some 200 bytes of stack for a
 * token at worst, so the text that it is given is bounded.
 */
#ifndef PLANNER_PG_PARSE_H
#define PLANNER_PG_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "planner/pg_facts.h"

#define PG_PARSE_MAX_TOKENS 10000
#define PG_PARSE_MAX_BYTES ((size_t)256 * 1024)

/* What kind of statement it is at its outermost. */
enum pg_root {
	PG_ROOT_OTHER, /* may touch the session */
	PG_ROOT_SELECT, /* SELECT, VALUES, TABLE */
	PG_ROOT_RUNS, /* changes data or definitions, evaluates its calls */
	PG_ROOT_DEFINES, /* changes definitions, runs none of its calls */
};

/*
 * False when the text could not be parsed, is none or several statements, or
 * memory ran out. The caller has checked the bounds above.
 */
bool pg_parse(const char *text, size_t len, enum pg_root *root,
    struct pg_facts *facts) must_check;

#endif
