#include "planner/plan_cycle.h"

/* A depth-first search: a way back into the path under way is a circle. */
enum mark { MARK_NEW, MARK_ON_PATH, MARK_DONE };

struct search {
	const struct plan_graph *g;
	unsigned char *marks;
	unsigned *next; /* of each node on the path: which way to try */
	unsigned *path;
	unsigned depth;
};

static void enter(struct search *s, unsigned node)
{
	s->marks[node] = MARK_ON_PATH;
	s->next[node] = 0;
	s->path[s->depth++] = node;
}

/* From ROOT; true when the path ends in *BACK, which is on it already. */
static bool search_from(struct search *s, unsigned root, unsigned *back)
{
	unsigned target;

	enter(s, root);
	while (s->depth > 0) {
		unsigned node = s->path[s->depth - 1];

		if (!s->g->next(s->g->ctx, node, s->next[node]++, &target)) {
			s->marks[node] = MARK_DONE;
			s->depth--;
		} else if (s->marks[target] == MARK_ON_PATH) {
			*back = target;
			return true;
		} else if (s->marks[target] == MARK_NEW) {
			enter(s, target);
		}
	}
	return false;
}

int plan_cycle_find(const struct plan_graph *g, struct arena *arena,
    const unsigned **nodes, unsigned *n)
{
	struct search s = {
	    .g = g,
	    .marks = arena_alloc(arena, g->n),
	    .next = arena_alloc_n(arena, g->n, sizeof *s.next),
	    .path = arena_alloc_n(arena, g->n, sizeof *s.path),
	};
	unsigned back, start;

	*n = 0;
	if (!s.marks || !s.next || !s.path)
		return -1;
	for (unsigned i = 0; i < g->n; i++) {
		if (s.marks[i] != MARK_NEW || !search_from(&s, i, &back))
			continue;
		for (start = 0; s.path[start] != back; start++)
			;
		*nodes = s.path + start;
		*n = s.depth - start;
		break;
	}
	return 0;
}
