/*
 * An intrusive priority queue: the least node first, in O(log n).
 *
 * Owned by whoever embeds it; the nodes belong to the caller. One thread at a
 * time.
 *
 * Invariant: nodes[n->place - 1] == n for each node inside; place is 0 for a
 * node that is on no heap.
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

struct heap_node {
	size_t place; /* 1-based; 0: on no heap */
};

struct heap {
	struct heap_node **nodes;
	size_t n, cap;
	bool (*less)(const struct heap_node *a, const struct heap_node *b);
};

void heap_init(struct heap *h,
    bool (*less)(const struct heap_node *a, const struct heap_node *b));
void heap_release(struct heap *h);

/* ERR_NOMEM when it cannot grow. */
int heap_insert(struct heap *h, struct heap_node *node) must_check;

/* Makes room, so that the next N inserts cannot fail. */
int heap_reserve(struct heap *h, size_t n) must_check;
void heap_remove(struct heap *h, struct heap_node *node);
struct heap_node *heap_first(const struct heap *h); /* NULL when empty */

static inline bool heap_holds(const struct heap_node *node)
{
	return node->place != 0;
}

#endif
