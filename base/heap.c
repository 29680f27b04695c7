#include "base/heap.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

void heap_init(struct heap *h,
    bool (*less)(const struct heap_node *a, const struct heap_node *b))
{
	memset(h, 0, sizeof *h);
	h->less = less;
}

void heap_release(struct heap *h)
{
	free(h->nodes);
	heap_init(h, h->less);
}

static void put(struct heap *h, size_t place, struct heap_node *node)
{
	h->nodes[place - 1] = node;
	node->place = place;
}

static void sift_up(struct heap *h, size_t place, struct heap_node *node)
{
	while (place > 1 && h->less(node, h->nodes[place / 2 - 1])) {
		put(h, place, h->nodes[place / 2 - 1]);
		place /= 2;
	}
	put(h, place, node);
}

static void sift_down(struct heap *h, size_t place, struct heap_node *node)
{
	for (;;) {
		size_t child = place * 2;

		if (child > h->n)
			break;
		if (child < h->n &&
		    h->less(h->nodes[child], h->nodes[child - 1]))
			child++;
		if (!h->less(h->nodes[child - 1], node))
			break;
		put(h, place, h->nodes[child - 1]);
		place = child;
	}
	put(h, place, node);
}

int heap_reserve(struct heap *h, size_t n)
{
	struct heap_node **nodes;
	size_t cap = h->cap ? h->cap : 8;

	if (h->cap - h->n >= n)
		return 0;
	while (cap < h->n + n)
		cap *= 2;
	nodes = realloc(h->nodes, cap * sizeof(struct heap_node *));
	if (!nodes)
		return ERR_NOMEM;
	h->nodes = nodes;
	h->cap = cap;
	return 0;
}

int heap_insert(struct heap *h, struct heap_node *node)
{
	assert(!heap_holds(node));
	if (heap_reserve(h, 1))
		return ERR_NOMEM;
	h->n++;
	sift_up(h, h->n, node);
	return 0;
}

void heap_remove(struct heap *h, struct heap_node *node)
{
	struct heap_node *last;
	size_t place = node->place;

	if (!place)
		return;
	assert(h->nodes[place - 1] == node);
	node->place = 0;
	last = h->nodes[--h->n];
	if (last == node)
		return;
	if (place > 1 && h->less(last, h->nodes[place / 2 - 1]))
		sift_up(h, place, last);
	else
		sift_down(h, place, last);
}

struct heap_node *heap_first(const struct heap *h)
{
	return h->n ? h->nodes[0] : NULL;
}
