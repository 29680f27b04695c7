/*
 * What the stages of plan_build() hand to each other; no one else includes
 * this. Owned by plan_build(), for as long as it runs.
 *
 *     plan_read ─► plan_ids ─► plan_units ─► plan_edges ─► plan_check
 *
 * Each stage returns 0 or a negative ERR_ code and has then filled *w->e.
 */
#ifndef PLANNER_PLAN_PRIVATE_H
#define PLANNER_PLAN_PRIVATE_H

#include "planner/plan.h"

struct plan_work {
	const struct plan_request *request;
	struct arena *arena;
	struct plan *plan;
	struct err *e;
	const char *text; /* the script's copy that statements point into */
	unsigned n_after; /* sum of all statements' */
};

/* Statements with id, text, place and class. */
int plan_read(struct plan_work *w) must_check;

/* plan_stmt.after from the request's ids. */
int plan_resolve_ids(struct plan_work *w) must_check;

/* Which statements share a connection. */
int plan_make_units(struct plan_work *w) must_check;

/* Which unit waits for which. */
int plan_make_edges(struct plan_work *w) must_check;

/* Could every statement start once? */
int plan_check_after(struct plan_work *w) must_check;
int plan_check_units(struct plan_work *w) must_check;

/* Where statement I is, for people: "statements[2]", or with its line. */
#define PLAN_WHERE_SIZE 96
void plan_where(
    const struct plan_work *w, unsigned i, char out[PLAN_WHERE_SIZE]);

/* "line 2, character 7" for the byte AT in TEXT. */
void plan_place(const char *text, size_t at, char out[PLAN_WHERE_SIZE]);

/* ID, cut to a length that leaves room for the rest of a message. */
#define PLAN_ID_SIZE 64
const char *plan_short_id(const char *id, char out[PLAN_ID_SIZE]);

#endif
