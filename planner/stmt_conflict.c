#include "planner/stmt_conflict.h"

void stmt_conflict_init(struct stmt_conflict *c, const struct plan *plan)
{
	*c = (struct stmt_conflict){.plan = plan};
}

/* A unit that is not reads_only has its first write in front. */
static struct plan_edge edge(
    const struct stmt_conflict *c, unsigned u, unsigned on)
{
	const struct plan_unit *units = c->plan->units;

	return (struct plan_edge){
	    .on_unit = on,
	    .stmt = units[u].first,
	    .on_stmt = units[on].first,
	    .reason =
	        units[on].reads_only ? PLAN_WAITER_WRITES : PLAN_TARGET_WRITES,
	};
}

unsigned stmt_conflict_add(
    struct stmt_conflict *c, unsigned u, struct plan_edge *out)
{
	unsigned n = 0;

	if (c->has_barrier)
		out[n++] = edge(c, u, c->barrier);
	if (c->plan->units[u].reads_only)
		return n;
	for (unsigned on = c->since; on < u; on++)
		out[n++] = edge(c, u, on);
	c->has_barrier = true;
	c->barrier = u;
	c->since = u + 1;
	return n;
}
