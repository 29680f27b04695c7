/*
 * What can be seen in a PostgreSQL statement without knowing the database.
 *
 * Filled from its tokens (pg_facts.c: quick, and unsure about calls) or from
 * its parse tree (pg_parse.c); read by stmt_classify_pg.c. A value; any
 * thread.
 */
#ifndef PLANNER_PG_FACTS_H
#define PLANNER_PG_FACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "planner/pg_functions.h"

struct pg_facts {
	bool changes; /* INSERT … MERGE, INTO, FOR UPDATE and its like */
	bool temp; /* something temporary is named (from the tree alone) */
	bool calls_any; /* something that is not known to be harmless */
	bool calls_writes; /* pg_notify() and its like */
	bool needs_session; /* currval() and its like, EXECUTE */
};

/* Notes that a function is called. */
void pg_facts_add_call(struct pg_facts *facts, enum pg_call call);

/*
 * From the tokens of TEXT, in which nothing is left open. Errs on one side
 * alone: a fact may be noted that a parser would not find. N_TOKENS is told
 * how many there are.
 */
void pg_facts_scan(
    const char *text, size_t len, struct pg_facts *facts, size_t *n_tokens);

#endif
