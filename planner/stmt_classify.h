/*
 * What running a statement means to others: the judgement on which all
 * concurrency rests.
 *
 * One statement's text comes in, from plan.c; a verdict goes out, which is
 * about the text alone (see plan.h for what that trusts). What is in doubt is
 * a write that leaves session state behind. Never fails: when memory runs out
 * that is a doubt too. Any thread.
 */
#ifndef PLANNER_STMT_CLASSIFY_H
#define PLANNER_STMT_CLASSIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "planner/plan.h"

/* Members as in struct plan_stmt. */
struct stmt_class {
	enum stmt_kind kind;
	bool copy_in, copy_out;
	bool leaves_session, needs_session;
	bool keeps_block;
};

struct stmt_class stmt_classify_pg(const char *sql, size_t len);
struct stmt_class stmt_classify_sqlite(const char *sql, size_t len);

#endif
