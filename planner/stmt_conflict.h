/*
 * Which statements may not overlap, so that a batch means what it means when
 * run from top to bottom. This is the one place that decides it.
 *
 * Units come in one after another, from plan_edges.c; for each, those before
 * it that must have ended go out as edges. Now: plain reads overlap with each
 * other, anything else with nothing.
 *
 *     read   read   WRITE   read   read   WRITE
 *        ▲────▲───────┘ ▲─────┘      │      │
 *                       ▲────────────┘      │
 *                       ▲─────▲──────▲──────┘
 *
 * To refine it to tables, keep here who last wrote and who since read each.
 *
 * Embedded, owns nothing; any thread. Invariant: all calls for a plan together
 * yield at most STMT_CONFLICT_EDGES times the number of its units.
 */
#ifndef PLANNER_STMT_CONFLICT_H
#define PLANNER_STMT_CONFLICT_H

#include "planner/plan.h"

#define STMT_CONFLICT_EDGES 2

struct stmt_conflict {
	const struct plan *plan;
	bool has_barrier;
	unsigned barrier; /* the last unit that is not reads_only */
	unsigned since; /* the first unit behind it */
};

void stmt_conflict_init(struct stmt_conflict *c, const struct plan *plan);

/* Writes the edges of unit U, the next one, to OUT; returns how many. */
unsigned stmt_conflict_add(
    struct stmt_conflict *c, unsigned u, struct plan_edge *out);

#endif
