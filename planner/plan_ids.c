/* Ids: each once; and from the ids in `after` to indexes. */
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "planner/plan_private.h"

/* Comparing one word with very many takes long, and helps nobody. */
#define MAX_SUGGESTIONS 1000

struct entry {
	const char *id;
	unsigned index;
};

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int c = strcmp(x->id, y->id);

	return c ? c : (x->index > y->index) - (x->index < y->index);
}

static int compare_id(const void *id, const void *entry)
{
	return strcmp(id, ((const struct entry *)entry)->id);
}

static int compare_indexes(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

static int duplicate(struct plan_work *w, unsigned first, unsigned second)
{
	char id[PLAN_ID_SIZE];

	return err_set(w->e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "statements[%u].id: \"%s\" is the id of statements[%u] already",
	    second, plan_short_id(w->plan->stmts[second].id, id), first);
}

static int make_index(struct plan_work *w, struct entry **out)
{
	unsigned n = w->plan->n_stmts;
	struct entry *index = arena_alloc_n(w->arena, n, sizeof *index);

	if (!index)
		return err_nomem(w->e);
	for (unsigned i = 0; i < n; i++)
		index[i] = (struct entry){w->plan->stmts[i].id, i};
	qsort(index, n, sizeof *index, compare_entries);
	for (unsigned i = 1; i < n; i++)
		if (strcmp(index[i - 1].id, index[i].id) == 0)
			return duplicate(w, index[i - 1].index, index[i].index);
	*out = index;
	return 0;
}

static int unknown(struct plan_work *w, unsigned i, const char *id)
{
	unsigned n = w->plan->n_stmts;
	char asked[PLAN_ID_SIZE], meant[PLAN_ID_SIZE];
	const char *ids[MAX_SUGGESTIONS], *near;

	if (n > MAX_SUGGESTIONS)
		n = MAX_SUGGESTIONS;
	for (unsigned k = 0; k < n; k++)
		ids[k] = w->plan->stmts[k].id;
	near = nearest_word(id, ids, n);
	return err_set(w->e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "statements[%u].after: there is no statement \"%s\"%s%s%s", i,
	    plan_short_id(id, asked), near ? "; did you mean \"" : "",
	    near ? plan_short_id(near, meant) : "", near ? "\"?" : "");
}

/* Sorted, each once. */
static unsigned make_unique(unsigned *list, unsigned n)
{
	unsigned kept = 0;

	qsort(list, n, sizeof *list, compare_indexes);
	for (unsigned i = 0; i < n; i++)
		if (kept == 0 || list[kept - 1] != list[i])
			list[kept++] = list[i];
	return kept;
}

static int resolve(struct plan_work *w, const struct entry *index, unsigned i)
{
	const struct plan_item *item = &w->request->items[i];
	struct plan_stmt *s = &w->plan->stmts[i];
	unsigned *after = arena_alloc_n(w->arena, item->n_after, sizeof *after);

	if (!after)
		return err_nomem(w->e);
	for (unsigned k = 0; k < item->n_after; k++) {
		const struct entry *found = bsearch(item->after[k], index,
		    w->plan->n_stmts, sizeof *index, compare_id);

		if (!found)
			return unknown(w, i, item->after[k]);
		if (found->index == i)
			return err_set(w->e, ERR_INVALID, SQLSTATE_PROTOCOL,
			    "statements[%u].after: a statement cannot wait "
			    "for itself",
			    i);
		after[k] = found->index;
	}
	s->after = after;
	s->n_after = make_unique(after, item->n_after);
	w->n_after += s->n_after;
	return 0;
}

/* Without ids and `after` of the caller's own, there is nothing to do. */
static bool is_needed(const struct plan_request *request)
{
	for (unsigned i = 0; i < request->n_items; i++)
		if (request->items[i].id || request->items[i].n_after)
			return true;
	return false;
}

int plan_resolve_ids(struct plan_work *w)
{
	struct entry *index = NULL;
	int rc;

	if (w->request->script || !is_needed(w->request))
		return 0;
	rc = make_index(w, &index);
	for (unsigned i = 0; i < w->plan->n_stmts && !rc; i++)
		if (w->request->items[i].n_after)
			rc = resolve(w, index, i);
	return rc;
}
