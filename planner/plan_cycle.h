/*
 * Finds a circle in a graph. Pure, in linear time and without recursion; what
 * it returns is in the caller's arena. Any thread.
 */
#ifndef PLANNER_PLAN_CYCLE_H
#define PLANNER_PLAN_CYCLE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/macros.h"

/* Nodes are 0 … n - 1. */
struct plan_graph {
	unsigned n;
	const void *ctx;
	/* Sets *TARGET to the I-th node that NODE leads to, while it has one.
	 */
	bool (*next)(
	    const void *ctx, unsigned node, unsigned i, unsigned *target);
};

/*
 * Sets *NODES to a circle's nodes, each of which leads to the next, and *N to
 * how many they are: 0 when there is no circle. -1 when memory runs out.
 */
int plan_cycle_find(const struct plan_graph *g, struct arena *arena,
    const unsigned **nodes, unsigned *n) must_check;

#endif
